"""The credit formula: it adds up, absent data take nothing, more of what is good never lowers it, and inputs expire."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from index.database import reading, writing
from ledger import credit_texts
from ledger.checks.verdicts import Verdict
from ledger.credit_formula import CURRENT, TermRule, formula
from ledger.credit_inputs import ACTIVE_VISITS, BANDS, MONTHS, Input, computed, first_month
from ledger.credit_report import MOST_REASONS, CreditReport, credit_report, report_of
from ledger.disputes import Disputed, decide, dispute, withdraw
from ledger.events import Attester, Bill, BillPaid, Consent, Event, Grade, Open, Payment, Scan, Visit
from ledger.periods import Period, milliseconds
from ledger.weighing import WeighedVisit
from tests.ledger.builders import DAY, HOUR, NOW, TZ, a_visit, an_event, an_id, stored

MONTH = timedelta(days=30)
SERVICES = ("electricity", "water", "gas", "telephone", "rent")
RULES = formula()
VALUES = st.fixed_dictionaries(
    {rule.id: st.none() | st.floats(-10, 1e6, allow_nan=False) for rule in RULES.terms},
)


def report(engine: Engine, as_of: datetime = NOW) -> CreditReport:
    with reading(engine) as session:
        return credit_report(session, ["tea-house"], as_of, tz=TZ, home=["安吉", "Anji"])


def a_bill(
    months_ago: int = 0, *, on_time: bool = True, service: str = "water", attested_by: Attester = Attester.ISSUER
) -> Event:
    signed = {"issuer": "water works", "reference": an_id("bill"), "signature": "0" * 128}
    at = NOW - months_ago * MONTH - DAY
    paid = at.astimezone(TZ).date()
    payload = Bill(
        service=service,
        attested_by=attested_by,
        due=paid if on_time else paid - DAY,
        paid=paid,
        band=1,
        **(signed if attested_by is Attester.ISSUER else {}),
    )
    return an_event(payload, at=at, visitor=None)


def a_payment(yuan: int, *, ago: timedelta = DAY, attested_by: Attester = Attester.ISSUER) -> Event:
    said = {"issuer": "bank", "signature": "0" * 128} if attested_by is Attester.ISSUER else {}
    payload = Payment(amount=yuan * 100, attested_by=attested_by, reference=f"r-{yuan}", **said)
    return an_event(payload, at=NOW - ago, visitor=None)


def term(found: CreditReport, name: str) -> tuple[float | None, int]:
    [one] = [each for each in found.terms if each.id == name]
    return one.value, one.points


def visits(number: int, *, ago: timedelta = DAY, visitor: str = "guest", **fields: object) -> list[Event]:
    return [a_visit(at=NOW - ago, visitor=f"{visitor}-{each:05d}", **fields) for each in range(number)]  # type: ignore[arg-type]


@given(VALUES)
def test_the_score_is_the_base_and_the_sum_of_terms_and_none_takes_anything(values: dict[str, float | None]) -> None:
    points = RULES.points(values)

    assert all(0 <= points[rule.id] <= rule.cap for rule in RULES.terms)
    assert RULES.base <= RULES.base + sum(points.values()) <= RULES.highest == 1_000


@given(st.sampled_from(RULES.terms), st.floats(0, 1e4), st.floats(0, 1e4))
def test_more_of_a_term_never_gives_less_and_absence_takes_nothing(rule: TermRule, a: float, b: float) -> None:
    assert rule.of(max(a, b)) >= rule.of(min(a, b)) >= rule.of(0.0) == rule.of(None) == 0
    assert rule.of(1e12) == rule.cap


def test_a_merchant_of_whom_nothing_is_known_has_the_base_and_is_told_what_would_raise_it(any_engine: Engine) -> None:
    found = report(any_engine)

    assert (found.score, found.version, len(found.months)) == (RULES.base, CURRENT, MONTHS)
    assert all(one.value is None and one.points == 0 and one.evidence.events == 0 for one in found.terms)
    assert found.reasons == ()
    assert {each.term for each in found.raises} == {"visits", "active_months", "returning", "payments", "bills"}


def an_input(
    months_ago: int,
    on_time: bool,  # noqa: FBT001
    service: str,
    attested_by: Attester,
    withdrawn: bool = False,  # noqa: FBT001, FBT002
) -> Input:
    said = Disputed(NOW, "", withdrawn=True) if withdrawn else None
    return Input(0, _at(months_ago), "tea-house", "bill", service, 0, "", attested_by, "", on_time, said)


def an_arrival(months_ago: int, weight: float = 1.0) -> WeighedVisit:
    at_ms = milliseconds(_at(months_ago))
    verdict = Verdict(weight, (), decided=False)
    return WeighedVisit(0, at_ms, "tea-house", "guest", Grade.SCANNED, made_up=False, referred=False, verdict=verdict)


def _at(months_ago: int) -> datetime:
    return NOW.astimezone(TZ).replace(day=1) - months_ago * timedelta(days=30.4)


def computed_report(visits: Sequence[WeighedVisit] = (), bills: Sequence[Input] = ()) -> CreditReport:
    return report_of(computed(NOW, TZ, visits, bills), RULES, NOW)


BILLS = st.builds(
    an_input,
    st.integers(0, MONTHS - 1),
    st.booleans(),
    st.sampled_from(SERVICES),
    st.sampled_from(list(Attester)),
    st.booleans(),
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(BILLS, max_size=20), BILLS)
def test_no_bill_taken_away_falls_below_the_base_and_no_bill_added_lowers(bills: list[Input], added: Input) -> None:
    scores = []
    for some in (bills[1:], bills, [*bills, added]):
        found = computed_report(bills=some)
        assert found.score == found.base + sum(each.points for each in found.terms)
        scores.append(found.score)

    assert RULES.base <= scores[0] <= scores[1] <= scores[2]


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.builds(an_arrival, st.integers(0, MONTHS - 1), st.sampled_from([0.05, 0.5, 1.0])), max_size=40),
    st.builds(an_arrival, st.integers(0, MONTHS - 1)),
)
def test_another_visit_never_lowers_count_months_or_tenure(visits: list[WeighedVisit], added: WeighedVisit) -> None:
    before, after = (
        {each.id: each.points for each in computed_report(some).terms} for some in (visits, [*visits, added])
    )

    assert all(after[name] >= before[name] for name in ("visits", "active_months", "tenure"))


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(BILLS, min_size=1, max_size=20))
def test_a_withdrawn_bill_is_as_good_as_none(bills: list[Input]) -> None:
    without = [one for one in bills if not one.is_withdrawn]

    assert computed_report(bills=bills).terms == computed_report(bills=without).terms
    assert computed_report(bills=bills).months == computed_report(bills=without).months


def promised(found: CreditReport) -> dict[str, int]:
    return {each.term: each.points for each in found.raises}


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(BILLS, max_size=12))
def test_as_many_more_bills_as_are_asked_for_give_the_points_that_were_promised_and_fewer_give_none(
    bills: list[Input],
) -> None:
    before = computed_report(bills=bills)
    gains = []
    for more in range(4):
        added = [an_input(0, True, f"more-{number}", Attester.ISSUER) for number in range(more)]
        gains.append(term(computed_report(bills=[*bills, *added]), "bills")[1] - term(before, "bills")[1])

    asked_for = next((more for more, gain in enumerate(gains) if gain), None)
    assert promised(before).get("bills") == (gains[asked_for] if asked_for else None)
    if asked_for:
        assert f"本月再有 {asked_for} 张" in next(each.text.zh for each in before.raises if each.term == "bills")


@settings(deadline=None)  # a busy machine is no failure
@given(st.sets(st.integers(0, MONTHS - 1)))
def test_visits_in_the_month_that_is_named_give_the_points_that_were_promised(active: set[int]) -> None:
    now = NOW.astimezone(TZ)
    # The next month, where this one has its visits already: by then what is oldest has expired.
    then = (now.replace(day=28) + timedelta(days=7)).replace(day=1) if 0 in active else now
    visits = [one for ago in sorted(active) for one in [an_arrival(ago)] * ACTIVE_VISITS]
    kept = [one for one in visits if one.at_ms >= Period(first_month(then.date()), 1, TZ).start_ms]
    added = [replace(an_arrival(0), at_ms=milliseconds(then))] * ACTIVE_VISITS

    before = report_of(computed(now, TZ, visits, ()), RULES, now)
    after = report_of(computed(then, TZ, [*kept, *added], ()), RULES, then)

    gained = term(after, "active_months")[1] - term(before, "active_months")[1]
    assert promised(before).get("active_months", 0) == gained
    named = [each.text.zh for each in before.raises if each.term == "active_months"]
    assert all(("下个月" in text) == (0 in active) for text in named)


def test_bills_on_time_count_from_three_within_six_months_on(any_engine: Engine) -> None:
    stored(any_engine, a_bill(0), a_bill(7))
    assert term(report(any_engine), "bills") == (0, 0)
    stored(any_engine, a_bill(1), a_bill(2))
    # The one of seven months before is alone in its half-year.
    assert term(report(any_engine), "bills") == (3, 12)
    assert [each.points for each in report(any_engine).raises if each.term == "bills"] == [4]


def test_only_an_issuer_makes_a_bill_or_takings_count_and_what_is_stated_is_shown_as_stated(any_engine: Engine) -> None:
    said = Attester.MERCHANT
    stored(any_engine, *(a_bill(month, attested_by=said) for month in range(4)), a_payment(90_000, attested_by=said))

    found = report(any_engine)

    assert found.score == RULES.base
    assert sum(month.stated_bills for month in found.months) == 4
    assert sum(month.stated_amount for month in found.months) == 9_000_000
    assert {each.attested_by for each in found.inputs} == {said}


def test_a_bill_without_a_signature_is_a_word_whoever_is_named_in_it(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = BillPaid(service="water", attested_by=Attester.ISSUER, issuer="water works", on_time=True)
    with monkeypatch.context() as earlier:
        # As an operator could append it to the log of an earlier version.
        earlier.setattr("ledger.append._fault", lambda *_: None)
        stored(any_engine, *(an_event(said, at=NOW - n * MONTH - DAY, visitor=None) for n in range(3)))
    found = report(any_engine)
    assert found.score == RULES.base + term(found, "tenure")[1]
    assert term(found, "bills")[1] == term(found, "tenure")[1] == 0
    assert sum(month.stated_bills for month in found.months) == 3


def test_a_bill_in_parts_is_one_bill(any_engine: Engine) -> None:
    stored(any_engine, *(a_bill() for _ in range(9)))

    assert term(report(any_engine), "bills") == (0, 0)


def test_takings_make_bands_a_month_on_average_of_twelve(any_engine: Engine) -> None:
    stored(any_engine, a_payment(12 * BANDS[1], ago=40 * DAY), a_payment(12 * BANDS[-1], ago=400 * DAY))

    found = report(any_engine)

    assert term(found, "payments") == (2, 32)
    assert sum(month.amount for month in found.months) == 12 * 100 * (BANDS[1] + BANDS[-1])


def test_every_visit_gives_and_months_with_guests_count(any_engine: Engine) -> None:
    stored(any_engine, *visits(50), *visits(ACTIVE_VISITS - 1, ago=2 * MONTH, visitor="few"))

    found = report(any_engine)

    assert term(found, "visits") == (50 + ACTIVE_VISITS - 1, 12)
    assert term(found, "active_months") == (1, 5)
    assert term(found, "tenure") == (2, 8)


def test_a_doubtful_visit_counts_by_its_weight_until_a_person_decides(any_engine: Engine) -> None:
    stored(any_engine, an_event(Visit(grade=Grade.SCANNED, scan=Scan(open=False))))
    before, _ = term(report(any_engine), "visits")
    assert before is not None
    assert before < 1
    with writing(any_engine) as session:
        decide(session, 0, counts=True, decided_by="key-1", now=NOW)

    assert term(report(any_engine), "visits")[0] == 1


def test_growth_needs_a_year_before_and_a_fall_takes_nothing(any_engine: Engine) -> None:
    stored(any_engine, *visits(15, ago=35 * DAY))
    assert term(report(any_engine), "growth") == (None, 0)
    stored(any_engine, *visits(10, ago=400 * DAY, visitor="before"))
    assert term(report(any_engine), "growth") == (0.5, 60)
    stored(any_engine, *visits(90, ago=400 * DAY, visitor="many"))
    fallen, points = term(report(any_engine), "growth")
    assert fallen is not None
    assert fallen < 0
    assert points == 0


def test_shares_say_nothing_below_ten_visitors(any_engine: Engine) -> None:
    def arrivals(number: int, visitor: str, origin: str) -> list[Event]:
        return [
            an_event(
                Visit(grade=Grade.SCANNED, origin=origin),
                at=NOW - day,
                visitor=f"{visitor}-{each}",
                consent=Consent.REMEMBERED,
            )
            for each in range(number)
            for day in (DAY, 3 * DAY)
        ]

    stored(any_engine, *arrivals(9, "from-far", "上海"))
    found = report(any_engine)
    assert {name: term(found, name) for name in ("referred", "outside", "returning")} == dict.fromkeys(
        ("referred", "outside", "returning"), (None, 0)
    )
    stored(any_engine, *arrivals(3, "from-here", "安吉县"), an_event(Open(), visitor="from-far-1", at=NOW - 4 * DAY))
    found = report(any_engine)
    assert term(found, "outside") == (0.75, 37)
    assert term(found, "returning") == (1.0, 50)
    value, points = term(found, "referred")
    assert value == pytest.approx(1 / 12)
    assert points == 4


def test_inputs_expire_after_24_months(any_engine: Engine) -> None:
    stored(any_engine, *visits(40), *(a_bill(month) for month in range(6)), a_payment(60_000))
    known = report(any_engine)
    assert known.score > RULES.base

    assert report(any_engine, NOW + 26 * MONTH).score == RULES.base
    assert report(any_engine, NOW - 26 * MONTH).score == RULES.base


def test_a_month_is_the_countys(any_engine: Engine) -> None:
    # 01:00 on the first of November in the county is still October in UTC.
    stored(any_engine, *visits(ACTIVE_VISITS, ago=NOW - datetime(2026, 10, 31, 17, tzinfo=UTC)))

    last, before = report(any_engine).months[-1], report(any_engine).months[-2]

    assert (last.first.month, last.visits, before.visits) == (11, ACTIVE_VISITS, 0)


def test_at_most_four_reasons_most_points_first_in_both_languages(any_engine: Engine) -> None:
    stored(
        any_engine,
        *visits(300),
        *visits(20, ago=100 * DAY, visitor="old"),
        *(a_bill(month, service=service) for month in range(12) for service in ("water", "gas")),
        a_payment(90_000),
    )

    found = report(any_engine)

    assert len([each for each in found.terms if each.points]) > MOST_REASONS == len(found.reasons)
    assert found.reasons[0].zh == "24 张账单按时缴（+80）"
    assert found.reasons[1].en == "verified visits: 320 (+76)"


def test_a_late_bill_is_disputed_and_a_person_says_that_it_was_on_time(any_engine: Engine) -> None:
    stored(any_engine, a_bill(0), a_bill(1), a_bill(2, on_time=False))
    assert term(report(any_engine), "bills") == (0, 0)
    with writing(any_engine) as session:
        dispute(session, ["tea-house"], 2, note="the bank was closed", now=NOW)
    [waiting] = [one.dispute for one in report(any_engine).inputs if one.index == 2]
    assert waiting is not None
    assert (waiting.note, waiting.counts) == ("the bank was closed", None)
    with writing(any_engine) as session:
        decide(session, 2, counts=True, decided_by="key-1", now=NOW)

    assert term(report(any_engine), "bills") == (3, 12)


def test_what_is_withdrawn_leaves_the_sums_until_a_later_decision_and_both_events_stay(any_engine: Engine) -> None:
    stored(any_engine, *(a_bill(month) for month in range(3)), a_payment(60_000))
    before = report(any_engine)
    assert (term(before, "bills"), term(before, "payments")) == ((3, 12), (2, 32))
    with writing(any_engine) as session:
        dispute(session, ["tea-house"], 3, note="not ours", now=NOW)
    assert term(report(any_engine), "payments") == (2, 32)
    with writing(any_engine) as session:
        for index in (0, 3):
            withdraw(session, index, decided_by="key-1", note="seen", now=NOW)

    after = report(any_engine)

    assert (term(after, "bills"), term(after, "payments")) == ((0, 0), (None, 0))
    assert sum(month.amount for month in after.months) == 0
    assert [one.is_withdrawn for one in after.inputs] == [True, False, False, True]
    with writing(any_engine) as session:
        dispute(session, ["tea-house"], 3, note="ours after all", now=NOW)
    [again] = [one.dispute for one in report(any_engine).inputs if one.index == 3]
    assert again is not None
    assert (again.withdrawn, again.is_open) == (True, True)
    with writing(any_engine) as session:
        decide(session, 3, counts=True, decided_by="key-1", now=NOW)
    assert term(report(any_engine), "payments") == (2, 32)


def test_evidence_names_the_events_of_each_term(any_engine: Engine) -> None:
    stored(any_engine, a_bill(), *visits(2), a_payment(10), a_visit(at=NOW + HOUR), made_up())

    found = {each.id: each.evidence for each in report(any_engine).terms}

    assert (found["bills"].events, found["bills"].first_index) == (1, 0)
    assert (found["visits"].events, found["visits"].first_index, found["visits"].last_index) == (3, 1, 5)
    assert (found["payments"].events, found["tenure"].events) == (1, 5)
    assert report(any_engine).made_up


def made_up() -> Event:
    return a_visit(at=NOW - DAY, visitor="invented", made_up=True)


def test_the_document_says_the_same_as_the_formula_and_the_page() -> None:
    written = (Path(__file__).parents[2] / "docs" / "credit.md").read_text(encoding="utf-8")

    for rule in RULES.terms:
        texts = [each[rule.id] for each in (credit_texts.TERM_LABELS, credit_texts.TERM_DEFINITIONS)]
        assert all(text.zh in written and text.en in written for text in texts), rule.id
        assert f"| {rule.points:g} | {rule.cap} |" in written, rule.id
    assert credit_texts.TERM_LABELS.keys() == credit_texts.TERM_REASONS.keys() == {rule.id for rule in RULES.terms}
    assert credit_texts.TERM_RAISES.keys() == {rule.id for rule in RULES.terms if rule.step is not None}
