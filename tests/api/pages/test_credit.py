"""The credit report over HTTP and as pages: the owner sees and disputes each input, others read by consent only."""

import re
from datetime import timedelta
from typing import Any

import pytest

from api import credit_consents
from api.pages.credit import MOST_INPUTS
from index.database import reading, writing
from ledger.append import append
from ledger.events import Attester, Bill, Event, Grade, Payment, Visit
from tests.api.builders import TEA_HOUSE, Served, let_key_read_credit
from tests.api.pages.reading import Reader, words
from tests.api.pages.signing_in import send_form, signed_in

DAY = timedelta(days=1)
LINK = re.compile(r'href="http://testserver(/credit/[\w-]+)"')


def known(served: Served) -> None:
    """Sixty visits, three bills of which one is late, takings attested by a bank and takings that are stated."""
    now = served.clock()
    signed = {"attested_by": Attester.ISSUER, "issuer": "bank", "signature": "0" * 128}
    paid = [(now - month * 30 * DAY - DAY).date() for month in range(3)]
    bills = [
        Bill(
            service="water",
            due=day + DAY if month < 2 else day - DAY,
            paid=day,
            band=1,
            reference=f"W-{month}",
            **signed | {"issuer": "自来水公司"},
        )
        for month, day in enumerate(paid)
    ]
    payments = [
        Payment(amount=2_400_000, reference="one", **signed),
        Payment(amount=900_000, reference="two", attested_by=Attester.MERCHANT),
    ]
    events = [
        *(
            Event(id=f"bill-0000{month}", at=now - month * 30 * DAY - DAY, listing=TEA_HOUSE, payload=bill)
            for month, bill in enumerate(bills)
        ),
        *(
            Event(id=f"payment-000{number}", at=now - DAY, listing=TEA_HOUSE, payload=payment)
            for number, payment in enumerate(payments)
        ),
        *(
            Event(
                id=f"visit-{number:05d}",
                at=now - DAY,
                listing=TEA_HOUSE,
                visitor=f"guest-{number:05d}",
                payload=Visit(grade=Grade.SCANNED),
            )
            for number in range(60)
        ),
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=now, trusted=True)


def asked(served: Served, query: str = "", role: str = "merchant") -> object:
    let_key_read_credit(served)
    headers = served.keys.header(role)
    return served.client.get(f"/v1/merchants/{served.merchant}/credit{query}", headers=headers)


def report(served: Served, query: str = "") -> dict[str, object]:
    reply = asked(served, query)
    assert reply.status_code == 200, reply.text  # type: ignore[attr-defined]
    found: dict[str, object] = reply.json()  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("language", "reason"), [("en", "verified visits: 60 (+14)"), ("zh", "60 次核实的到访（+14）")]
)
def test_the_route_gives_a_sum_that_adds_up_with_its_reasons(served: Served, language: str, reason: str) -> None:
    known(served)
    found = report(served, f"?lang={language}")
    points = sum(term["points"] for term in found["terms"])  # type: ignore[attr-defined]
    assert found["score"] == found["base"] + points  # type: ignore[operator]
    assert reason in found["reasons"]  # type: ignore[operator]
    assert (found["formula"], len(str(found["formula_sha256"])), found["made_up"]) == ("credit-1", 64, False)


def test_the_report_of_a_day_before_is_as_it_stood(served: Served) -> None:
    known(served)
    assert report(served, "?as_of=2026-11-01")["score"] < report(served)["score"]  # type: ignore[operator]
    assert report(served, "?as_of=2026-11-24")["score"] == report(served)["score"]


@pytest.mark.parametrize(("day", "status"), [("2026-11-25", 400), ("1999-01-01", 422), ("soon", 422)])
def test_a_day_that_is_none_is_refused(served: Served, day: str, status: int) -> None:
    assert asked(served, f"?as_of={day}").status_code == status  # type: ignore[attr-defined]


def test_a_new_merchant_has_the_base_and_is_told_what_would_raise_it(served: Served) -> None:
    said = words(signed_in(served).open("/merchant/credit"))
    assert "300 points" in said
    assert "What is absent takes nothing" in said
    assert "50 more verified visits, +12" in said
    assert "No takings and no bills are recorded yet" in said


def test_the_page_shows_each_input_and_is_small(served: Served) -> None:
    known(served)
    page = signed_in(served, language="zh-CN").open("/merchant/credit")
    said = words(page)
    assert "账单：水费" in said
    assert "2026-11-24 到期，2026-11-23 缴 · 100 至 500 元 · 按时 · 由自来水公司证明" in said
    assert "9,000.00 CNY · 商户自述，不计分" in said
    assert len(page.text.encode()) < 100_000


def test_the_owner_disputes_a_bill_and_a_second_time_is_told_to_wait(served: Served) -> None:
    known(served)
    owner = signed_in(served)
    late = next(one for one in report(served)["inputs"] if one["on_time"] is False)  # type: ignore[attr-defined]
    send = {"index": str(late["index"]), "note": "the bank was closed"}
    assert "a person will look" in words(send_form(owner, "/merchant/credit", "/merchant/credit/dispute", send))
    assert "A person will decide; until then" in words(owner.open("/merchant/credit"))
    send["note"] = "in other words"
    assert "disputed already" in words(send_form(owner, "/merchant/credit", "/merchant/credit/dispute", send))
    admin = served.admin()
    decided = {"counts": True, "note": "seen the receipt"}
    assert served.client.post(f"/v1/admin/disputes/{late['index']}", json=decided, headers=admin).status_code == 200
    assert next(term for term in report(served)["terms"] if term["id"] == "bills")["points"] == 12  # type: ignore[attr-defined]


def test_a_payment_that_a_person_withdraws_leaves_the_sums_and_the_page_says_so_meanwhile(
    served: Served, en: Reader
) -> None:
    known(served)
    owner = signed_in(served)
    takings = next(one for one in inputs(served) if one["issuer"] == "bank")
    send_form(owner, "/merchant/credit", "/merchant/credit/dispute", {"index": str(takings["index"]), "note": "no"})
    assert "until then it counts as before" in words(owner.open("/merchant/credit"))
    assert points(served, "payments") == 16
    en.send("/admin", "/admin/login", key=served.keys.admin)
    assert "Takings 2026-11-23 12:00 · 24,000.00 CNY" in words(en.open("/admin/disputes"))
    send_form(
        en,
        "/admin/disputes",
        "/admin/disputes",
        {"visit": str(takings["index"]), "decision": "withdrawn", "note": "the bank says so too"},
    )
    said = words(owner.open("/merchant/credit"))
    assert "it is in no sum any more" in said
    assert "Answer: the bank says so too" in said
    assert points(served, "payments") == 0
    [kept] = [one for one in inputs(served) if one["index"] == takings["index"]]
    assert (kept["amount"], kept["withdrawn"], kept["waiting"]) == (2_400_000, True, False)
    path = f"/v1/admin/disputes/{takings['index']}"
    for decision, status in (
        ({"counts": True, "withdrawn": True}, 422),
        ({"counts": False, "withdrawn": True}, 200),
        ({"counts": False}, 200),
    ):
        assert served.client.post(path, json=decision, headers=served.admin()).status_code == status
    assert points(served, "payments") == 16


def test_older_inputs_are_on_further_pages_and_each_can_be_disputed(served: Served) -> None:
    now, many = served.clock(), 2 * MOST_INPUTS + 1
    payments = [
        Payment(amount=100 + number, reference=f"r-{number}", attested_by=Attester.MERCHANT) for number in range(many)
    ]
    with writing(served.container.engine) as session:
        events = [
            Event(id=f"payment-{number:04d}", at=now - DAY, listing=TEA_HOUSE, payload=payment)
            for number, payment in enumerate(payments)
        ]
        append(session, events, now=now, trusted=True)
    owner = signed_in(served)
    for page, shown in (("", 1.80), ("?page=2", 1.40), ("?page=3", 1.00), ("?page=9", 1.00), ("?page=x", 1.80)):
        said = words(owner.open(f"/merchant/credit{page}"))
        assert f" {shown:.2f} CNY" in said, page
        assert ("Older" in said, "Newer" in said) == (shown > 1.01, shown < 1.79), page
    found = report(served, "?inputs_before=41")
    assert ([one["amount"] for one in found["inputs"]], found["inputs_next"]) == (  # type: ignore[attr-defined]
        list(range(140, 99, -1)),
        None,
    )


BILL = {"service": "rent", "due": "2026-11-20", "paid": "2026-11-20", "amount": "¥1,280.50"}


@pytest.mark.parametrize(
    ("language", "done", "line"),
    [
        (
            "zh-CN",
            "作为您的自述列出",
            "账单：房租 2026-11-20 到期，2026-11-20 缴 · 500 至 2,000 元 · 按时 · 商户自述，不计分",
        ),
        ("en-GB", "listed as your word", "Bill: rent due 2026-11-20, paid 2026-11-20 · 500 to 2,000 yuan · on time"),
    ],
)
def test_the_owner_states_a_bill_that_gives_nothing_and_takes_it_back(
    served: Served, language: str, done: str, line: str
) -> None:
    owner = signed_in(served, language=language)
    written = ("2026-11-20", "2026/11/20", "2026年11月20日")
    pages = [
        words(send_form(owner, "/merchant/credit", "/merchant/credit/bill", BILL | {"due": day})) for day in written
    ]
    assert done in pages[0]
    assert line in pages[0]
    assert pages[1].count(line) == pages[2].count(line) == 1
    assert report(served)["score"] == 300
    [stated] = inputs(served)
    other = signed_in(served, "other", merchant=served.other_merchant)
    for somebody in (other, owner, owner):
        send_form(somebody, "/merchant/credit", "/merchant/credit/take-back", {"index": str(stated["index"])})
    assert [one["withdrawn"] for one in inputs(served)] == [True]
    activity = owner.open("/merchant/activity").text
    assert activity.count("rent, 2026-11-20") == activity.count("✕ ") == 1


def test_what_is_wrong_with_a_stated_bill_is_said_at_each_field_and_nothing_typed_is_lost(served: Served) -> None:
    owner = signed_in(served)
    for wrong, said in (
        ({"service": ""}, "Choose what the bill is for"),
        ({"service": "tea"}, "Choose what the bill is for"),
        ({"due": "03/04/2026"}, "This is no date"),
        ({"paid": ""}, "This is no date"),
        ({"paid": "2026-11-25"}, "still to come"),
        ({"paid": "2024-11-30", "due": "2024-11-30"}, "listed no longer"),
        ({"due": "2025-01-01"}, "more than a year apart"),
        ({"amount": "-20"}, "an amount above 0"),
        ({"amount": "0"}, "an amount above 0"),
        ({"amount": "1e999"}, "an amount above 0"),
        ({"amount": "a lot"}, "an amount above 0"),
    ):
        page = send_form(owner, "/merchant/credit", "/merchant/credit/bill", BILL | wrong)
        assert page.status_code == 422, wrong
        assert said in words(page), wrong
        assert 'aria-invalid="true"' in page.text
        assert all(value in page.text for value in (BILL | wrong).values() if value != "tea")
    wrong = BILL | {"listing": "made-up-farm-stay"}
    assert send_form(owner, "/merchant/credit", "/merchant/credit/bill", wrong).status_code == 404
    assert inputs(served) == []


def inputs(served: Served) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report(served)["inputs"]  # type: ignore[assignment]
    return found


def points(served: Served, term: str) -> int:
    return next(each["points"] for each in report(served)["terms"] if each["id"] == term)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("index", ["99999", "-1", "", "nine", "9" * 40])
def test_what_is_not_ones_own_is_not_disputed(served: Served, index: str) -> None:
    known(served)
    owner = signed_in(served)
    said = words(owner.send("/merchant/credit", "/merchant/credit/dispute", index=index))
    assert "no such record of yours" in said
    other = signed_in(served, "other", merchant=served.other_merchant)
    assert "no such record of yours" in words(other.send("/merchant/credit", "/merchant/credit/dispute", index="0"))


def test_a_recipient_reads_by_the_link_until_it_is_withdrawn_and_each_reading_is_listed(
    served: Served, en: Reader
) -> None:
    known(served)
    owner = signed_in(served)
    link = shared(owner)
    page = en.open(link)
    said = words(page)
    assert "lets Ms Li, Anji Rural Bank read this" in said
    assert "verified visits: 60 (+14)" in said
    assert "自来水公司" not in page.text
    assert page.headers["cache-control"] == "no-store"
    activity = words(owner.open("/merchant/activity"))
    assert "Ms Li, Anji Rural Bank (link)" in activity
    assert "credit ← read" in activity

    [consent] = re.findall(r'name="consent" value="(cc_[0-9a-f]+)"', owner.open("/merchant/credit").text)
    assert "reads nothing" in words(owner.send("/merchant/credit", "/merchant/credit/withdraw", consent=consent))
    assert en.open(link).status_code == 404
    assert "credit ✕ Ms Li" in words(owner.open("/merchant/activity"))


def test_a_consent_ends_by_itself(served: Served, en: Reader) -> None:
    link = shared(signed_in(served))
    served.clock.forward(timedelta(days=7) - timedelta(seconds=1))
    assert en.open(link).status_code == 200
    served.clock.forward(timedelta(seconds=1))
    assert en.open(link).status_code == 404


def test_nobody_withdraws_anothers_consent(served: Served, en: Reader) -> None:
    link = shared(signed_in(served))
    with reading(served.container.engine) as session:
        [given] = credit_consents.consents_of(session, served.merchant, now=served.clock())
        token_is_kept = link.rsplit("/", 1)[1] in given.token_hash
    other = signed_in(served, "other", merchant=served.other_merchant)
    assert other.send("/merchant/credit", "/merchant/credit/withdraw", consent=given.id).status_code == 404
    assert en.open(link).status_code == 200
    assert not token_is_kept


@pytest.mark.parametrize("typed", [{"recipient": " "}, {"recipient": "bank", "days": "365"}, {"days": "x"}])
def test_a_consent_without_a_name_or_for_other_days_is_told_at_the_field(served: Served, typed: dict[str, str]) -> None:
    reply = send_form(signed_in(served), "/merchant/credit", "/merchant/credit/share", typed)
    assert reply.status_code == 422
    assert "Say who may read it" in words(reply)


def shared(owner: Reader) -> str:
    fields = {"recipient": "Ms Li, Anji  Rural Bank", "days": "7"}
    found = LINK.search(send_form(owner, "/merchant/credit", "/merchant/credit/share", fields).text)
    assert found
    return found[1]


def test_a_key_reads_credit_only_while_the_switch_is_on_and_each_day_is_listed_once(served: Served) -> None:
    owner, key = signed_in(served), served.keys.header("merchant")
    [prefix] = re.findall(r'name="key" value="([0-9a-f]{12})"', owner.open("/merchant/credit").text)
    path = f"/v1/merchants/{served.merchant}"

    def read() -> list[int]:
        return [served.client.get(f"{path}/{name}", headers=key).status_code for name in ("credit", "credit-signals")]

    assert read() == [403, 403]
    assert "reads it since" in words(owner.send("/merchant/credit", "/merchant/credit/key", key=prefix, read="yes"))
    assert read() + read() == [200] * 4
    told = words(owner.open("/merchant/activity"))
    assert told.count(f"a program (key {prefix})") == 2
    assert all(said in told for said in (f"Made a key that reads your data · {prefix}", f"credit → key {prefix}"))
    assert "does not read it" in words(owner.send("/merchant/credit", "/merchant/credit/key", key=prefix, read="no"))
    assert read() == [403, 403]
    served.clock.forward(DAY)
    owner.send("/merchant/credit", "/merchant/credit/key", key=prefix, read="yes")
    read()
    assert words(owner.open("/merchant/activity")).count(f"a program (key {prefix})") == 4


def test_nobody_lets_anothers_key_read(served: Served) -> None:
    owner, other = signed_in(served), signed_in(served, "other", merchant=served.other_merchant)
    [theirs] = re.findall(r'name="key" value="([0-9a-f]{12})"', other.open("/merchant/credit").text)
    assert owner.send("/merchant/credit", "/merchant/credit/key", key=theirs, read="yes").status_code == 404
