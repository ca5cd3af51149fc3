import re
from datetime import timedelta

from fastapi.testclient import TestClient

from api.accounts import Role
from tests.api.builders import Served
from tests.api.pages.reading import Reader, words
from tests.api.pages.signing_in import PASSWORD, send_form, signed_in

NEW = "another cup of tea"


def test_devices_are_listed_with_when_they_were_last_seen(served: Served) -> None:
    reader = signed_in(served)
    served.clock.forward(timedelta(minutes=5))
    reader.open("/merchant")
    other = Reader(served.browser(), "en")
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"
    other.client.headers["User-Agent"] = phone
    other.send("/login", "/login", login="laoban", password=PASSWORD)
    said = words(reader.open("/account"))
    assert "Firefox · Linux this device last seen 2026-11-24 12:05 · logged in 2026-11-24 12:00" in said
    assert "Safari · iOS last seen 2026-11-24 12:05" in said


def test_a_stolen_cookie_ends_from_the_list(served: Served) -> None:
    reader = signed_in(served)
    thief = Reader(served.browser(), "en")
    thief.send("/login", "/login", login="laoban", password=PASSWORD)
    [action] = re.findall(r'action="(/account/sessions/s_[0-9a-f]+/end)"', reader.open("/account").text)
    assert "logged out" in words(reader.send("/account", action))
    assert thief.open("/merchant").url.path == "/login"
    assert reader.open("/merchant").url.path == "/merchant"


def test_all_other_devices_end_at_once(served: Served) -> None:
    reader = signed_in(served)
    others = [Reader(served.browser(), "en") for _ in range(2)]
    for other in others:
        other.send("/login", "/login", login="laoban", password=PASSWORD)
    before = reader.client.cookies["baicha_session"]
    copied = Reader(served.browser(), "en")
    copied.client.cookies.set("baicha_session", before)
    assert copied.open("/account").url.path == "/account"
    reader.send("/account", "/account/sessions/end-others")
    assert reader.client.cookies["baicha_session"] != before
    assert copied.open("/account").url.path == "/login", "a stolen copy of the cookie in use ends too"
    assert [other.open("/account").url.path for other in others] == ["/login", "/login"]
    assert reader.open("/account").status_code == 200


def test_a_single_session_has_the_button_too_since_a_copied_cookie_is_that_session(served: Served) -> None:
    assert "/account/sessions/end-others" in signed_in(served).open("/account").text


def test_a_session_is_bound_to_no_address_and_to_no_browser(served: Served) -> None:
    reader = signed_in(served)
    moved = TestClient(served.app, client=("203.0.113.9", 4711), headers={"User-Agent": "another"})
    moved.cookies.set("baicha_session", reader.client.cookies["baicha_session"])
    served.browsers.append(moved)
    assert Reader(moved, "en").open("/account").url.path == "/account"


def test_nobody_ends_anothers_session(served: Served) -> None:
    reader, other = signed_in(served), signed_in(served, "other", merchant=served.other_merchant)
    staff = signed_in(served, "wang", role=Role.STAFF)
    reader_id = _own_session(served, "laoban")
    for stranger in (other, staff):
        assert stranger.send("/account", f"/account/sessions/{reader_id}/end").status_code == 404
    assert reader.open("/account").status_code == 200


def _own_session(served: Served, login: str) -> str:
    from sqlmodel import select

    from api.accounts import WebSessionRow
    from index.database import reading

    with reading(served.container.engine) as session:
        return session.exec(select(WebSessionRow.id).where(WebSessionRow.credential == login)).one()


def test_a_new_password_renews_this_cookie_and_ends_the_others(served: Served) -> None:
    reader = signed_in(served)
    other = Reader(served.browser(), "en")
    other.send("/login", "/login", login="laoban", password=PASSWORD)
    before = reader.client.cookies["baicha_session"]
    page = reader.send("/account", "/account/password", old=PASSWORD, password=NEW)
    assert "The password is changed" in words(page)
    assert reader.client.cookies["baicha_session"] != before
    assert other.open("/account").url.path == "/login"
    thief = Reader(served.browser(), "en")
    thief.client.cookies.set("baicha_session", before)
    assert thief.open("/account").url.path == "/login"


def test_what_is_wrong_is_told_at_its_field(served: Served) -> None:
    reader = signed_in(served)
    for field, fields, path in (
        ("password-old", {"old": "wrong one", "password": NEW}, "password"),
        ("password-password", {"old": PASSWORD, "password": "short"}, "password"),
        ("email-old", {"old": "wrong one", "email": "a@example.org"}, "email"),
        ("email-email", {"old": PASSWORD, "email": "a@example"}, "email"),
    ):
        page = send_form(reader, "/account", f"/account/{path}", fields)
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text, field
        assert PASSWORD not in page.text


def test_guessing_the_password_within_a_session_is_locked(served: Served) -> None:
    reader = signed_in(served)
    for _ in range(10):
        reader.send("/account", "/account/password", old="a guess of it", password=NEW)
    assert reader.send("/account", "/account/email", old=PASSWORD, email="thief@example.org").status_code == 429
    assert reader.send("/account", "/account/password", old=PASSWORD, password=NEW).status_code == 429


def test_the_address_is_set_by_who_knows_the_password(served: Served) -> None:
    reader = signed_in(served)
    assert "There is no address yet" in words(reader.open("/account"))
    reader.send("/account", "/account/email", old=PASSWORD, email="Laoban@Example.org")
    page = reader.open("/account")
    assert "There is no address yet" not in words(page)
    assert 'value="laoban@example.org"' in page.text


def test_logging_in_gives_a_new_cookie_and_ends_the_one_before(served: Served) -> None:
    reader = signed_in(served)
    planted = reader.client.cookies["baicha_session"]
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', reader.open("/account").text)
    assert csrf
    reader.post("/login", csrf=csrf[1], login="laoban", password=PASSWORD)
    assert reader.client.cookies["baicha_session"] != planted
    thief = Reader(served.browser(), "en")
    thief.client.cookies.set("baicha_session", planted)
    assert thief.open("/account").url.path == "/login"


def test_an_admin_sees_their_sessions_and_has_no_password(served: Served) -> None:
    reader = Reader(served.browser(), "en")
    reader.send("/admin", "/admin/login", key=served.keys.admin)
    said = words(reader.open("/account"))
    assert "this device" in said
    assert "Present password" not in said
    assert reader.send("/account", "/account/password", old="x", password=NEW).status_code == 404
