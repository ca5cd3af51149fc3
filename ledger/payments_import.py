"""Importing payments and bills into the ledger, and what is remembered from one import to the next."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session, select

from index.database import reading, writing
from index.errors import UnreadableInput
from index.listing import Listing
from index.report import ImportReport, Rejection
from ledger.append import Status, append
from ledger.events import Event
from ledger.payments import RowFault, columns_of, from_feed, from_statement, public_key
from ledger.payments_tables import PaymentIssuer, PaymentMapping
from ledger.periods import milliseconds

#: Events appended in one transaction.
BATCH = 1_000
_LONGEST_HEADER = 30
#: What a feed is called that was sent and is no file.
_SENT = Path("feed")

_T = TypeVar("_T")


def import_statement(
    engine: Engine, path: Path, listing: str, *, mapping: Mapping[str, str], now: datetime, tz: ZoneInfo
) -> ImportReport:
    """Import a merchant's own file, attested by the merchant; the mapping is remembered for the listing.

    Lines before the header, as the exports of payment apps have them, are passed over.

    Args:
        engine: Of the ledger's database.
        path: A CSV file in UTF-8 or GB 18030.
        listing: Whose takings they are.
        mapping: What is needed (`at`, `amount`, `reference`) to the column's name; wins over what is remembered.
        now: The service's clock.
        tz: Of times without an offset.

    Raises:
        UnreadableInput: The file cannot be read.
        UsageError: A column cannot be found.
    """
    with reading(engine) as session:
        given = {**remembered_mapping(session, listing), **mapping}
    header, rows = _table(path, given)
    columns = columns_of(header, given)
    at = _Position()
    report = _append(engine, path, from_statement(at.follow(rows), columns, listing, tz), now, at)
    if report.accepted:
        used = {"at": columns.at, "amount": columns.amount, "reference": columns.reference}
        with writing(engine) as session:
            session.merge(PaymentMapping(listing=listing, mapping=json.dumps(used, ensure_ascii=False)))
    return report


def read_header(path: Path, mapping: Mapping[str, str]) -> list[str]:
    """Return the names of a file's columns: of the first line that has all that is needed, else of the first line.

    Raises:
        UnreadableInput: The file cannot be read.
    """
    return _table(path, mapping)[0]


def remembered_mapping(session: Session, listing: str) -> dict[str, str]:
    """Return what the columns of a listing's files were called last time; empty before the first."""
    remembered = session.get(PaymentMapping, listing)
    return dict(json.loads(remembered.mapping)) if remembered is not None else {}


def import_feed(engine: Engine, path: Path, *, now: datetime, tz: ZoneInfo) -> ImportReport:
    """Import payments and bills out of a signed feed of issuers that are trusted.

    What names a listing that is not here is rejected with its line, and what is known already adds nothing.

    Args:
        engine: Of the ledger's database.
        path: JSON lines; `ledger.payments.from_feed` says of what.
        now: The service's clock.
        tz: Of the local day on which a bill was paid.

    Raises:
        UnreadableInput: The file cannot be read.
    """
    return take_feed(engine, _text(path), now=now, tz=tz, path=path)


def take_feed(
    engine: Engine, text: str, *, now: datetime, tz: ZoneInfo, path: Path = _SENT, most_wrong: int | None = None
) -> ImportReport:
    """Take a signed feed's text, as `import_feed` takes its file.

    Args:
        engine: Of the ledger's database.
        text: JSON lines.
        now: The service's clock.
        tz: Of the local day on which a bill was paid.
        path: What the report is called by.
        most_wrong: After so many lines that cannot go in the others are not read: a signature takes a while to verify.
    """
    with reading(engine) as session:
        keys = {row.name: bytes.fromhex(row.public_key) for row in session.exec(select(PaymentIssuer))}
    at = _Position()
    lines = at.follow(enumerate(text.splitlines(), 1))
    found = from_feed(lines, keys, tz, now.astimezone(tz).date())
    return _append(engine, path, _until(most_wrong, _of_known_listings(engine, found, at)), now, at)


def _until(most_wrong: int | None, found: Iterable[Event | Rejection]) -> Iterator[Event | Rejection]:
    wrong = 0
    for one in found:
        yield one
        wrong += isinstance(one, Rejection)
        if wrong == most_wrong:
            return


def _of_known_listings(
    engine: Engine, found: Iterable[Event | Rejection], at: "_Position"
) -> Iterator[Event | Rejection]:
    known: dict[str, bool] = {}
    for one in found:
        if isinstance(one, Event) and not _is_known(engine, one.listing or "", known):
            yield Rejection(at.line, f"listing: there is no listing {one.listing!r} here")
        else:
            yield one


def _is_known(engine: Engine, listing: str, known: dict[str, bool]) -> bool:
    """Look a listing up once: of all those that there are a feed names few."""
    if listing not in known:
        with reading(engine) as session:
            known[listing] = session.get(Listing, listing) is not None
    return known[listing]


def trust_issuer(session: Session, name: str, key: str, *, now: datetime) -> None:
    """Trust an issuer's Ed25519 key, in hexadecimal; the latest one for a name holds.

    Raises:
        UsageError: It is no key.
    """
    known = public_key(key).hex()
    session.merge(PaymentIssuer(name=name, public_key=known, trusted_at_ms=milliseconds(now)))


@dataclass(slots=True)
class _Position:
    """On which line what is being read begins, so that what the ledger refuses later is told by its line too."""

    line: int = 0

    def follow(self, rows: Iterable[tuple[int, _T]]) -> Iterator[tuple[int, _T]]:
        for line, row in rows:
            self.line = line
            yield line, row


def _append(
    engine: Engine, path: Path, found: Iterable[Event | Rejection], now: datetime, at: _Position
) -> ImportReport:
    report = ImportReport(path)
    batch: list[tuple[int, Event]] = []
    for one in found:
        if isinstance(one, Rejection):
            report.rejected.append(one)
            continue
        batch.append((at.line, one))
        if len(batch) == BATCH:
            _store(engine, batch, report, now)
            batch = []
    _store(engine, batch, report, now)
    return report


def _store(engine: Engine, numbered: list[tuple[int, Event]], report: ImportReport, now: datetime) -> None:
    with writing(engine) as session:
        receipts = append(session, [event for _, event in numbered], now=now, trusted=True)
    for (line, event), receipt in zip(numbered, receipts, strict=True):
        if receipt.status is Status.RECORDED:
            report.inserted += 1
        elif receipt.status is Status.DUPLICATE:
            report.unchanged += 1
        else:
            report.rejected.append(Rejection(line, f"{event.kind} {receipt.id}: {receipt.reason}", RowFault.OTHER))


def _table(path: Path, given: Mapping[str, str]) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    lines = _text(path).splitlines()
    reader = csv.reader(lines)
    try:
        for cells in reader:
            header = [cell.strip() for cell in cells]
            if _is_header(header, given):
                return header, _rows(reader, header)
            if reader.line_num >= _LONGEST_HEADER:
                break
    except csv.Error as exc:
        raise UnreadableInput(f"{path}:{reader.line_num}: {exc}") from exc
    first = [cell.strip() for cell in next(csv.reader(lines), [])]
    if not first:
        raise UnreadableInput(f"{path} is empty: there is nothing to import")
    return first, iter(())


def _is_header(cells: list[str], given: Mapping[str, str]) -> bool:
    from index.errors import UsageError

    try:
        columns_of(cells, given)
    except UsageError:
        return False
    return True


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    line_of: Callable[[], int] = lambda: int(getattr(reader, "line_num", 0))  # noqa: E731 - csv's reader has no type
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line_of(), dict(zip(header, cells, strict=False))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise UnreadableInput(f"cannot read {path}: {exc.strerror}") from exc
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableInput(f"{path} is neither UTF-8 nor GB 18030; save it as UTF-8")
