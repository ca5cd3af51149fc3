"""The page about visits: doubts with their reasons and disputes, credit, takings, who came back, and the effect."""

from datetime import timedelta

import pytest

from api.accounts import add_listing
from index.database import reading, writing
from ledger.append import append
from ledger.disputes import decide, open_disputes
from ledger.events import Attester, Consent, Event, Grade, Impression, Open, Payload, Payment, Scan, Visit, Withheld
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, links, words
from tests.api.pages.test_merchants import log_in

CLOSED = "more than an hour outside the opening hours"


def stored(served: Served, *events: tuple[str, str, Payload], listing: str = TEA_HOUSE, hours: float = 2) -> list[int]:
    """Append events of (id, visitor, payload), so many hours ago; return their places in the log."""
    at = served.clock() - timedelta(hours=hours)
    made = [
        Event(id=name, at=at, listing=listing, visitor=who or None, consent=Consent.REMEMBERED, payload=payload)
        for name, who, payload in events
    ]
    with writing(served.container.engine) as session:
        receipts = append(session, made, now=served.clock(), trusted=True)
    return [receipt.index for receipt in receipts if receipt.index is not None]


def a_visit(*, is_open: bool = True) -> Visit:
    return Visit(grade=Grade.SCANNED, scan=Scan(open=is_open))


def late(number: int) -> tuple[str, str, Payload]:
    return f"late-visit-{number:03d}", f"late-guest-{number:03d}", a_visit(is_open=False)


def test_a_doubtful_visit_is_shown_with_its_reason_its_weight_and_a_way_to_dispute_it(
    en: Reader, served: Served
) -> None:
    [index] = stored(served, late(1))
    log_in(en, served, served.merchant)
    assert f"{CLOSED}: 1" in words(en.open("/merchant"))

    said = words(en.open("/merchant/visits"))

    assert f"{CLOSED} weighs 0.05 · entry {index} of the ledger Dispute this" in said


def test_a_dispute_waits_and_its_decision_is_shown(en: Reader, served: Served) -> None:
    [index] = stored(served, late(1))
    log_in(en, served, served.merchant)
    page = en.send("/merchant/visits", "/merchant/visits/dispute", visit=str(index), note="a wedding", days="7")
    said = words(page)
    assert "Your dispute is recorded" in said
    assert "Waits for a decision." in said
    assert "Dispute this" not in said
    assert str(page.url).endswith("/merchant/visits?days=7&done=disputed")
    with reading(served.container.engine) as session:
        assert [one.note for one in open_disputes(session)] == ["a wedding"]
    again = en.send("/merchant", "/merchant/visits/dispute", visit=str(index))
    assert "waits for a decision already" in words(again)
    with writing(served.container.engine) as session:
        decide(session, index, counts=True, decided_by="admin", note="photographs seen", now=served.clock())
    said = words(en.open("/merchant/visits"))
    assert "weighs 1" in said
    assert "Decided: it counts in full. photographs seen" in said


@pytest.mark.parametrize("visit", ["", "x", "99999999999999999999999", "999999"])
def test_another_merchants_visit_or_none_cannot_be_disputed(en: Reader, served: Served, visit: str) -> None:
    [index] = stored(served, late(1), listing=FARM_STAY)
    log_in(en, served, served.merchant)
    page = en.send("/merchant", "/merchant/visits/dispute", visit=visit or str(index))
    assert "There is no such visit to your places" in words(page)


def test_many_doubts_have_a_second_page(en: Reader, served: Served) -> None:
    stored(served, *(late(number) for number in range(31)))
    log_in(en, served, served.merchant)
    first = en.open("/merchant/visits")
    assert first.text.count("<article") == 30
    [older] = links(first, "page=2")
    assert en.open(older.split("#")[0]).text.count("<article") == 1
    assert en.open("/merchant/visits?page=99").text.count("<article") == 1


def test_credit_is_shown_by_three_rules_beside_each_other(en: Reader, served: Served) -> None:
    seen = ("seen-tea-001", "a-guest-0001", Impression(query_id="a-search-1", position=0))
    stored(served, seen, hours=4)
    stored(served, ("open-tea-001", "a-guest-0001", Open()), hours=3)
    stored(served, ("visit-tea-01", "a-guest-0001", a_visit()))
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant/visits"))
    assert "Rule Shown Opened First touch 1.0 0.0 Last touch 0.0 1.0 Shared 0.5 0.5" in said
    assert "1 of your 1 recorded visitors found you here" in said


def test_the_share_of_takings_is_told_where_a_file_gives_it(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    assert "payments were imported" not in words(en.open("/merchant/visits"))
    payments = [
        (f"payment-{n:03d}", "", Payment(amount=100, attested_by=Attester.MERCHANT, reference=str(n))) for n in range(4)
    ]
    stored(served, *payments, ("visit-tea-01", "a-guest-0001", a_visit()))
    for path in ("/merchant", "/merchant/visits"):
        assert "4 payments were imported for the same time, and 1 visits recorded: 25%" in words(en.open(path))


def test_returning_guests_are_those_who_asked_to_be_remembered_and_the_page_says_so(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    assert "nobody asked to be remembered" in words(en.open("/merchant/visits"))
    stored(served, ("visit-tea-01", "a-guest-0001", a_visit()), hours=72)
    stored(served, ("visit-tea-02", "a-guest-0001", a_visit()), ("visit-tea-03", "a-guest-0002", a_visit()))
    said = words(en.open("/merchant/visits"))
    assert "1 of the 2 visitors who asked to be remembered had been here before. Others cannot be known again" in said


def test_the_effect_has_its_interval_its_arms_and_what_it_means(zh: Reader, en: Reader, served: Served) -> None:
    for number in range(40):
        who = f"arm-guest-{number:04d}"
        arm: Payload = Impression(query_id="a-search-1", position=0, propensity=0.95)
        if number % 4 == 0:
            arm = Withheld(query_id="a-search-1", position=0, propensity=0.05)
        stored(served, (f"arm-event-{number:04d}", who, arm), hours=4)
        if number % 4 == 1:
            stored(served, (f"arm-visit-{number:04d}", who, a_visit()))
    for reader in (zh, en):
        log_in(reader, served, served.merchant)
    assert "More visits a hundred 95% interval Shown Withheld" in words(en.open("/merchant/visits"))
    assert "随机不展示" in words(zh.open("/merchant/visits"))
    with writing(served.container.engine) as session:
        add_listing(session, served.merchant, "place-03", now=served.clock())
    said = words(en.open("/merchant/visits"))
    assert "Place More visits a hundred 95% interval Shown Withheld Brook Tea House" in said
    assert " to " in said.split("Brook Tea House")[-1]
    assert " 30 10 " in said
    assert "withheld at random" in said
    assert "Displacement among like places" in said


def test_with_nothing_recorded_each_part_says_so(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant/visits"))
    for nothing in ("No visitor found you here", "No visitor has taken part", "No visit of this period is doubtful"):
        assert nothing in said


def test_the_page_is_the_merchants_own(en: Reader, served: Served) -> None:
    assert en.open("/merchant/visits").url.path == "/login"
    stored(served, late(1))
    log_in(en, served, served.other_merchant)
    assert CLOSED not in words(en.open("/merchant/visits"))
