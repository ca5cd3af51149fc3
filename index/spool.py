"""The open listings as the database holds them, written to a file one by one: never do all stand in memory at once."""

from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import ColumnElement, func, inspect, literal_column
from sqlmodel import Session, col, select

from index.lazy_listings import IDS, LISTINGS, OFFSETS, id_hash, id_table, line_of
from index.listing import Listing
from index.space.curve import curve_order

#: Rows that are fetched at once.
_FETCHED = 1_000


def content_hashes(session: Session) -> Iterator[tuple[str, str]]:
    """Yield the id and the content hash of each open listing, by id."""
    statement = (
        select(Listing.id, Listing.content_hash).where(col(Listing.closed).is_(False)).order_by(_by_bytes(session))
    )
    yield from session.exec(statement.execution_options(yield_per=_FETCHED))


def spool(session: Session, folder: Path) -> None:
    """Write the open listings into a folder, with what `LazyListings` needs to read them in the order of the curve."""
    columns = list(inspect(Listing).columns)
    statement = select(*columns).where(col(Listing.closed).is_(False)).order_by(_by_bytes(session))
    lats, lons, ends, hashes = array("d"), array("d"), array("q", [0]), array("Q")
    with (folder / LISTINGS).open("wb") as file:
        for row in session.execute(statement.execution_options(yield_per=_FETCHED)).mappings():
            values = {column.key: row[column] for column in columns}
            at = (values["lat"], values["lon"])
            lat, lon = at if None not in at else (np.nan, np.nan)
            lats.append(lat)
            lons.append(lon)
            hashes.append(int(id_hash(values["id"])))
            ends.append(ends[-1] + file.write(line_of(values)))
    order = curve_order(np.asarray(lats, np.float64), np.asarray(lons, np.float64))
    places = np.asarray(ends, np.int64)
    np.save(folder / OFFSETS, np.stack([places[:-1][order], places[1:][order]]), allow_pickle=False)
    np.save(folder / IDS, id_table(np.asarray(hashes, np.uint64)[order]), allow_pickle=False)


def _by_bytes(session: Session) -> ColumnElement[str]:
    """Return the id, in an order that is the same in every database and in Python."""
    if session.get_bind().dialect.name == "postgresql":
        return func.convert_to(literal_column("listing.id"), literal_column("'UTF8'"))
    return literal_column("listing.id")
