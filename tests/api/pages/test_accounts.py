from datetime import timedelta

import pytest

from api import accounts
from index.database import writing
from tests.api.builders import TEA_HOUSE, Served
from tests.api.pages.reading import CSRF, Reader, words

PASSWORD = "green leaves 2026"


@pytest.fixture
def invitation(served: Served) -> str:
    """The address of an invitation for the merchant of the tea house."""
    with writing(served.container.engine) as session:
        return f"/invite/{accounts.invite(session, served.merchant, now=served.clock())}"


def test_an_invitation_sets_a_login_and_logs_in(zh: Reader, served: Served, invitation: str) -> None:
    assert "您受邀管理溪边茶馆" in words(zh.open(invitation))
    page = zh.send(invitation, invitation, login="Laoban", password=PASSWORD)
    assert page.url.path == "/merchant"
    other = Reader(served.browser(), "zh")
    assert "溪边茶馆：谁找到了您" in words(other.send("/login", "/login", login="laoban", password=PASSWORD))


def test_an_invitation_works_once(en: Reader, served: Served, invitation: str) -> None:
    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    again = Reader(served.browser(), "en")
    page = again.open(invitation)
    assert page.status_code == 404
    assert "no longer valid" in words(page)
    assert again.send("/login", invitation, login="thief", password=PASSWORD).status_code == 404


def test_an_invitation_ends_after_a_week(en: Reader, served: Served, invitation: str) -> None:
    served.clock.forward(timedelta(days=7, seconds=1))
    assert "no longer valid" in words(en.open(invitation))


@pytest.mark.parametrize(
    ("login", "password", "field", "said"),
    [
        ("laoban", "short", "password", "at least 10"),
        ("no spaces here", PASSWORD, "login", "letters, digits"),
        ("", PASSWORD, "login", "letters, digits"),
    ],
)
def test_what_is_wrong_with_a_new_login_is_told_at_the_field(
    en: Reader, invitation: str, login: str, password: str, field: str, said: str
) -> None:
    page = en.send(invitation, invitation, login=login, password=password)
    assert page.status_code == 422
    assert f'id="invite-{field}-error"' in page.text
    assert said in words(page)
    assert password not in page.text


def test_a_login_that_is_taken_is_told_so(en: Reader, served: Served, invitation: str) -> None:
    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    with writing(served.container.engine) as session:
        second = f"/invite/{accounts.invite(session, served.other_merchant, now=served.clock())}"
    other = Reader(served.browser(), "en")
    assert "login is taken" in words(other.send(second, second, login="laoban", password=PASSWORD))


def test_a_wrong_password_opens_nothing_and_tells_not_which_was_wrong(
    en: Reader, served: Served, invitation: str
) -> None:
    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    other = Reader(served.browser(), "en")
    answers = {words(other.send("/login", "/login", login=name, password="wrong one")) for name in ("laoban", "nobody")}
    assert len({answer.replace("laoban", "").replace("nobody", "") for answer in answers}) == 1
    assert "baicha_session" not in other.client.cookies


def test_ten_wrong_passwords_close_the_login_for_a_while(en: Reader, served: Served, invitation: str) -> None:
    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    other = Reader(served.browser(), "en")
    for _ in range(10):
        other.send("/login", "/login", login="laoban", password="wrong one")
    locked = other.send("/login", "/login", login="laoban", password=PASSWORD)
    assert locked.status_code == 429
    assert "15 minutes" in words(locked)
    served.clock.forward(timedelta(minutes=16))
    assert other.send("/login", "/login", login="laoban", password=PASSWORD).url.path == "/merchant"


def test_an_empty_login_is_told_at_its_fields(zh: Reader) -> None:
    page = zh.send("/login", "/login", login="", password="")
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 2


def test_the_session_cookie_is_out_of_reach_of_script_and_other_sites(en: Reader, invitation: str) -> None:
    sent = en.send(invitation, invitation, follow=False, login="laoban", password=PASSWORD)
    [cookie] = [
        value for name, value in sent.headers.multi_items() if name == "set-cookie" and "baicha_session" in value
    ]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


def test_logging_out_ends_the_session_on_both_sides(en: Reader, served: Served, invitation: str) -> None:
    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    stolen = en.client.cookies["baicha_session"]
    en.send("/merchant", "/logout")
    assert en.open("/merchant").url.path == "/login"
    en.client.cookies.set("baicha_session", stolen)
    assert en.open("/merchant").url.path == "/login"


def test_a_form_from_before_the_login_is_refused_after_it(en: Reader, invitation: str) -> None:
    before = CSRF.search(en.open("/visit").text)
    assert before
    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    assert en.post("/logout", csrf=before[1]).status_code == 403


def test_a_claim_by_a_merchant_asks_for_another_place(en: Reader, served: Served, invitation: str) -> None:
    from index.database import reading

    en.send(invitation, invitation, login="laoban", password=PASSWORD)
    en.send("/listings/place-02", "/listings/place-02/claim", name="Wang", contact="0572-5550123")
    with reading(served.container.engine) as session:
        [claim] = accounts.pending_claims(session)
    assert (claim.listing_id, claim.merchant_id) == ("place-02", served.merchant)
    assert claim.listing_id != TEA_HOUSE


def test_behind_https_every_cookie_stays_on_it(en: Reader, served: Served, invitation: str) -> None:
    served.container.settings = served.container.settings.model_copy(update={"public_url": "https://anji.example"})
    page = en.open(invitation)
    found = CSRF.search(page.text)
    assert found
    nonce = next(value for value in page.headers.get_list("set-cookie") if value.startswith("baicha_csrf="))
    headers = {"Accept": "text/html", "Cookie": nonce.split(";")[0]}
    fields = {"csrf": found[1], "login": "laoban", "password": PASSWORD}
    sent = served.browser().post(invitation, data=fields, headers=headers, follow_redirects=False)
    assert sent.status_code == 303
    for cookie in (nonce, *sent.headers.get_list("set-cookie")):
        assert "; Secure" in cookie, cookie.split("=")[0]
