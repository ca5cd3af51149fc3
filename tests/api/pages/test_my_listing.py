import re

from index.database import reading
from index.listing import Listing
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, Reply, words
from tests.api.pages.signing_in import PASSWORD, send_form, signed_in

PAGE = "/merchant/listing"


def _typed(reader: Reader, **fields: str) -> dict[str, str]:
    """Return the form as it stands, with these fields typed anew."""
    page = reader.open(PAGE).text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    whole = {
        "listing": TEA_HOUSE,
        "seen": seen[1],
        "hours": "Mo-Su 09:00-21:00",
        "price": "90",
        "phone": "0572-5550100",
    }
    return whole | {"facilities": "免费停车", "facilities_en": "free parking"} | fields


def _send(reader: Reader, do: str, **fields: str) -> Reply:
    return send_form(reader, PAGE, PAGE, _typed(reader, **fields) | {"do": do})


def _stored(served: Served, listing: str = TEA_HOUSE) -> Listing:
    with reading(served.container.engine) as session:
        found = session.get(Listing, listing)
    assert found is not None
    return found


def test_an_edit_is_previewed_published_and_read_by_guests(served: Served) -> None:
    owner = signed_in(served)
    fields = {
        "hours": "周二至周日 9:00-21:00，周一休息",
        "price": "68",
        "dishes": "白茶虾仁 🍤",
        "photos": "https://example.org/1.jpg",
    }
    preview = words(_send(owner, "preview", **fields))
    assert "Hours are understood as: Mon closed; Tue to Sun 09:00–21:00" in preview
    assert "¥68" in preview
    assert "90 → 68" in preview
    assert _stored(served).price == 90, "a preview publishes nothing"
    done = _send(owner, "save", **fields)
    assert "Published" in words(done)
    guest = words(Reader(served.browser(), "zh").open(f"/listings/{TEA_HOUSE}"))
    assert "白茶虾仁 🍤" in guest
    assert "68" in guest


def test_hours_that_cannot_be_read_are_told_at_the_field_and_kept(served: Served) -> None:
    owner = signed_in(served, language="zh-CN")
    page = _send(owner, "save", hours="周一休息，其余看心情", price="68")
    assert page.status_code == 422
    assert 'id="edit-hours-error"' in page.text
    assert "可以写成：周一 休息；周二至周日 09:00–17:00" in words(page)
    assert "周一休息，其余看心情" in page.text, "what was typed is still there"
    assert 'value="68"' in page.text
    assert _stored(served).price == 90


def test_what_was_typed_is_there_when_the_owner_comes_back_and_can_be_dropped(served: Served) -> None:
    owner, second = signed_in(served), signed_in(served, "laoban2")
    _send(owner, "save", hours="周一休息，其余看心情", price="68 🍤")
    back = Reader(served.browser(), "en")
    back.send("/login", "/login", login="laoban", password=PASSWORD)
    page = back.open(PAGE)
    assert page.status_code == 200
    assert "This is what you typed on 2026-11-24 12:00 and did not publish" in words(page)
    assert "周一休息，其余看心情" in page.text
    assert 'value="68 🍤"' in page.text
    assert 'id="edit-hours-error"' in page.text
    assert "did not publish" not in words(second.open(PAGE)), "it is of who typed it"
    done = send_form(back, PAGE, PAGE, {"do": "drop"})
    assert "What was not published is dropped" in words(done)
    assert "看心情" not in back.open(PAGE).text


def test_a_preview_is_kept_until_it_is_published(served: Served) -> None:
    owner = signed_in(served)
    _send(owner, "preview", price="68")
    assert 'value="68"' in owner.open(PAGE).text
    assert _stored(served).price == 90
    _send(owner, "save", price="68")
    assert "did not publish" not in words(owner.open(PAGE))


def test_a_draft_over_a_later_change_is_told_before_it_is_published(served: Served) -> None:
    owner, second = signed_in(served), signed_in(served, "laoban2")
    _send(owner, "preview", price="70")
    _send(second, "save", phone="0572-5550999")
    page = _send(owner, "save", price="70")
    assert page.status_code == 409
    assert _stored(served).price == 90
    assert 'value="70"' in owner.open(PAGE).text


def test_what_is_wrong_is_told_at_its_field(served: Served) -> None:
    owner = signed_in(served)
    for field, typed, said in (
        ("price", "0", "would read as free"),
        ("price", "-5", "cannot be negative"),
        ("website", "javascript:alert(1)", "no web link"),
        ("photos", "javascript:alert(1)", "no web link"),
        ("dishes", "字" * 10_000, "at most 100 characters each"),
        ("hours", "x" * 10_000, "at most 500 characters"),
    ):
        page = _send(owner, "save", **{field: typed})
        assert page.status_code == 422, field
        assert f'id="edit-{field}-error"' in page.text, field
        assert said in words(page)
        assert 'href="javascript' not in page.text, field


def test_markup_in_a_dish_is_text(served: Served) -> None:
    owner = signed_in(served)
    _send(owner, "save", dishes="<script>alert(1)</script>")
    guest = Reader(served.browser(), "zh").open(f"/listings/{TEA_HOUSE}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in guest
    assert "<script>alert(1)" not in guest


def test_an_edit_is_taken_back_from_the_history(served: Served) -> None:
    owner = signed_in(served)
    _send(owner, "save", price="68")
    history = owner.open(f"{PAGE}/history?listing={TEA_HOUSE}")
    assert "Price: 90 → 68" in words(history)
    [edit] = re.findall(r'name="edit" value="(\d+)"', history.text)
    assert "Taken back" in words(owner.send(f"{PAGE}/history?listing={TEA_HOUSE}", f"{PAGE}/undo", edit=edit))
    assert _stored(served).price == 90
    again = owner.send(f"{PAGE}/history?listing={TEA_HOUSE}", f"{PAGE}/undo", edit=edit)
    assert (again.status_code, "Changed again since" in words(again)) == (409, True)


def test_nobody_edits_or_takes_back_what_is_anothers(served: Served) -> None:
    owner, other = signed_in(served), signed_in(served, "other", merchant=served.other_merchant)
    _send(owner, "save", price="68")
    [edit] = re.findall(r'name="edit" value="(\d+)"', owner.open(f"{PAGE}/history").text)
    assert owner.open(f"{PAGE}?listing={FARM_STAY}").status_code == 404
    assert _send(owner, "save", listing=FARM_STAY).status_code == 404
    assert other.open(f"{PAGE}/history?listing={TEA_HOUSE}").status_code == 404
    assert other.send(PAGE, f"{PAGE}/undo", edit=edit).status_code == 404
    assert _stored(served).price == 68
    assert _stored(served, FARM_STAY).price == 91


def test_who_wrote_on_an_old_copy_keeps_what_they_wrote(served: Served) -> None:
    owner, second = signed_in(served), signed_in(served, "laoban2")
    mine = _typed(owner, price="70")
    _send(second, "save", phone="0572-5550999")
    page = send_form(owner, PAGE, PAGE, mine | {"do": "save"})
    assert page.status_code == 409
    assert "was changed since you opened" in words(page)
    assert 'value="70"' in page.text
    seen = re.search(r'name="seen" value="([^"]*)"', page.text)
    assert seen
    assert "Published" in words(send_form(owner, PAGE, PAGE, mine | {"do": "save", "seen": seen[1]}))


def test_an_admin_sees_edits_and_reverts_them(served: Served) -> None:
    owner = signed_in(served)
    _send(owner, "save", website="www.example.org")
    admin = Reader(served.browser(), "en")
    admin.send("/admin", "/admin/login", key=served.keys.admin)
    page = admin.open("/admin/edits")
    assert "Website: (nothing) → https://www.example.org" in words(page)
    [action] = re.findall(r'action="(/admin/edits/\d+/revert)"', page.text)
    assert "Taken back" in words(admin.send("/admin/edits", action))
    assert _stored(served).website is None
    assert "administrator" in words(owner.open("/merchant/activity"))
    assert admin.send("/admin/edits", action).status_code == 409


def test_the_next_search_knows_of_an_edit(served: Served) -> None:
    owner = signed_in(served)
    asked = {"q": "溪边茶馆", "record": "false"}
    [before] = [
        one for one in served.client.get("/v1/search", params=asked).json()["results"] if one["id"] == TEA_HOUSE
    ]
    assert before["price"] == 90
    assert before["open_now"] is True, "a Tuesday noon"
    _send(owner, "save", price="68", hours="周一、周三至周日 9:00-21:00，周二休息")
    [after] = [one for one in served.client.get("/v1/search", params=asked).json()["results"] if one["id"] == TEA_HOUSE]
    assert (after["price"], after["open_now"]) == (68, False)
    found = served.client.get("/v1/search", params={"q": "茶馆，人均70以下", "record": "false"}).json()["results"]
    assert TEA_HOUSE in [one["id"] for one in found], "limits know of it too"
