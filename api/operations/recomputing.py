"""Every figure again, from the events and the facts alone: out of an export, or beside those that are shown."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import to_jsonable_python
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from api import accounts
from api.accounts import MerchantListing
from api.migrate import upgrade
from api.operations.database import opened
from api.operations.facts import Facts, facts_lines, read_facts
from api.operations.figures import Asking, board, caused, experiment, merchant_now, merchant_over, waiting
from index.database import make_engine, reading, writing
from index.errors import NotFound, UsageError
from index.listing import Category, Listing
from index.settings import Settings
from ledger.append import take_turn
from ledger.experiments import Experiment
from ledger.log.exporting import rows
from ledger.log.replaying import replay_lines, replay_rows
from ledger.periods import Period
from ledger.tallies.keeping import first_difference, rebuild
from recommender.asked_for import AskedFor

#: The periods that the pages offer, days.
PERIODS = (1, 7, 30, 90, 365)
#: Facts that are made and read within one recomputation belong together.
_HERE = "this"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many entries the figures were computed from again, how many figures, and what differs.

    That is the first tally, or else the first figure.
    """

    entries: int
    merchants: int
    figures: int
    differs: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose figures are printed: of merchants by their ids, of listings together, the board's, the experiment's.

    Nothing asks for everything. The figures are as at the end of the local day `on`, or as at the moment `at`, local
    where it has no offset; without both as at the moment of the facts.
    """

    days: int
    on: date | None = None
    at: datetime | None = None
    merchants: Sequence[str] = ()
    listings: Sequence[str] = ()
    board: bool = False
    experiment: bool = False

    def moment(self, tz: ZoneInfo) -> datetime | None:
        """Return the moment that was chosen; None for that of the facts."""
        if self.on is not None:
            return Period(self.on, 1, tz).last_moment
        return None if self.at is None else self.at if self.at.tzinfo else self.at.replace(tzinfo=tz)

    @property
    def is_everything(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.merchants or self.listings or self.board or self.experiment)


def figures_of(
    settings: Settings, lines: Iterable[bytes], facts: tuple[str, str, Iterable[bytes]] | None, wanted: Wanted
) -> Any:
    """Return figures as JSON, computed from a verified export, and from the facts beside it.

    `facts` are the file's name, the origin of the ledger that it must belong to, and its lines. Without them only the
    figures of listings can be told, by the settings at hand, and nothing of those like them.

    Raises:
        UsageError: The facts cannot be read, or have no such merchant; or they are needed and not there.
    """
    with _empty() as engine:
        with writing(engine) as session:
            read = None if facts is None else read_facts(session, facts[2], name=facts[0], origin=facts[1])
            entries = replay_lines(session, lines)
        with reading(engine) as session:
            return to_jsonable_python(_answer(session, settings, read, wanted, entries), fallback=str)


def recompute(settings: Settings, now: datetime, names: AskedFor | None = None) -> Recomputed:
    """Compute every merchant's and the board's figures from the bare events, and compare them with those shown.

    What the figures need beside the events comes from the facts as an export of now would have them; `names` reads the
    index, where there is one. The tallies, which some figures are sums of, are compared first, each with the events.
    """
    with opened(settings) as live, _snapshot(live) as shown, _empty() as engine:
        with writing(engine) as session, closing(rows(shown)) as entries:
            lines = facts_lines(shown, settings, names, origin=_HERE, now=now)
            facts = read_facts(session, (f"{line}\n".encode() for line in lines), name="facts", origin=_HERE)
            count = replay_rows(session, entries)
        merchants = _merchants(shown)
        asked = Asking(settings, now, names)
        again = Asking(facts.heading.rules.applied(settings), now, facts.names)
        with reading(engine) as replayed:
            tally = first_difference(shown.connection(), replayed.connection())
            compared = [
                (name, _compared(name, compute(shown, asked), compute(replayed, again)))
                for name, compute in _questions(merchants)
            ]
    differs = next((found for _, found in compared if found is not None), None)
    return Recomputed(count, len(merchants), len(compared), str(tally) if tally is not None else differs)


def rebuild_tallies(settings: Settings) -> int:
    """Make every tally anew from the events, and return how many there are; writers wait meanwhile."""
    with opened(settings) as engine, writing(engine) as session:
        take_turn(session)
        return rebuild(session.connection())


def _answer(session: Session, settings: Settings, facts: Facts | None, wanted: Wanted, entries: int) -> dict[str, Any]:
    if facts is None:
        now = wanted.moment(settings.tz)
        if now is None or not wanted.listings or wanted.merchants or wanted.board or wanted.experiment:
            raise UsageError("give the facts that came with the export; without them name listings and a moment")
        asking, own = Asking(settings, now), [_known_by_its_id(one) for one in wanted.listings]
    else:
        rules = facts.heading.rules.applied(settings)
        asking = Asking(rules, wanted.moment(rules.tz) or facts.heading.at, facts.names)
        own = [_listing(session, one) for one in wanted.listings]
    period = asking.last_days(wanted.days)
    found: dict[str, Any] = {}
    found["computed"] = {
        "at": asking.now.astimezone(asking.settings.tz),
        "timezone": asking.settings.timezone,
        "first": period.first,
        "last": period.last,
        "entries": entries,
        "facts": None if facts is None else {"sha256": facts.sha256, "listings": facts.listings, **_told(facts)},
    }
    if wanted.is_everything or wanted.board:
        found["board"] = board(session, asking, period)
    effects = None if facts is None else experiment(session, asking, period)
    if effects is not None and (wanted.is_everything or wanted.experiment):
        found["experiment"] = caused(effects)
    if wanted.is_everything:
        found["disputes"] = waiting(session)
    chosen = sorted(_merchants(session)) if wanted.is_everything else wanted.merchants
    if chosen:
        found["merchants"] = {one: _everything(session, asking, _own(session, one), period, effects) for one in chosen}
    return found | (_everything(session, asking, own, period, effects) if own else {})


def _everything(
    session: Session, asking: Asking, own: Sequence[Listing], period: Period, effects: Experiment | None
) -> dict[str, Any]:
    listings = [listing.id for listing in own]
    return {
        "listings": listings,
        **merchant_over(session, asking, own, period),
        **merchant_now(session, asking, own),
        "effect": None if effects is None else caused(effects, listings),
        # Who is like a merchant and when it is open is not known without facts.
        **(dict.fromkeys(("alerts", "asked_nearby", "peers")) if effects is None else {}),
    }


def _told(facts: Facts) -> dict[str, Any]:
    return facts.heading.model_dump(exclude={"format", "rules"}) | {"rules": facts.heading.rules.model_dump()}


def _listing(session: Session, listing: str) -> Listing:
    found = session.get(Listing, listing)
    if found is None:
        raise NotFound("listing", listing)
    return found


def _known_by_its_id(listing: str) -> Listing:
    """Return a listing of which nothing else is known."""
    nowhere: dict[str, Any] = {"id": listing, "category": Category.ATTRACTION, "name": listing}
    return Listing(**nowhere)


def _own(session: Session, merchant: str) -> list[Listing]:
    own = accounts.listings_of(session, merchant)
    if not own:
        raise NotFound("merchant", merchant)
    return own


def _questions(merchants: Iterable[str]) -> Iterator[tuple[str, Callable[[Session, Asking], Any]]]:
    yield "what waits for a decision", lambda session, _: waiting(session)
    for merchant in merchants:
        yield f"merchant {merchant}", partial(_compute_now, merchant)
    for days in PERIODS:
        yield f"the board, {days} days", partial(_compute, board, days)
        yield f"what being shown caused, {days} days", partial(_compute, experiment, days)
        for merchant in merchants:
            yield f"merchant {merchant}, {days} days", partial(_compute_over, merchant, days)


def _compute(compute: Callable[[Session, Asking, Period], Any], days: int, session: Session, asking: Asking) -> Any:
    return compute(session, asking, asking.last_days(days))


def _compute_now(merchant: str, session: Session, asking: Asking) -> Any:
    return merchant_now(session, asking, accounts.listings_of(session, merchant))


def _compute_over(merchant: str, days: int, session: Session, asking: Asking) -> Any:
    return merchant_over(session, asking, accounts.listings_of(session, merchant), asking.last_days(days))


def _compared(name: str, shown: Any, again: Any) -> str | None:
    """Return where two answers differ first, to the last digit."""
    if shown == again:
        return None
    if type(shown) is type(again):
        for part, one, other in _parts(shown, again):
            if (found := _compared(f"{name}: {part}" if ":" not in name else f"{name}.{part}", one, other)) is not None:
                return found
    return f"{name}: shown {shown!r}, recomputed {again!r}"


def _parts(shown: Any, again: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the parts that both answers have, by their names or places."""
    if is_dataclass(shown):
        yield from ((each.name, getattr(shown, each.name), getattr(again, each.name)) for each in fields(shown))
    elif isinstance(shown, Mapping) and shown.keys() == again.keys():
        yield from ((key, value, again[key]) for key, value in shown.items())
    elif isinstance(shown, list | tuple) and len(shown) == len(again):
        yield from ((place, *pair) for place, pair in enumerate(zip(shown, again, strict=True)))


def _merchants(session: Session) -> list[str]:
    """Return the merchants who have a listing."""
    wanted = select(col(MerchantListing.merchant_id)).distinct()
    return sorted(session.connection().execute(wanted).scalars())


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
