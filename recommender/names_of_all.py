"""The names of a snapshot's places and listings, and its listings by their ids: read once, and looked up one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.listing import Listing
from index.opening import Changes
from index.snapshot import Snapshot
from recommender.changed_names import ChangedNames
from recommender.cut_names import CutNames, HashedRows, Hashing
from recommender.naming import NameIndex, Names
from recommender.said import Said, names_of, near_ids


class Neighbours:
    """Which rows say of a listing that it is near them."""

    def __init__(self, rows: HashedRows, changes: Changes | None = None) -> None:
        self._rows = rows
        self._changes = changes
        new = Hashing()
        for row, listing in zip(changes.new_rows.tolist(), changes.new, strict=True) if changes else ():
            for other in near_ids(listing):
                new.add(other, row)
        self._new = new.rows()

    def of(self, listing_id: str) -> NDArray[np.int64]:
        """Return the rows that name a listing, ascending."""
        rows = self._rows.of(listing_id).astype(np.int64)
        if self._changes is None:
            return rows
        here = self._changes.here[rows]
        return np.sort(np.concatenate([here[here >= 0], self._new.of(listing_id).astype(np.int64)]))

    def changed(self, changes: Changes) -> "Neighbours":
        """Return the same with what was changed since."""
        return Neighbours(self._rows, changes)


@dataclass(frozen=True, slots=True)
class NamesOfAll:
    """Names that are not said exactly, of places and then listings, and of listings alone, by their rows.

    And which listings name each other as near.
    """

    of_places: Names
    of_listings: Names
    neighbours: Neighbours

    @classmethod
    def of(cls, said: Said, places: int) -> "NamesOfAll":
        """Index the names that were read, of which the first rows are `places`."""
        of_places = NameIndex(said.names)
        listings = NameIndex(said.names, places) if places else of_places
        return cls(of_places, listings, Neighbours(said.near))

    def changed(self, changes: Changes) -> "NamesOfAll":
        """Return these names, told of the snapshot as it was built, with what was changed since."""
        new = CutNames.of(map(names_of, changes.new))
        count = len(changes.base.places)
        listings = ChangedNames(self.of_listings, new, changes.here, changes.new_rows)
        if not count:
            return NamesOfAll(listings, listings, self.neighbours.changed(changes))
        here = np.where(changes.here < 0, changes.here, changes.here + count)
        here = np.concatenate([np.arange(count), here])
        places = ChangedNames(self.of_places, new, here, changes.new_rows + count)
        return NamesOfAll(places, listings, self.neighbours.changed(changes))


class ListingsById(Mapping[str, Listing]):
    """A snapshot's listings by their ids."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._row_of = snapshot.row_of
        self._listings = snapshot.listings

    def __getitem__(self, listing_id: str) -> Listing:
        return self._listings[self._row_of[listing_id]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._row_of)

    def __len__(self) -> int:
        return len(self._row_of)
