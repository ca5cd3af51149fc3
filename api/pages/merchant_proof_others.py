"""Proofs of searches, alerts and the experiment; and why what comes from the records of others has no entries."""

from datetime import date, timedelta
from statistics import fmean

from api.alerting import alerts_of
from api.indicators import listing_facts
from api.pages.merchant_proof_parts import (
    PAGE,
    Asked,
    Proof,
    adding,
    line,
    listed,
    notes_of,
    proof_path,
    span,
)
from api.pages.merchant_proof_visits import counts_proof
from api.pages.page import Link
from index.errors import NotFound
from ledger.alerts import DAYS, HOURS_DAYS, REPORT_DAYS, WEEKS, Alert, AlertKind
from ledger.counted import counted_entries, reporting_entries
from ledger.experiments import run_experiment, unit_entries
from ledger.periods import Period
from ledger.searches import asked as asked_for
from ledger.tallies.reading import counts
from ledger.weighing import VERIFIED

#: Effects are told for so many eligible visitors.
_A_HUNDRED = 100
#: The figure that an alert of a day is about.
_OF_KIND = {"visit": "visits", "open": "opens"}


def searches_proof(asked: Asked, figure: str) -> Proof:
    """Return the impressions that searches were read from, and never those of one wish."""
    t, frame = asked.frame.t, asked.frame
    found = asked_for(asked.session, asked.own, asked.period)
    entries = counted_entries(
        asked.session,
        asked.own,
        asked.period,
        "impression",
        before=asked.before,
        limit=PAGE + 1,
        known=True,
        since_ms=found.since_ms,
    )
    said = t("proof.searches", n=f"{found.impressions:,}", first=str(asked.period.first), last=str(asked.period.last))
    return Proof(
        t("more.found" if figure == "searches" else "more.lacking"),
        f"{said} {t('proof.wanted')}" if figure == "wanted" else said,
        t(f"define.{figure}"),
        found.impressions,
        [line(asked, entry, adding(frame, 1)) for entry in entries],
    )


def theirs(asked: Asked, figure: str) -> Proof:
    """Say why what comes from the records of others has no entries here."""
    t = asked.frame.t
    label = t("more.peers" if figure == "peers" else "prove.displacement")
    return Proof(label, t("proof.peers"), t("define.peers" if figure == "peers" else "proves.displacement"))


def effect_proof(asked: Asked) -> Proof:
    """Return what made each unit of the experiment at a place, shown or withheld.

    Raises:
        NotFound: It is none of the merchant's places.
    """
    t, frame, settings = asked.frame.t, asked.frame, asked.container.settings
    if asked.id not in asked.own:
        raise NotFound("listing of yours", asked.id[:40])
    alike = {name: facts.category for name, facts in listing_facts(asked.session).items()}
    drawn = settings.hold_out_window_days
    found = run_experiment(asked.session, asked.period, alike, window_days=drawn, weigh=asked.container.weigh)
    units = unit_entries(asked.session, asked.period, alike, asked.id, window_days=drawn)
    marks = {
        index: adding(frame, 1, t("doubt.effect_withheld") if withheld else t("doubt.effect_shown"))
        for index, withheld in units.items()
    }
    effect, formula = found.by_listing.get(asked.id), []
    if effect is not None:
        per_100, low, high = (f"{each * _A_HUNDRED:.1f}" for each in (effect.per_unit, effect.low, effect.high))
        formula = [
            t("prove.units", shown=f"{effect.shown:,}", withheld=f"{effect.withheld:,}"),
            t("prove.effect", per_100=per_100, low=low, high=high),
        ]
    label = t("doubt.effect")
    said = t("prove.units_read", label=label, n=f"{len(units):,}", span=span(frame, asked.period))
    return Proof(label, said, t("proves.effect"), len(units), listed(asked, marks), formula)


def alert_proof(asked: Asked) -> Proof:
    """Return what an alert compares.

    Raises:
        NotFound: The merchant has no such alert.
    """
    found = alerts_of(asked.container, asked.session, asked.frame.holder.merchant or "")
    alert = next((each for each in found if each.id == asked.id), None)
    if alert is None:
        raise NotFound("alert", asked.id[:40])
    # The places that are closed now give no alerts, and so no counts of them.
    still = [place for place in asked.places if not place.closed and alert.listing in {None, place.id}]
    proofs = {AlertKind.HOURS: _hours_alert, AlertKind.REPORTS: _reports_alert}
    tz = asked.period.tz
    days = {AlertKind.HOURS: HOURS_DAYS, AlertKind.REPORTS: REPORT_DAYS}.get(alert.kind, 1)
    period = Period(alert.day - timedelta(days=days - 1), days, tz)
    narrowed = Asked(asked.frame, asked.session, still, period, asked.before, asked.id)
    proof = proofs.get(alert.kind, _day_alert)(narrowed, alert)
    return Proof(
        asked.frame.t("alert.title"),
        alert.text.of(asked.frame.language),
        proof.definition,
        proof.total,
        proof.lines,
        [proof.said, *proof.formula],
        proof.beside,
        Link("/merchant/alerts", asked.frame.t("alert.title")),
    )


def _day_alert(asked: Asked, alert: Alert) -> Proof:
    t, kind = asked.frame.t, alert.id.split(":")[1]
    figure, tz = _OF_KIND[kind], asked.period.tz
    proof = counts_proof(asked, figure)
    usual = _usual(asked, kind, alert.day)
    beside = [
        Link(proof_path(figure, Period(day, 1, tz)), t("prove.beside", day=str(day), n=f"{count:,}"))
        for day, count in usual
    ]
    mean = " + ".join(str(count) for _, count in usual)
    formula = [
        t("prove.usual", sum=mean, n=len(usual), mean=f"{fmean(count for _, count in usual):.1f}"),
        t("prove.bound"),
    ]
    return Proof(proof.label, proof.said, proof.definition, proof.total, proof.lines, formula, beside)


def _usual(asked: Asked, kind: str, day: date) -> list[tuple[date, int]]:
    """Return the same weekdays that a day was compared with, newest first: those since anything was recorded."""
    tz, now = asked.period.tz, asked.container.clock()
    whole = DAYS + 7 * WEEKS
    first = now.astimezone(tz).date() - timedelta(days=whole)
    by_day: dict[date, int] = {}
    for tally in counts(asked.session, asked.own, Period(first, whole, tz)):
        if tally.kind == kind and (kind == "open" or tally.part in VERIFIED):
            by_day[tally.since.date()] = by_day.get(tally.since.date(), 0) + tally.count
    begun = min(by_day, default=day)
    before = (day - timedelta(weeks=back) for back in range(1, WEEKS + 1))
    return [(each, by_day.get(each, 0)) for each in before if each >= begun]


def _hours_alert(asked: Asked, alert: Alert) -> Proof:
    t, frame, visits = asked.frame.t, asked.frame, asked.visits()
    notes = notes_of(asked, visits)
    everybody = len({visit.visitor for visit in visits})
    said = t("prove.read", label=t("alert.title"), n=f"{len(visits):,}", span=span(frame, asked.period))
    marks = {visit.index: adding(frame, 1, *notes[visit.index]) for visit in visits}
    formula = [t("prove.outside_hours", count=alert.count, all=everybody, share=f"{alert.count / everybody:.0%}")]
    return Proof("", said, t("proves.alert_hours"), len(visits), listed(asked, marks), formula)


def _reports_alert(asked: Asked, alert: Alert) -> Proof:
    t, frame = asked.frame.t, asked.frame
    places = reporting_entries(asked.session, asked.own, asked.period)
    said = t("prove.reports", n=f"{len(places):,}", who=alert.count, span=span(frame, asked.period))
    return Proof(
        "",
        said,
        t("proves.alert_reports"),
        len(places),
        listed(asked, {index: adding(frame, 1) for index in places}),
    )
