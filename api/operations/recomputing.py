"""Every figure again, from the events alone: of one listing out of an export, or all beside those that are shown."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from api.accounts import MerchantListing
from api.indicators import listing_facts, windows_of
from api.migrate import upgrade
from api.operations.database import opened
from api.peers import like_merchants
from index.database import make_engine, reading, writing
from index.listing import Listing
from index.settings import Settings
from ledger.append import take_turn
from ledger.board import board_indicators
from ledger.credit import credit_signals
from ledger.credit_report import credit_report
from ledger.experiments import run_experiment
from ledger.log.exporting import rows
from ledger.log.replaying import replay_lines, replay_rows
from ledger.merchant_statistics import merchant_summary
from ledger.origins import origins
from ledger.peers import quartiles
from ledger.periods import Period
from ledger.returning import returning
from ledger.searches import asked
from ledger.tallies.keeping import first_difference, rebuild
from ledger.touches import referral_credit
from ledger.weighing import weighed_visits
from recommender.asked_for import AskedFor

#: The periods that the pages offer, days.
PERIODS = (1, 7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many entries the figures were computed from again, how many figures, and what differs.

    That is the first tally, or else the first figure.
    """

    entries: int
    merchants: int
    figures: int
    differs: str | None


def figures_of(settings: Settings, lines: Iterable[bytes], listings: list[str], days: int, now: datetime) -> Any:
    """Return what a merchant with these listings is shown, computed from a verified export alone."""
    with _empty() as engine:
        with writing(engine) as session:
            replay_lines(session, lines)
        with reading(engine) as session:
            return to_jsonable_python(_merchant(session, settings, listings, days, now), fallback=str)


def recompute(settings: Settings, now: datetime) -> Recomputed:
    """Compute every merchant's and the board's figures from the bare events, and compare them with those shown.

    The tallies, which some figures are sums of, are compared first, each with the events.
    """
    with opened(settings) as live, _snapshot(live) as shown, _empty() as engine:
        with writing(engine) as session, closing(rows(shown)) as entries:
            count = replay_rows(session, entries)
        merchants = _merchants(shown)
        with reading(engine) as again:
            tally = first_difference(shown.connection(), again.connection())
            compared = [
                (name, _compared(name, one(shown), one(again)))
                for name, one in _questions(shown, settings, merchants, now)
            ]
    differs = next((found for _, found in compared if found is not None), None)
    return Recomputed(count, len(merchants), len(compared), str(tally) if tally is not None else differs)


def rebuild_tallies(settings: Settings) -> int:
    """Make every tally anew from the events, and return how many there are; writers wait meanwhile."""
    with opened(settings) as engine, writing(engine) as session:
        take_turn(session)
        return rebuild(session.connection())


def _questions(
    shown: Session, settings: Settings, merchants: dict[str, list[str]], now: datetime
) -> Iterator[tuple[str, Any]]:
    facts, windows = listing_facts(shown), windows_of(settings)
    alike = {name: each.category for name, each in facts.items()}
    drawn = settings.hold_out_window_days
    peers = {merchant: like_merchants(shown, _listings(shown, own)) for merchant, own in merchants.items()}
    for days in PERIODS:
        period = Period.last_days(days, now, settings.tz)
        yield (
            f"the board, {days} days",
            lambda session, period=period: board_indicators(session, period, facts, windows=windows),
        )
        yield (
            f"what being shown caused, {days} days",
            lambda session, period=period: run_experiment(session, period, alike, window_days=drawn),
        )
        for merchant, listings in merchants.items():
            yield (
                f"merchant {merchant}, {days} days",
                lambda session, listings=listings, days=days: _merchant(session, settings, listings, days, now),
            )
            yield (
                f"merchant {merchant} and those like it, {days} days",
                lambda session, like=peers[merchant], own=listings, period=period: (
                    quartiles(session, like, period),
                    asked(session, [*own, *chain(*like)], period, counted_as=AskedFor.coarse),
                ),
            )


def _merchant(session: Session, settings: Settings, listings: list[str], days: int, now: datetime) -> dict[str, Any]:
    """Return what the pages of a merchant show, by what it is."""
    windows, period = windows_of(settings), Period.last_days(days, now, settings.tz)
    visits = weighed_visits(session, listings, period.start_ms, period.end_ms, windows)
    home = (settings.county, settings.county_en)
    return {
        "summary": merchant_summary(session, listings, period, windows=windows),
        "credit": referral_credit(session, visits, windows),
        "signals": credit_signals(session, listings, period.last_moment, windows=windows),
        "searches": asked(session, listings, period, opened=True, counted_as=AskedFor.coarse),
        "origins": origins(session, listings, period),
        "returning": returning(session, listings, period),
        "report": credit_report(
            session, listings, now.astimezone(settings.tz), tz=settings.tz, home=home, windows=windows
        ),
    }


def _listings(session: Session, own: list[str]) -> list[Listing]:
    return list(session.execute(select(Listing).where(col(Listing.id).in_(own)).order_by(col(Listing.id))).scalars())


def _compared(name: str, shown: Any, again: Any) -> str | None:
    return None if shown == again else f"{name}: shown {shown!r}, recomputed {again!r}"


def _merchants(session: Session) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    wanted = select(col(MerchantListing.merchant_id), col(MerchantListing.listing_id))
    for merchant, listing in session.connection().execute(wanted.order_by(col(MerchantListing.listing_id))):
        found.setdefault(merchant, []).append(listing)
    return found


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Session]:
    """Open a session that sees one moment of the database, whatever is appended meanwhile."""
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**level) as connection, Session(connection) as session:
        yield session


@contextmanager
def _empty() -> Iterator[Engine]:
    """Make an empty database that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="baicha-recompute-") as folder:
        engine = make_engine(Settings(data=Path(folder)))
        try:
            upgrade(engine)
            yield engine
        finally:
            engine.dispose()
