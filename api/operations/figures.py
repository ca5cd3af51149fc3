"""Every figure that a page or a reply shows, as the pages compute it: what is compared, and what an auditor is printed.

All of it is read out of a session: of the database in force, or of one into which an export and its facts were put.
`docs/ledger.md` says on which page each is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.alerting import alerts_now
from api.indicators import listing_facts, windows_of
from api.peers import like_merchants
from api.wishes import Names, asked_by_guests, asked_nearby, lacked, named
from index.listing import Listing
from index.settings import Language, Settings
from ledger.board import Indicator, board_indicators
from ledger.counted import attesting_payments, counted_entries
from ledger.credit import credit_signals
from ledger.credit_report import credit_report
from ledger.disputes import OpenDispute, disputes_of, open_disputes
from ledger.experiments import Experiment, run_experiment
from ledger.merchant_rows import Grain, rows
from ledger.merchant_statistics import FIELDS, merchant_summary
from ledger.origins import origins
from ledger.peers import quartiles
from ledger.periods import Period
from ledger.returning import returning
from ledger.touches import referral_credit
from ledger.weighing import weighed_visits

#: Hours are told of at most so many days: of a year they would be nine thousand.
HOURS_OF_DAYS = 31
_LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Asking:
    """The settings and the moment that figures are asked for; without `names` nothing is told of searches."""

    settings: Settings
    now: datetime
    names: Names | None = None

    def last_days(self, days: int) -> Period:
        """Return the local days that end with the moment's."""
        return Period.last_days(days, self.now, self.settings.tz)


def merchant_now(session: Session, asking: Asking, own: Sequence[Listing]) -> dict[str, Any]:
    """Return what a merchant is shown of no period: signals, the credit report, alerts, and what they disputed."""
    settings, listings = asking.settings, [listing.id for listing in own]
    windows, today = windows_of(settings), asking.last_days(1)
    home, as_of = (settings.county, settings.county_en), asking.now.astimezone(settings.tz)
    report = credit_report(session, listings, as_of, tz=settings.tz, home=home, windows=windows)
    return {
        "signals": credit_signals(session, listings, today.last_moment, windows=windows),
        "report": {"score": report.score} | _fields(report),
        "alerts": alerts_now(session, own, asking.now, settings.tz),
        "disputed": disputes_of(session, listings),
    }


def merchant_over(session: Session, asking: Asking, own: Sequence[Listing], period: Period) -> dict[str, Any]:
    """Return what a merchant is shown of a period."""
    windows, listings = windows_of(asking.settings), [listing.id for listing in own]
    summary = merchant_summary(session, listings, period, windows=windows)
    visits = weighed_visits(session, listings, period.start_ms, period.end_ms, windows)
    grains = [grain for grain in Grain if grain is not Grain.HOUR or period.days <= HOURS_OF_DAYS]
    return {
        "summary": summary,
        "sentence": {language: summary.sentence(language) for language in _LANGUAGES},
        "rows": {str(grain): rows(session, listings, period, grain, slice(None)) for grain in grains},
        "credit": referral_credit(session, visits, windows),
        "visits": visits,
        **_searches(session, asking, own, period),
        "origins": origins(session, listings, period),
        "returning": returning(session, listings, period),
        "peers": quartiles(session, like_merchants(session, own), period),
        "newest": {
            kind: [entry.index for entry in counted_entries(session, listings, period, kind)]
            for kind in FIELDS
            if kind != "payment"
        },
        "attesting": attesting_payments(session, visits),
    }


def board(session: Session, asking: Asking, period: Period) -> list[Indicator]:
    """Return the board's indicators."""
    return board_indicators(session, period, listing_facts(session), windows=windows_of(asking.settings))


def experiment(session: Session, asking: Asking, period: Period) -> Experiment:
    """Return what being shown caused, of every listing that took part."""
    alike = {name: facts.category for name, facts in listing_facts(session).items()}
    return run_experiment(session, period, alike, window_days=asking.settings.hold_out_window_days)


def waiting(session: Session) -> list[OpenDispute]:
    """Return what waits for a person's decision, as the operator's page shows it."""
    return open_disputes(session)


def caused(found: Experiment, listings: Sequence[str] | None = None) -> dict[str, Any]:
    """Return what being shown caused as the replies give it: of all listings, or of a merchant's."""
    chosen = found.by_listing if listings is None else [one for one in listings if one in found.by_listing]
    return {
        "caused": {one: {"visits": found.by_listing[one].visits} | _fields(found.by_listing[one]) for one in chosen},
        "displacement": found.displacement,
    }


def _searches(session: Session, asking: Asking, own: Sequence[Listing], period: Period) -> dict[str, Any]:
    found, nearby = asked_by_guests(session, own, period), asked_nearby(session, own, period)
    names = asking.names
    told: Mapping[str, Any] = {"found": None, "wanted": None}
    if names is not None:
        told = {
            "found": {language: named(names, found, language) for language in _LANGUAGES},
            "wanted": {language: lacked(names, nearby, own, language) for language in _LANGUAGES},
        }
    return {"searches": found, "asked_nearby": nearby, **told}


def _fields(value: Any) -> dict[str, Any]:
    """Return a dataclass's fields as they are, its parts untouched."""
    return {name: getattr(value, name) for name in (field.name for field in fields(value))}
