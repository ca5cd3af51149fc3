"""Importing listings from a file: stream, validate, and store in batches; a bad row is reported and the rest go in."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, Table, insert, inspect, update
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session, col, select

from index.crs import CRS_TO_WGS84
from index.database import reading, writing
from index.errors import StorageError, UnreadableInput, UsageError
from index.listing import Listing, ListingRecord
from index.overlay import ListingOverlay, overlays, with_words
from index.progress import Progress, silent
from index.reading import RawRow, read_rows
from index.records import RowError, canonical, content_hash, make_record
from index.report import ImportReport, Rejection
from index.seen_keys import SeenKeys

__all__ = ["ImportReport", "Rejection", "import_file"]

#: Rows stored in one transaction: an interrupted import keeps those before.
_BATCH = 500
_MAX_ID = 401
_TABLES = frozenset({".csv"})

Key = tuple[str, str]
#: A valid row, and its content hash.
_Accepted = tuple[ListingRecord, str]


@dataclass(slots=True)
class _Import:
    """One run: what it was asked, and which keys the file has shown so far."""

    engine: Engine
    report: ImportReport
    source: str
    crs: str
    now: datetime
    seen: SeenKeys


def import_file(
    engine: Engine,
    path: Path,
    *,
    source: str | None = None,
    crs: str = "wgs84",
    replace: bool = False,
    on_progress: Progress | None = None,
    now: datetime | None = None,
) -> ImportReport:
    """Store the listings of a `.jsonl`, `.csv` or `.geojson` file; importing it again changes only what changed.

    `source` names where rows come from that do not say so themselves (the file's name otherwise); `crs` is the system
    of the file's coordinates (wgs84, gcj02, bd09); `replace` closes what the file's sources had and the file has not.

    Raises:
        UnreadableInput: The file is missing, a folder, in an unknown format, or has nothing in it.
        UsageError: The coordinate system is unknown.
        StorageError: The database takes no more; the batches before are kept.
    """
    if crs not in CRS_TO_WGS84:
        raise UsageError(f"there is no coordinate system {crs!r}; known: {', '.join(CRS_TO_WGS84)}")
    with SeenKeys() as seen:
        run = _Import(engine, ImportReport(path), source or path.stem, crs, now or datetime.now(UTC), seen)
        try:
            _run(run, path, on_progress or silent, replace=replace)
        except (OperationalError, ProgrammingError, sqlite3.OperationalError) as exc:  # the second: no such table
            why = exc if isinstance(exc, sqlite3.Error) else exc.orig
            raise StorageError(f"the database refused the import ({why}); what was stored before is kept") from exc
    if not run.report.accepted and not run.report.rejected:
        raise UnreadableInput(f"{path} is empty: there is no listing in it")
    return run.report


def _run(run: _Import, path: Path, progress: Progress, *, replace: bool) -> None:
    size = path.stat().st_size if path.is_file() else 0
    for batch, offset in _batches(run, path):
        _store(run, batch)
        progress("import", offset, size)
    if replace:
        _close_missing(run)


def _batches(run: _Import, path: Path) -> Iterable[tuple[list[_Accepted], int]]:
    batch: list[_Accepted] = []
    offset = 0
    for row in read_rows(path):
        offset = row.offset
        accepted = _accept(run, row, from_table=path.suffix.lower() in _TABLES)
        if accepted is not None:
            batch.append(accepted)
        if len(batch) >= _BATCH:
            yield batch, offset
            batch = []
    yield batch, offset


def _accept(run: _Import, row: RawRow, *, from_table: bool) -> _Accepted | None:
    """Validate a row and return it with its content hash; report and return None when it cannot go in."""
    if row.values is None:
        run.report.rejected.append(Rejection(row.line, row.reason))
        return None
    try:
        record = make_record(row.values, source=run.source, crs=run.crs, from_table=from_table)
        digest = content_hash(canonical(record))
    except RowError as exc:
        run.report.rejected.append(Rejection(row.line, str(exc)))
        run.seen.spare(str(row.values.get("source") or run.source), str(row.values.get("id")))
        return None
    first = run.seen.first_line(record.source, record.id, row.line)
    if first != row.line:
        reason = f"id: {record.id!r} was already on line {first}; the first is kept"
        run.report.rejected.append(Rejection(row.line, reason))
        return None
    return record, digest


def _store(run: _Import, accepted: Sequence[_Accepted]) -> None:
    records = [record for record, _ in accepted]
    if not records:
        return
    with writing(run.engine) as session:
        stored = _stored(session, records)
        taken = _taken_ids(session, records)
        overlaid = overlays(session, [public_id for public_id, _ in stored.values()])
        inserts, updates = [], []
        for record, digest in accepted:
            known = stored.get((record.source, record.id))
            if known is None:
                inserts.append(_row(record, _public_id(record, taken), digest, run.now))
            elif (overlay := overlaid.get(known[0])) is not None:
                if not known[1] or overlay.record_hash != digest:
                    updates.append(_row_below(session, overlay, record, digest, run.now))
            elif known[1] != digest:
                updates.append(_row(record, known[0], digest, run.now))
        if inserts:
            # Into the table, not the entity, which would sort the rows by which of their values are missing and send
            # nearly each of them alone.
            session.execute(insert(cast("Table", inspect(Listing).local_table)), inserts)
        if updates:
            session.execute(update(Listing), updates)
    run.report.inserted += len(inserts)
    run.report.updated += len(updates)
    run.report.unchanged += len(records) - len(inserts) - len(updates)


def _row(record: ListingRecord, public_id: str, digest: str, now: datetime) -> dict[str, Any]:
    values = record.model_dump(exclude={"id"})
    return values | {"id": public_id, "source_id": record.id, "content_hash": digest, "imported_at": now}


def _row_below(
    session: Session, overlay: ListingOverlay, record: ListingRecord, digest: str, now: datetime
) -> dict[str, Any]:
    """Keep what the source says below the merchant's words; return the row with those words laid over it."""
    overlay.record, overlay.record_hash = record.model_dump(mode="json"), digest
    session.add(overlay)
    merged = with_words(record, overlay.fields)
    return _row(merged, overlay.listing_id, content_hash(canonical(merged)), now)


def _stored(session: Session, records: Sequence[ListingRecord]) -> dict[Key, tuple[str, str]]:
    """Return the public id and content hash of those records that are stored, by their keys."""
    found: dict[Key, tuple[str, str]] = {}
    for source in {record.source for record in records}:
        ids = [record.id for record in records if record.source == source]
        query = select(Listing.source_id, Listing.id, Listing.content_hash).where(
            Listing.source == source, col(Listing.source_id).in_(ids)
        )
        found |= {(source, source_id): (public_id, digest) for source_id, public_id, digest in session.exec(query)}
    return found


def _taken_ids(session: Session, records: Sequence[ListingRecord]) -> set[str]:
    wanted = {candidate for record in records for candidate in _candidates(record)}
    taken: set[str] = set()
    for start in range(0, len(wanted), _BATCH):
        part = list(wanted)[start : start + _BATCH]
        taken |= set(session.exec(select(Listing.id).where(col(Listing.id).in_(part))))
    return taken


def _candidates(record: ListingRecord) -> tuple[str, str, str]:
    qualified = f"{record.source}.{record.id}"
    # Another source may have the very id `source.id`; the digest of the pair ends the matter.
    digest = sha256(f"{record.source}\0{record.id}".encode()).hexdigest()[:16]
    return record.id, qualified, f"{qualified[: _MAX_ID - 17]}.{digest}"


def _public_id(record: ListingRecord, taken: set[str]) -> str:
    """Return the source's own id where no other source has it, else one that names the source."""
    public_id = next(candidate for candidate in _candidates(record) if candidate not in taken)
    taken.add(public_id)
    return public_id


def _close_missing(run: _Import) -> None:
    """Close the stored listings of the file's sources that the file does not hold."""
    last = ""
    while page := _open_ones(run, last):
        last = page[-1][0]
        gone = [public_id for public_id, source, source_id in page if (source, source_id) not in run.seen]
        if not gone:
            continue
        with writing(run.engine) as session:
            # Without a content hash, the listing opens again when a file has it again.
            statement = update(Listing).where(col(Listing.id).in_(gone)).values(closed=True, content_hash="")
            run.report.closed += cast("CursorResult[Any]", session.execute(statement)).rowcount


def _open_ones(run: _Import, after: str) -> Sequence[tuple[str, str, str]]:
    """Return the next open listings of the file's sources by id: their ids, sources, and ids there."""
    query = (
        select(Listing.id, Listing.source, Listing.source_id)
        .where(col(Listing.id) > after, col(Listing.closed).is_(False), col(Listing.source).in_(run.seen.sources))
        .order_by(col(Listing.id))
        .limit(_BATCH)
    )
    with reading(run.engine) as session:
        return session.exec(query).all()
