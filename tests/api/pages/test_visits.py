from datetime import timedelta
from itertools import count

import pytest

from api.accounts import add_listing
from index.database import writing
from ledger import codes
from tests.api.builders import FARM_STAY, GARDEN, ROWS, TEA_HOUSE, Served
from tests.api.pages.reading import CSRF, Reader, events_of_kind, links, words

[FARM_ROW] = [row for row in ROWS if row["id"] == FARM_STAY]


def _scan(served: Served, listing: str = FARM_STAY) -> str:
    return f"/s/{codes.qr_token(served.container.secret, listing, served.clock())}"


def _digits(served: Served, listing: str = FARM_STAY) -> str:
    return codes.six_digits(served.container.secret, listing, served.clock())


def _confirm(reader: Reader, path: str) -> str:
    """Open a scanned address and press its one button; return the words of what follows."""
    page = reader.open(path)
    [action] = [part.split('"')[0] for part in page.text.split('action="')[1:] if part.startswith("/s/")]
    token = CSRF.search(page.text)
    assert token
    return words(reader.post(action, csrf=token[1]))


def test_opening_the_scanned_address_records_nothing(zh: Reader, served: Served) -> None:
    page = zh.open(_scan(served))
    assert "您到了竹里人家" in words(page)
    assert events_of_kind(served.container, "visit") == []


def test_the_button_records_the_visit_once_a_day(en: Reader, served: Served) -> None:
    assert "Thank you, recorded" in _confirm(en, _scan(served))
    assert "Already recorded today" in _confirm(en, _scan(served))
    [visit] = events_of_kind(served.container, "visit")
    assert (visit.listing, visit.payload.grade, visit.payload.ticket) == (FARM_STAY, "B", None)


def test_who_confirms_slowly_is_still_recorded(zh: Reader, served: Served) -> None:
    page = zh.open(_scan(served))
    action = next(part.split('"')[0] for part in page.text.split('action="')[1:] if part.startswith("/s/"))
    served.clock.forward(timedelta(minutes=5))
    assert "谢谢，已记录" in words(zh.send("/privacy", action))


def test_a_visit_presents_the_ticket_of_the_browser_that_searched(zh: Reader, served: Served) -> None:
    zh.open(f"/listings/{FARM_STAY}")
    served.clock.forward(timedelta(hours=2))
    assert "您是在白茶找到这里的" in _confirm(zh, _scan(served))
    [visit] = events_of_kind(served.container, "visit")
    assert visit.payload.ticket is not None


def test_a_browser_that_did_not_search_offers_the_digits_for_the_one_that_did(
    en: Reader, zh: Reader, served: Served
) -> None:
    zh.open(f"/listings/{FARM_STAY}")
    digits = _digits(served)
    assert digits in words(en.open(_scan(served)))
    assert digits not in words(zh.open(_scan(served)))
    page = zh.send("/visit", "/visit", code=digits)
    assert "您是在白茶找到这里的" in words(page)
    assert len(events_of_kind(served.container, "visit")) == 1


def test_the_digits_are_not_offered_once_a_visit_is_recorded(en: Reader, served: Served) -> None:
    assert _digits(served) not in _confirm(en, _scan(served))


def test_an_old_or_invented_code_is_told_so(en: Reader, served: Served) -> None:
    old = _scan(served)
    served.clock.forward(timedelta(minutes=2))
    for path in (old, "/s/nonsense", "/s/%00"):
        page = en.open(path)
        assert page.status_code == 410
        assert "expired" in words(page)
    assert en.send("/privacy", "/s/nonsense").status_code == 410
    assert events_of_kind(served.container, "visit") == []


def test_digits_are_read_as_people_type_them(zh: Reader, served: Served) -> None:
    digits = _digits(served)
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
    assert "已记录" in words(zh.send("/visit", "/visit", code=f" {full_width[:3]} {full_width[3:]}"))


def test_digits_on_a_places_own_page_count_there_only(zh: Reader, served: Served) -> None:
    page = zh.send(f"/listings/{TEA_HOUSE}", "/visit", code=_digits(served), listing=TEA_HOUSE)
    assert page.status_code == 422
    page = zh.send(f"/listings/{FARM_STAY}", "/visit", code=_digits(served), listing=FARM_STAY)
    assert "谢谢，已记录" in words(page)


def test_wrong_and_malformed_digits_are_told_apart_at_the_field(en: Reader, served: Served) -> None:
    wrong = f"{(int(_digits(served)) + 1) % 1_000_000:06d}"
    assert "No merchant shows these digits now" in words(en.send("/visit", "/visit", code=wrong))
    page = en.send("/visit", "/visit", code="12x")
    assert "type six digits" in words(page)
    assert 'aria-invalid="true"' in page.text


def test_guessing_digits_is_stopped(en: Reader, served: Served) -> None:
    digits = _digits(served)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    for _ in range(10):
        en.send("/visit", "/visit", code=wrong)
    page = en.send("/visit", "/visit", code=digits)
    assert page.status_code == 429
    assert "Too many tries" in words(page)
    assert events_of_kind(served.container, "visit") == []


def test_two_places_with_the_same_digits_are_chosen_between(en: Reader, served: Served) -> None:
    ids = [row["id"] for row in ROWS]
    secret = served.container.secret
    with writing(served.container.engine) as session:
        for listing in ids[:24]:
            add_listing(session, served.merchant, listing, now=served.clock())
    for _ in count():
        shown = {name: codes.six_digits(secret, name, served.clock()) for name in ids[:24]}
        twins = [name for name, digits in shown.items() if list(shown.values()).count(digits) > 1]
        if twins:
            break
        served.clock.forward(codes.STEP)
    page = en.send("/visit", "/visit", code=shown[twins[0]])
    assert "Which place are you at?" in words(page)
    page = en.send("/visit", "/visit", code=shown[twins[0]], listing=twins[1])
    assert "Thank you, recorded" in words(page)
    assert [event.listing for event in events_of_kind(served.container, "visit")] == [twins[1]]


def test_the_rough_area_goes_along_and_only_its_cell_is_kept(zh: Reader, served: Served) -> None:
    page = zh.open(_scan(served))
    assert "只保留约 0.7 平方公里的一格" in words(page)
    action = next(part.split('"')[0] for part in page.text.split('action="')[1:] if part.startswith("/s/"))
    zh.send("/privacy", action, lat="30.581", lon="119.641")
    [visit] = events_of_kind(served.container, "visit")
    assert visit.payload.scan.cell is not None
    assert "30.58" not in visit.model_dump_json()


def test_who_gives_no_area_is_recorded_all_the_same(zh: Reader, served: Served) -> None:
    assert "谢谢，已记录" in _confirm(zh, _scan(served))
    [visit] = events_of_kind(served.container, "visit")
    assert visit.payload.scan.cell is None


def test_nobody_is_taken_as_asked_where_no_browser_tells_a_position(zh: Reader, en: Reader, served: Served) -> None:
    zh.client.base_url, en.client.base_url = "http://127.0.0.1", "http://192.168.1.5"
    for reader in (zh, en):
        reader.send("/visit", "/visit", code=_digits(served))
    assert [visit.payload.scan.asked for visit in events_of_kind(served.container, "visit")] == [True, False]


def test_a_stay_is_begun_and_ended_on_pages(zh: Reader, served: Served) -> None:
    place = f"/listings/{FARM_STAY}"
    lat, lon = str(FARM_ROW["lat"]), str(FARM_ROW["lon"])
    begun = zh.send(place, "/visit/here", listing=FARM_STAY, lat=lat, lon=lon)
    path = begun.url.path
    assert "请在 12:15 之后再点一次" in words(begun)
    assert "还太早" in words(zh.send(path, path, lat=lat, lon=lon))
    served.clock.forward(timedelta(minutes=16))
    assert "时间到了" in words(zh.open(path))
    assert "不在这家店 250 米以内" in words(zh.send(path, path, lat="30.9", lon="119.6"))
    assert "谢谢，已记录" in words(zh.send(path, path, lat=lat, lon=lon))
    assert [event.payload.grade for event in events_of_kind(served.container, "visit")] == ["C"]
    served.clock.forward(timedelta(hours=6))
    assert zh.open(path).status_code == 410


@pytest.mark.parametrize(("listing", "said"), [(FARM_STAY, "250 m of this place"), (GARDEN, "known only roughly")])
def test_who_cannot_begin_a_stay_is_told_why(en: Reader, served: Served, listing: str, said: str) -> None:
    page = en.send(f"/listings/{listing}", "/visit/here", listing=listing)
    assert page.status_code == 422
    assert said in words(page)


def test_a_word_is_recorded_as_a_word(en: Reader, served: Served) -> None:
    page = en.send(f"/listings/{FARM_STAY}", "/visit/said", listing=FARM_STAY)
    assert "It is your word, counted apart" in words(page)
    assert [event.payload.grade for event in events_of_kind(served.container, "visit")] == ["D"]


def test_a_printed_code_is_a_word_as_well(en: Reader, served: Served) -> None:
    path = f"/s/{codes.printed_token(served.container.secret, FARM_STAY)}"
    served.clock.forward(timedelta(days=300))
    page = en.open(path)
    assert "This is a printed code" in words(page)
    assert _digits(served) not in words(page)
    assert "It is your word" in words(en.send(path, path))


def test_a_form_of_another_site_is_refused(zh: Reader, en: Reader, served: Served) -> None:
    digits = _digits(served)
    assert zh.post("/visit", code=digits).status_code == 403
    stolen = CSRF.search(en.open("/visit").text)
    assert stolen
    zh.open("/visit")
    page = zh.post("/visit", code=digits, csrf=stolen[1])
    assert page.status_code == 403
    assert "请再试一次" in words(page)
    assert events_of_kind(served.container, "visit") == []


def test_after_a_visit_the_way_goes_on_to_what_is_near(zh: Reader, served: Served) -> None:
    page = zh.send("/visit", "/visit", code=_digits(served))
    assert links(page, f"/listings/{FARM_STAY}#near")
