import re
from datetime import timedelta

import pytest

from api.accounts import Role
from tests.api.builders import Served
from tests.api.pages.reading import Reader, words
from tests.api.pages.signing_in import PASSWORD, signed_in


def _invite(owner: Reader, label: str = "前台小王 🍵") -> str:
    page = owner.send("/merchant/staff", "/merchant/staff/invite", label=label)
    found = re.search(r"/invite/[\w-]+", page.text)
    assert found, words(page)
    return found[0]


def test_an_invited_member_of_staff_sees_figures_and_the_counter_and_nothing_else(zh: Reader, served: Served) -> None:
    owner = signed_in(served)
    link = _invite(owner)
    assert "成为溪边茶馆的员工" in words(zh.open(link))
    page = zh.send(link, link, login="xiaowang", password=PASSWORD)
    assert page.url.path == "/merchant"
    assert "信用信号" not in words(page)
    assert zh.open("/merchant/counter").status_code == 200
    assert zh.open("/merchant/counter/code").status_code == 200
    for path in ("/merchant/staff", "/merchant/listing", "/merchant/payments", "/merchant/activity"):
        assert zh.open(path).status_code == 403, path
    said = words(owner.open("/merchant/staff"))
    assert "前台小王 🍵 staff · xiaowang" in said


def test_staff_who_are_removed_are_out_with_their_next_tap(served: Served) -> None:
    owner, staff = signed_in(served), signed_in(served, "wang", role=Role.STAFF)
    assert staff.open("/merchant").status_code == 200
    assert "logged out" in words(owner.send("/merchant/staff", "/merchant/staff/remove", login="wang"))
    assert staff.open("/merchant").url.path == "/login"
    assert staff.send("/login", "/login", login="wang", password=PASSWORD).status_code == 401


def test_a_withdrawn_invitation_leads_nowhere(en: Reader, served: Served) -> None:
    owner = signed_in(served)
    link = _invite(owner)
    [invitation] = re.findall(r'name="invitation" value="([0-9a-f]{64})"', owner.open("/merchant/staff").text)
    owner.send("/merchant/staff", "/merchant/staff/withdraw", invitation=invitation)
    assert en.open(link).status_code == 404
    assert en.send("/login", link, login="wang", password=PASSWORD).status_code == 404


def test_an_owner_reaches_nobodys_staff_but_their_own(served: Served) -> None:
    owner, other = signed_in(served), signed_in(served, "other", merchant=served.other_merchant)
    signed_in(served, "wang", role=Role.STAFF)
    _invite(owner)
    [invitation] = re.findall(r'name="invitation" value="([0-9a-f]{64})"', owner.open("/merchant/staff").text)
    assert other.send("/merchant/staff", "/merchant/staff/remove", login="wang").status_code == 404
    assert other.send("/merchant/staff", "/merchant/staff/withdraw", invitation=invitation).status_code == 404
    assert owner.send("/merchant/staff", "/merchant/staff/remove", login="laoban").status_code == 404
    assert "wang" not in words(other.open("/merchant/staff"))


@pytest.mark.parametrize("label", ["", "   ", "x" * 61, "a\nBcc: b"])
def test_a_name_that_cannot_be_is_told_at_its_field(served: Served, label: str) -> None:
    page = signed_in(served).send("/merchant/staff", "/merchant/staff/invite", label=label)
    assert page.status_code == 422
    assert 'id="staff-label-error"' in page.text


def test_the_owner_reads_who_did_what_page_by_page(served: Served) -> None:
    from api import accounts
    from index.database import writing

    owner = signed_in(served)
    with writing(served.container.engine) as session:
        for number in range(60):
            accounts.note(
                session,
                served.merchant,
                accounts.Action.EXPORT,
                by="laoban",
                subject=f"no-{number:02d}",
                now=served.clock(),
            )
    first = owner.open("/merchant/activity")
    assert "Exported · no-59 2026-11-24 12:00" in words(first)
    assert "no-09" not in words(first)
    [older] = re.findall(r'href="(/merchant/activity\?before=\d+)"', first.text)
    second = words(owner.open(older))
    assert "no-09" in second
    assert "Joined by an invitation" in second
    assert "Back to the newest" in second


def test_a_list_reads_nothing_of_another(served: Served) -> None:
    owner, other = signed_in(served), signed_in(served, "other", merchant=served.other_merchant)
    _invite(owner, "somebody of ours")
    assert "somebody of ours" in words(owner.open("/merchant/activity"))
    assert "somebody of ours" not in words(other.open("/merchant/activity"))
    assert owner.open("/merchant/activity?before=0").status_code == 422


def test_what_staff_look_at_is_listed_once_a_day_for_each_kind_of_page(served: Served) -> None:
    staff = signed_in(served, "wang", role=Role.STAFF)
    for page in ("/merchant", "/merchant?period=month", "/merchant/visits", "/merchant/proof?figure=visits"):
        assert staff.open(page).status_code == 200
    assert staff.open("/merchant/credit").status_code == 403
    told = words(signed_in(served).open("/merchant/activity"))
    saw = [told.count(f"Saw · {what}") for what in ("the figures", "the visits", "the proof of a figure")]
    assert (saw, "the credit report" in told) == ([1, 1, 1], False)
    served.clock.forward(timedelta(days=1))
    staff.open("/merchant/visits")
    assert words(signed_in(served, "again").open("/merchant/activity")).count("Saw · the visits") == 2
