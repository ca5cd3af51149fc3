"""Proofs of what a merchant is shown of visits and of the events that are counted one by one.

Which visits were found here is told of days of five visitors at least. In which hour a guest came, where they come
from, who asked to be remembered and which visits are one guest's is told of no entry: such figures name all the visits
that they were read from, so that the list is the same whatever those guests said.
"""

from collections import defaultdict
from collections.abc import Sequence

from api.pages.figures import percent
from api.pages.merchant_proof_parts import PAGE, Asked, Line, Proof, adding, line, listed, notes_of, span
from api.pages.merchants import KINDS
from index.errors import NotFound
from ledger.checks.findings import Reason
from ledger.counted import attesting_payments, counted_entries
from ledger.disclosure import FEWEST_VISITORS
from ledger.events import Grade
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.origins import origins
from ledger.periods import moment
from ledger.returning import returning
from ledger.tallies.reading import totals
from ledger.touches import referral_credit
from ledger.weighing import VERIFIED, WeighedVisit
from ledger.withdrawals import withdrawn_payments

#: The kind of event that each figure counts one by one.
COUNTS = {**KINDS, "payments": "payment"}


def counts_proof(asked: Asked, figure: str) -> Proof:
    """Return the events of one kind, each of which adds one to the figure."""
    frame, kind = asked.frame, COUNTS[figure]
    total = sum(
        each.count
        for each in totals(asked.session, asked.own, asked.period)
        if each.kind == kind and (kind != "visit" or each.part in VERIFIED)
    )
    if kind == "payment":
        total -= len(withdrawn_payments(asked.session, asked.own, asked.period))
    entries = counted_entries(asked.session, asked.own, asked.period, kind, before=asked.before, limit=PAGE + 1)
    notes: dict[int, tuple[str, ...]] = {}
    if kind == "visit":
        shown = {entry.index for entry in entries}
        notes = notes_of(asked, [visit for visit in asked.visits() if visit.index in shown])
    label = frame.t("prove.payments" if figure == "payments" else f"merchant.{figure}")
    return Proof(
        label,
        counted(asked, label, f"{total:,}"),
        frame.t("proves.payments" if figure == "payments" else f"define.{figure}"),
        total,
        [line(asked, each, adding(frame, int(each.why_not is None), *notes.get(each.index, ()))) for each in entries],
    )


def counted(asked: Asked, label: str, number: str) -> str:
    """Say what a figure is, and of which days."""
    t, days = asked.frame.t, asked.period
    if days.days == 1:
        return t("prove.counted_day", label=label, n=number, span=span(asked.frame, days))
    return t("proof.counted", label=label, n=number, first=str(days.first), last=str(days.last))


def sentence_proof(asked: Asked) -> Proof:
    """Return the visits behind the sentence, with what each is in it."""
    t, summary = asked.frame.t, _summary(asked)
    visits = asked.visits()
    formula = [t("prove.by_visitors", visits=f"{len(visits):,}", n=f"{summary.visitors:,}")]
    if summary.share is not None and summary.interval is not None:
        low, high = percent(summary.interval.low), percent(summary.interval.high)
        formula.append(
            t("prove.share", share=percent(summary.share), n=f"{summary.effective_visitors:.1f}", low=low, high=high)
        )
    said = summary.sentence(asked.frame.language)
    return Proof(t("proof.sentence"), said, t("define.sentence"), len(visits), _with_referral(asked, visits), formula)


def credit_proof(asked: Asked) -> Proof:
    """Return the visits whose visitors the three rules credit, and what each rule adds up to."""
    t, visits = asked.frame.t, asked.visits()
    found = referral_credit(asked.session, visits, asked.windows)
    formula = [
        t(
            "prove.rule",
            rule=t(f"doubt.{rule}"),
            parts=" + ".join(f"{part:.1f}" for part in parts.values()) or "0",
            sum=f"{sum(parts.values()):.1f}",
        )
        for rule, parts in (("first", found.first), ("last", found.last), ("shared", found.shared))
    ]
    label = t("doubt.credit")
    said = t("prove.read", label=label, n=f"{len(visits):,}", span=span(asked.frame, asked.period))
    return Proof(label, said, t("proves.credit"), len(visits), _with_referral(asked, visits), formula)


def paid_proof(asked: Asked) -> Proof:
    """Return the visits that were paid, each with the payment that its issuer attests."""
    t, frame = asked.frame.t, asked.frame
    paid = [visit for visit in asked.visits() if visit.grade is Grade.PAID]
    notes = notes_of(asked, paid)
    marks = {visit.index: adding(frame, 1, t("proof.visit"), *notes[visit.index]) for visit in paid}
    marks |= {index: adding(frame, 0, t("proof.payment")) for index in attesting_payments(asked.session, paid)}
    label = t("more.paid")
    said = counted(asked, label, f"{len(paid):,}")
    return Proof(label, said, t("define.paid_visits"), len(paid), listed(asked, marks))


def doubtful_proof(asked: Asked) -> Proof:
    """Return the visits that weigh less; of one reason, where one is named.

    Raises:
        NotFound: There is no such reason.
    """
    reason = next((each for each in Reason if each == asked.id), None)
    if asked.id and reason is None:
        raise NotFound("reason", asked.id[:40])
    doubtful = [
        visit for visit in asked.visits() if visit.verdict.is_doubtful and (reason is None or reason in visit.reasons)
    ]
    notes = notes_of(asked, doubtful)
    marks = {visit.index: adding(asked.frame, 1, *notes[visit.index]) for visit in doubtful}
    label = asked.frame.t("doubt.doubtful") if reason is None else reason.text.of(asked.frame.language)
    said = counted(asked, label, f"{len(doubtful):,}")
    return Proof(label, said, asked.frame.t("proves.doubtful"), len(doubtful), listed(asked, marks))


def hours_proof(asked: Asked) -> Proof:
    """Return the visits of all hours together, and how many of them are in hours that are shown."""
    t, summary = asked.frame.t, _summary(asked)
    shown = sum(count for day in summary.shown_hours for count in day if count is not None)
    return _read_from(
        asked,
        "hours",
        t("more.when"),
        [t("prove.hours", all=f"{summary.visits:,}", shown=f"{shown:,}", hidden=f"{summary.visits - shown:,}")],
    )


def origins_proof(asked: Asked) -> Proof:
    """Return the visits of all places together, and the counts of those that five visitors name."""
    t, found = asked.frame.t, origins(asked.session, asked.own, asked.period)
    told = t("prove.told", n=f"{found.told:,}") if found.told is not None else t("more.no_from")
    return _read_from(asked, "origins", t("prove.origins"), [told])


def returning_proof(asked: Asked) -> Proof:
    """Return the visits among which are those of who can be known again, and how many came back."""
    found = returning(asked.session, asked.own, asked.period)
    t = asked.frame.t
    said = t("doubt.returning", m=found.remembered, returned=found.returned)
    return _read_from(
        asked, "returning", t("prove.returning"), [said if found.remembered else t("doubt.nobody_remembered")]
    )


def _read_from(asked: Asked, figure: str, label: str, formula: list[str]) -> Proof:
    frame, visits = asked.frame, asked.visits()
    notes = notes_of(asked, visits)
    return Proof(
        label,
        frame.t("prove.read", label=label, n=f"{len(visits):,}", span=span(frame, asked.period)),
        frame.t(f"proves.{figure}"),
        len(visits),
        listed(asked, {visit.index: adding(frame, 1, *notes[visit.index]) for visit in visits}),
        formula,
    )


def _summary(asked: Asked) -> MerchantSummary:
    return merchant_summary(asked.session, asked.own, asked.period, windows=asked.windows, weigh=asked.container.weigh)


def _with_referral(asked: Asked, visits: Sequence[WeighedVisit]) -> list[Line]:
    """Return the visits; whether one was found here, of days of enough visitors only."""
    t, tz, came = asked.frame.t, asked.period.tz, defaultdict(set)
    on = {visit.index: moment(visit.at_ms, tz).date() for visit in visits}
    for visit in visits:
        came[on[visit.index]].add(visit.visitor)
    notes, marks = notes_of(asked, visits), {}
    for visit in visits:
        said = []
        if len(came[on[visit.index]]) >= FEWEST_VISITORS:
            said.append(t("proof.referred") if visit.referred else t("proof.not_referred"))
        marks[visit.index] = adding(asked.frame, 1, *said, *notes[visit.index])
    return listed(asked, marks)
