"""A year of a county's events, made from a seed and put in fast, for `bench.merchant`.

Tourists search at local hours; a search shows ten places drawn by popularity, some are opened, a few visited later with
the ticket that the open left, some of these paid. Visits carry what the counter notices, so that the checks have work.

The loader writes the same rows as `append` does, commitments included, so that the log is consistent: `check_rows`
parses some of the bodies again and compares every column. What it leaves out is what makes appends durable and orderly:
it writes without fsync, takes the triggers and indices off and puts them back, and makes the tallies by `rebuild`. Ids
run on, where devices draw them at random.
"""

import json
import random
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import Connection, Engine, text

from index.database import writing
from ledger.events import (
    Attester,
    Directions,
    Event,
    Grade,
    Impression,
    Open,
    Payment,
    Scan,
    Ticket,
    Visit,
    parse_event,
)
from ledger.proof import SALT_BYTES, commitment
from ledger.rows import columns_of, event_json
from ledger.storing import insert_entries, insert_payloads
from ledger.tables import StoredPayload
from ledger.tallies import keeping

DAYS = 365
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
_BEGUN = NOW - timedelta(days=DAYS)
#: How often people search in each local hour, from 0 on; UTC is eight hours behind.
_HOURS = (1, 1, 0, 0, 0, 1, 2, 5, 9, 12, 14, 14, 12, 10, 10, 11, 12, 14, 16, 16, 14, 10, 6, 3)
_CELLS = ("88309a8d11fffff", "88309a8d13fffff", "88309a8d15fffff")
_AT_A_TIME = 20_000
_HEX = "0123456789abcdef"


def listing_name(number: int) -> str:
    """Return the id of a listing."""
    return f"bench-place-{number:04d}"


class Maker:
    """Makes events of so many listings in the order in which they arrive."""

    def __init__(self, listings: int, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a seed, not a secret
        self._names = [listing_name(number) for number in range(listings)]
        # The best known place is shown some thirty times as often as the least known.
        self._popularity = list(accumulate((number + 15) ** -0.8 for number in range(listings)))
        self._number = 0
        self._impression = _template(Impression(query_id=_QUERY, position=_POSITION, terms={"meaning": _TERM}))
        self._open = _template(Open(query_id=_QUERY))

    def rows(self, events: int) -> Iterator[tuple[Any, ...]]:
        """Yield rows of `payloads` but for index and salt: the columns, then the body."""
        return islice(self._endless(events), events)

    def _endless(self, events: int) -> Iterator[tuple[Any, ...]]:
        # A search has 11.4 events on average.
        step = timedelta(days=DAYS) / (events / 11.4)
        at = _BEGUN
        hours = list(accumulate(_HOURS))
        while True:
            at = min(at + step, NOW)
            hour = bisect(hours, self._dice.random() * hours[-1])
            local = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
                hours=hour - 8, seconds=self._dice.randrange(3_600)
            )
            yield from self._search(min(local, NOW))

    def _search(self, at: datetime) -> Iterator[tuple[Any, ...]]:
        dice = self._dice
        visitor = "".join(dice.choices(_HEX, k=22))
        query = "".join(dice.choices(_HEX, k=22))
        written, at_ms = f"{at.replace(tzinfo=None).isoformat()}Z", int(at.timestamp() * 1_000)
        shown = list(dict.fromkeys(dice.choices(self._names, cum_weights=self._popularity, k=10)))
        for position, listing in enumerate(shown):
            body = self._impression % (written, self._id(), listing, position, query, dice.random(), visitor)
            yield self._row("impression", at_ms, listing, visitor, body)
        opened = [listing for listing in shown if dice.random() < 0.1]
        for listing in opened:
            body = self._open % (written, self._id(), listing, query, visitor)
            yield self._row("open", at_ms, listing, visitor, body)
            if dice.random() < 0.25:
                yield _of(Event(id=self._id(), at=at, listing=listing, visitor=visitor, payload=Directions(map="amap")))
        if opened and dice.random() < 0.15:
            yield from self._visit(at, opened[0], visitor)

    def _visit(self, at: datetime, listing: str, visitor: str) -> Iterator[tuple[Any, ...]]:
        dice = self._dice
        then = min(at + timedelta(minutes=dice.randrange(10, 2_000)), NOW)
        cell = dice.choice(_CELLS) if dice.random() < 0.7 else None
        scan = Scan(
            step=int(then.timestamp()) // 30,
            place=_CELLS[0],
            asked=True,
            cell=cell,
            device="".join(dice.choices(_HEX, k=22)),
            network=f"network-{dice.randrange(5_000)}",
            open=True,
        )
        ticket = Ticket(opened_at=at) if dice.random() < 0.6 else None
        visit = Event(
            id=self._id(),
            at=then,
            listing=listing,
            visitor=visitor if dice.random() < 0.7 else "".join(dice.choices(_HEX, k=22)),
            payload=Visit(grade=Grade.SCANNED, ticket=ticket, scan=scan),
        )
        yield _of(visit)
        if dice.random() < 0.3:
            payment = Payment(amount=dice.randrange(800, 40_000), attested_by=Attester.MERCHANT, reference=visit.id)
            yield _of(Event(id=self._id(), at=then, listing=listing, payload=payment))

    def _id(self) -> str:
        self._number += 1
        return f"bench-{self._number:012d}"

    def _row(self, kind: str, at_ms: int, listing: str, visitor: str, body: str) -> tuple[Any, ...]:
        return (f"bench-{self._number:012d}", kind, at_ms, listing, visitor, "day", False, None, None, body)


_QUERY, _POSITION, _TERM = "query-0001", 9_876_543, 0.123456789


def _template(payload: Any) -> str:
    """Return an event's canonical text with its time, id, listing, position, query, term and visitor left open."""
    made = event_json(Event(id="id-000001", at=NOW, listing="a place", visitor="visitor-1", payload=payload))
    for value, mark in (
        (f"{NOW.replace(tzinfo=None).isoformat()}Z", "%s"),
        ("id-000001", "%s"),
        ("a place", "%s"),
        (str(_POSITION), "%d"),
        (_QUERY, "%s"),
        (str(_TERM), "%r"),
        ("visitor-1", "%s"),
    ):
        made = made.replace(value, mark)
    return made


def _of(event: Event) -> tuple[Any, ...]:
    return (*columns_of(event), event_json(event))


def load(engine: Engine, events: int, listings: int, *, seed: int) -> None:
    """Put so many events into an empty, migrated SQLite ledger."""
    salts = random.Random(seed + 1)  # noqa: S311 - nobody's events
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA synchronous=OFF")
        off = _taken_off(connection)
        connection.commit()
        rows, index = Maker(listings, seed).rows(events), 0
        while some := list(islice(rows, _AT_A_TIME)):
            entries, payloads = [], []
            for *columns, body in some:
                salt = salts.randbytes(SALT_BYTES)
                entries.append((index, commitment(salt, body)))
                payloads.append((index, *columns, salt, body))
                index += 1
            insert_entries(connection, entries)
            insert_payloads(connection, payloads)
            connection.commit()
        for statement in off:
            connection.exec_driver_sql(statement)
            connection.commit()
        driver.execute("PRAGMA synchronous=FULL")
    with writing(engine) as session:
        keeping.rebuild(session.connection())


def _taken_off(connection: Connection) -> list[str]:
    """Drop the triggers and indices of the ledger's tables, and return what makes them again."""
    found = connection.execute(
        text(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND "
            "tbl_name IN ('entries', 'payloads') AND type IN ('index', 'trigger') ORDER BY type"
        )
    ).all()
    for kind, name, _ in found:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    return [str(sql) for _, _, sql in found]


def check_rows(engine: Engine, events: int, every: int) -> int:
    """Parse one row in so many again, compare text, columns and commitment, and return how many were compared."""
    payload = StoredPayload.__table__  # type: ignore[attr-defined]
    compared = 0
    with engine.connect() as connection:
        for index in range(0, events, every):
            stored = connection.execute(payload.select().where(payload.c.entry_index == index)).one()
            committed = connection.execute(text(f'SELECT commitment FROM entries WHERE "index" = {index}')).scalar_one()
            event = parse_event(json.loads(stored.body))
            assert event_json(event) == stored.body
            assert columns_of(event) == tuple(stored)[1:-2], stored
            assert commitment(bytes(stored.salt), stored.body) == bytes(committed)
            compared += 1
    return compared
