"""The listings of a snapshot, read from their file one by one as they are asked for, so that a million open at once."""

import hashlib
import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import inspect

from index.arrays import load_array
from index.listing import Category, Listing

#: Listings kept once read; about 3 kB each.
_KEPT = 20_000
LISTINGS, OFFSETS, IDS = "listings.jsonl", "offsets.npy", "ids.npy"


class LazyListings(Sequence[Listing]):
    """The listings of a folder that `index.spool.spool` filled, in row order."""

    def __init__(self, folder: Path) -> None:
        self._offsets = load_array(folder / OFFSETS)
        with (folder / LISTINGS).open("rb") as file:
            # The mapping outlives the file's name: a snapshot that is removed meanwhile still answers.
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if len(self) else b""
        self._read = lru_cache(maxsize=_KEPT)(self._parsed)

    def __len__(self) -> int:
        return int(self._offsets.shape[1])

    @overload
    def __getitem__(self, row: int) -> Listing: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[Listing]: ...

    def __getitem__(self, row: int | slice) -> Listing | Sequence[Listing]:
        if isinstance(row, slice):
            return [self._read(number) for number in range(*row.indices(len(self)))]
        number = int(row)
        number += len(self) if number < 0 else 0
        if not 0 <= number < len(self):
            raise IndexError(f"there are {len(self)} listings, none at {row}")
        return self._read(number)

    def __iter__(self) -> Iterator[Listing]:
        return (self._read(row) for row in range(len(self)))

    def _parsed(self, row: int) -> Listing:
        return listing_of(self.line(row))

    def line(self, row: int) -> bytes:
        """Return a listing as it was written."""
        return bytes(self._file[int(self._offsets[0, row]) : int(self._offsets[1, row])])


class RowOf(Mapping[str, int]):
    """The row of each listing id, found by the id's hash."""

    def __init__(self, folder: Path, listings: Sequence[Listing]) -> None:
        self._ids = load_array(folder / IDS)
        self._listings = listings

    def __getitem__(self, listing_id: str) -> int:
        hashes = self._ids["hash"]
        wanted = id_hash(listing_id)
        for at in range(int(hashes.searchsorted(wanted)), len(hashes)):
            if hashes[at] != wanted:
                break
            row = int(self._ids["row"][at])
            if self._listings[row].id == listing_id:
                return row
        raise KeyError(listing_id)

    def __iter__(self) -> Iterator[str]:
        return (listing.id for listing in self._listings)

    def __len__(self) -> int:
        return len(self._listings)


def id_table(hashes: NDArray[np.uint64]) -> NDArray[np.void]:
    """Return where each id is found, for the hashes of the ids in row order."""
    table = np.empty(len(hashes), dtype=[("hash", np.uint64), ("row", np.int64)])
    table["hash"] = hashes
    table["row"] = np.arange(len(hashes))
    return table[np.argsort(table["hash"], kind="stable")]


def id_hash(listing_id: str) -> np.uint64:
    """Return the hash by which an id is found."""
    return np.uint64(int.from_bytes(hashlib.blake2b(listing_id.encode(), digest_size=8).digest(), "little"))


def line_of(values: Mapping[str, Any]) -> bytes:
    """Return the line that holds the values of a stored listing."""
    told = dict(values) | {"imported_at": values["imported_at"].isoformat()}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def listing_of(line: bytes) -> Listing:
    """Make a listing from what was written of a validated one, as the ORM makes one of a row."""
    values = json.loads(line)
    values["category"] = Category(values["category"])
    imported_at = datetime.fromisoformat(values["imported_at"])
    # SQLite forgets the offset of what was stored, which is UTC.
    values["imported_at"] = imported_at if imported_at.tzinfo else imported_at.replace(tzinfo=UTC)
    # The constructor sends an event for each attribute: most of the time that opening took.
    listing: Listing = inspect(Listing).class_manager.new_instance()
    listing.__dict__.update(values)
    return listing
