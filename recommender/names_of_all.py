"""The names of a snapshot's places and listings, and its listings by their ids: read once, and looked up one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from index.listing import Listing
from index.places import PlaceFields
from index.snapshot import Snapshot
from recommender.cut_names import CutNames
from recommender.naming import NameIndex, Names


@dataclass(frozen=True, slots=True)
class NamesOfAll:
    """Names that are not said exactly: of places and then listings, and of listings alone, by their rows."""

    of_places: Names
    of_listings: Names

    @classmethod
    def of(cls, snapshot: Snapshot) -> "NamesOfAll":
        """Read the names of a snapshot."""
        cut = CutNames([name for name in (one.name, one.name_en) if name] for one in _named(snapshot))
        of_places = NameIndex(cut)
        count = len(snapshot.places)
        return cls(of_places, NameIndex(cut, count) if count else of_places)


def _named(snapshot: Snapshot) -> "Iterator[PlaceFields | Listing]":
    yield from snapshot.places
    yield from snapshot.listings


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
