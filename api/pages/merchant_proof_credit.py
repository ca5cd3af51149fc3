"""Proofs of the credit signals, and of every term and month of the credit report: for the owner alone."""

from collections.abc import Callable, Mapping
from datetime import date

from api.pages.credit_lines import line_of
from api.pages.figures import number
from api.pages.merchant_parts import signal_figure
from api.pages.merchant_proof_parts import Asked, Mark, Proof, adding, listed, notes_of
from api.pages.page import Frame, Link
from index.errors import NotFound
from ledger.credit import REACH, credit_signals
from ledger.credit_entries import (
    MonthFigure,
    TermEntry,
    TermProof,
    month_proof,
    signal_proof,
    term_proof,
)
from ledger.credit_formula import formula
from ledger.credit_inputs import CreditInputs, ReadInputs, computed, read_inputs
from ledger.credit_report import CreditTerm, report_of
from ledger.definitions import SIGNAL_LABELS
from ledger.periods import Period, milliseconds

#: What adds yuan rather than a count.
_MONEY = frozenset({"payments", MonthFigure.TAKINGS, MonthFigure.STATED_TAKINGS})


def signals_proof(asked: Asked) -> Proof:
    """Return what a signal was counted from.

    Raises:
        NotFound: There is no such signal.
    """
    frame, t, container = asked.frame, asked.frame.t, asked.container
    if asked.id not in SIGNAL_LABELS:
        raise NotFound("signal", asked.id[:40])
    today = Period.day_of(container.clock(), container.settings.tz)
    as_of = today.last_moment
    windows = asked.windows
    found = credit_signals(asked.session, asked.own, as_of, windows=windows, weigh=container.weigh)
    signal = next(each for each in found if each.id == asked.id)
    start_ms, end_ms = milliseconds(as_of - REACH) + 1, milliseconds(as_of) + 1
    visits = container.weigh(asked.session, asked.own, start_ms, end_ms, windows)
    proof, notes = signal_proof(asked.id, visits, as_of), notes_of(asked, visits)
    shown = signal_figure(frame, signal)
    return Proof(
        shown.label,
        t("prove.as_of", label=shown.label, n=shown.value, day=str(today.last)),
        shown.definition,
        proof.total,
        listed(asked, {entry.index: _mark(frame, entry, notes) for entry in proof.entries}),
        [_signal_formula(frame, asked.id, proof), _counted_of(frame, proof)],
        back=Link("/merchant/signals", t("merchant.signals")),
    )


def terms_proof(asked: Asked) -> Proof:
    """Return what a term of the credit report was counted from, with the formula's numbers.

    Raises:
        NotFound: There is no such term.
    """
    frame, t = asked.frame, asked.frame.t
    read, found = _read(asked)
    rules = formula()
    report = report_of(found, rules, asked.container.clock())
    term = next((each for each in report.terms if each.id == asked.id), None)
    if term is None:
        raise NotFound("term", asked.id[:40])
    proof = term_proof(term.id, read, found, asked.container.settings.tz)
    rule = next(each for each in rules.terms if each.id == term.id)
    label, language = term.label.of(frame.language), frame.language
    unit = "" if term.shown.endswith(("%", "–")) else term.unit.of(language)
    said = t("prove.term", label=label, n=" ".join(filter(None, (term.shown, unit))), points=term.points, cap=term.cap)
    lines = [_term_formula(frame, term, proof)]
    if term.value is not None:
        raw = f"{term.value * rule.points:,.2f}"
        lines.append(
            t(
                "prove.points",
                value=f"{term.value:,.4g}" if term.value < 1 else number(round(term.value, 2)),
                each=f"{rule.points:g}",
                raw=raw,
                points=term.points,
                cap=term.cap,
            )
        )
    return Proof(
        label,
        said,
        term.definition.of(language),
        proof.total,
        listed(asked, _marks(asked, proof, read, is_money=term.id in _MONEY)),
        [*lines, _counted_of(frame, proof, is_money=term.id in _MONEY)],
        back=Link("/merchant/credit#terms", t("credit.title")),
    )


def months_proof(asked: Asked) -> Proof:
    """Return what a figure of a month of the credit report was counted from; `first` names the month.

    Raises:
        NotFound: There is no such figure, or the month has expired.
    """
    frame, t = asked.frame, asked.frame.t
    figure = next((each for each in MonthFigure if each == asked.id), None)
    read, found = _read(asked)
    first = asked.period.first.replace(day=1)
    if figure is None or first not in {month.first for month in found.months}:
        raise NotFound("figure of a month", f"{asked.id[:40]} {first:%Y-%m}")
    proof = month_proof(figure, first, read, found, asked.container.settings.tz)
    is_money = figure in _MONEY
    total = f"{proof.total:,.2f}" if is_money else f"{proof.total:,.1f}".removesuffix(".0")
    if figure is MonthFigure.ON_TIME:
        total = f"{total}/{proof.numbers['bills']}"
    label = t(f"credit.head_{figure}")
    return Proof(
        label,
        t("prove.month", label=label, n=total, month=f"{first:%Y-%m}"),
        t(f"proves.month_{figure}"),
        proof.total,
        listed(asked, _marks(asked, proof, read, is_money=is_money)),
        [_counted_of(frame, proof, is_money=is_money)],
        back=Link("/merchant/credit#months", t("credit.title")),
    )


def month_path(figure: MonthFigure, first: date) -> str:
    """Return the address of the proof of a month's figure."""
    return f"/merchant/proof?figure=month&id={figure}&first={first}&last={first}"


def _read(asked: Asked) -> tuple[ReadInputs, CreditInputs]:
    settings = asked.container.settings
    as_of = asked.container.clock().astimezone(settings.tz)
    read = read_inputs(asked.session, asked.own, as_of, settings.tz, windows=asked.windows)
    home = (settings.county, settings.county_en)
    return read, computed(as_of, settings.tz, read.visits, read.inputs, said=read.said, home=home)


def _marks(asked: Asked, proof: TermProof, read: ReadInputs, *, is_money: bool) -> dict[int, Mark]:
    """Return what each entry adds; a payment or a bill with what it is."""
    shown = {entry.index for entry in proof.entries}
    notes = notes_of(asked, [visit for visit in read.visits if visit.index in shown])
    for one in read.inputs:
        if one.index in shown:
            told = line_of(asked.frame, one)
            notes[one.index] = tuple(filter(None, (told.detail, told.said)))
    return {entry.index: _mark(asked.frame, entry, notes, is_money=is_money) for entry in proof.entries}


def _mark(frame: Frame, entry: TermEntry, notes: Mapping[int, tuple[str, ...]], *, is_money: bool = False) -> Mark:
    said = list(notes.get(entry.index, ()))
    if entry.why_not is not None:
        said.insert(0, frame.t(f"left.{entry.why_not}"))
    if is_money and entry.adds:
        return Mark(entry.adds, frame.t("prove.yuan", yuan=f"{entry.adds:,.2f}"), tuple(said))
    return adding(frame, entry.adds, *said)


def _counted_of(frame: Frame, proof: TermProof, *, is_money: bool = False) -> str:
    counting = sum(1 for entry in proof.entries if entry.adds)
    total = f"{proof.total:,.2f}" if is_money else number(round(proof.total, 2))
    return frame.t("prove.sum", n=f"{counting:,}", left=f"{len(proof.entries) - counting:,}", sum=total)


def _signal_formula(frame: Frame, signal: str, proof: TermProof) -> str:
    t, numbers = frame.t, proof.numbers
    if signal == "verified_visits":
        return t("prove.weights", sum=number(round(proof.total, 2)))
    if signal == "active_weeks":
        return t("prove.weeks", **numbers)
    if signal == "weekly_variation":
        if "mean" not in numbers or not numbers["mean"]:
            return t("merchant.no_value")
        mean, deviation = float(numbers["mean"]), float(numbers["deviation"])
        value = f"{deviation / mean:.2f}"
        return t("prove.variation", deviation=f"{deviation:.3f}", mean=f"{mean:.3f}", value=value, **_weeks(numbers))
    if signal == "tenure_days":
        return t("prove.first_day", **numbers) if numbers else t("merchant.no_value")
    return _referred(frame, proof)


def _weeks(numbers: Mapping[str, float | str]) -> dict[str, float | str]:
    return {"weeks": numbers["weeks"]}


def _term_formula(frame: Frame, term: CreditTerm, proof: TermProof) -> str:
    return _TERMS[term.id](frame, proof)


def _referred(frame: Frame, proof: TermProof) -> str:
    numbers = {name: f"{float(value):,.2f}" for name, value in proof.numbers.items()}
    return frame.t("prove.referred", **numbers)


def _growth(frame: Frame, proof: TermProof) -> str:
    filled = {name: number(round(each, 2)) if isinstance(each, float) else each for name, each in proof.numbers.items()}
    return frame.t("prove.growth", **filled)


def _payments(frame: Frame, proof: TermProof) -> str:
    return frame.t("prove.payments_sum", **{name: f"{float(each):,.2f}" for name, each in proof.numbers.items()})


_TERMS: Mapping[str, Callable[[Frame, TermProof], str]] = {
    "visits": lambda frame, proof: frame.t("prove.weights", sum=number(round(proof.total, 2))),
    "active_months": lambda frame, proof: frame.t("prove.months", **proof.numbers),
    "growth": _growth,
    "tenure": lambda frame, proof: frame.t("prove.tenure", **proof.numbers),
    "referred": _referred,
    "outside": lambda frame, proof: frame.t("prove.outside", **proof.numbers),
    "returning": lambda frame, proof: frame.t("prove.again", **proof.numbers),
    "payments": _payments,
    "bills": lambda frame, proof: frame.t("prove.bills", n=f"{proof.total:.0f}"),
}
