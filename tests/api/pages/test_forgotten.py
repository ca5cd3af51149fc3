import re
from datetime import timedelta

import pytest

from tests.api.builders import Served
from tests.api.pages.reading import Reader, words
from tests.api.pages.signing_in import PASSWORD, letters, signed_in

NEW = "another cup of tea"


def _link(served: Served) -> str:
    found = re.search(r"/reset/[\w-]+", letters(served)[-1])
    assert found
    return found[0]


def test_who_forgets_gets_a_link_and_sets_another_password(zh: Reader, served: Served) -> None:
    before = signed_in(served, email="laoban@example.org")
    assert "请查收邮件" in words(zh.send("/forgot", "/forgot", named="laoban"))
    [letter] = letters(served)
    assert "To: laoban@example.org" in letter
    assert "重设白茶的密码" in letter
    link = _link(served)
    assert "登录名 laoban" in words(zh.open(link))
    assert "新密码已保存" in words(zh.send(link, link, password=NEW))
    assert before.open("/merchant").url.path == "/login", "every session ended"
    assert zh.send("/login", "/login", login="laoban", password=PASSWORD).status_code == 401
    assert zh.send("/login", "/login", login="laoban", password=NEW).url.path == "/merchant"


def test_a_link_is_good_once_and_for_an_hour(en: Reader, served: Served) -> None:
    signed_in(served, email="laoban@example.org")
    en.send("/forgot", "/forgot", named="laoban@example.org")
    link = _link(served)
    en.send(link, link, password=NEW)
    again = en.open(link)
    assert (again.status_code, "no longer valid" in words(again)) == (404, True)
    assert en.send("/forgot", link, password=NEW).status_code == 404
    en.send("/forgot", "/forgot", named="laoban")
    served.clock.forward(timedelta(hours=1))
    assert en.open(_link(served)).status_code == 404


@pytest.mark.parametrize("named", ["laoban", "nobody", "nobody@example.org"])
def test_the_answer_tells_not_whether_there_is_such_a_login(en: Reader, served: Served, named: str) -> None:
    signed_in(served, email="laoban@example.org")
    page = en.send("/forgot", "/forgot", named=named)
    assert page.status_code == 200
    assert named not in words(page)
    assert "If there is such a login" in words(page)


def test_the_link_leads_to_our_own_address_whatever_the_request_says(en: Reader, served: Served) -> None:
    signed_in(served, email="laoban@example.org")
    page = en.client.get("/forgot", headers={"Host": "evil.example", "Accept": "text/html"})
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert token
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Accept": "text/html"}
    en.client.post("/forgot", data={"csrf": token[1], "named": "laoban"}, headers=forged)
    [letter] = letters(served)
    assert "evil" not in letter
    assert "http://127.0.0.1:8000/reset/" in letter


def test_a_short_password_is_told_at_its_field_and_uses_nothing_up(en: Reader, served: Served) -> None:
    signed_in(served, email="laoban@example.org")
    en.send("/forgot", "/forgot", named="laoban")
    link = _link(served)
    page = en.send(link, link, password="short")
    assert page.status_code == 422
    assert 'id="reset-password-error"' in page.text
    assert en.send(link, link, password="x" * 201).status_code == 422
    assert en.send(link, link, password=NEW).url.path == "/login"


def test_an_empty_form_asks_for_a_name(en: Reader) -> None:
    page = en.send("/forgot", "/forgot", named="  ")
    assert (page.status_code, 'aria-invalid="true"' in page.text) == (422, True)


@pytest.mark.parametrize("token", ["nonsense", "x" * 5_000, "%00", "..%2f..", "字"])
def test_a_guessed_link_opens_nothing(en: Reader, token: str) -> None:
    assert en.open(f"/reset/{token}").status_code == 404
