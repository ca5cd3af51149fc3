"""What the listings of a snapshot say and are called: read from all of them once, then kept in files and mapped."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.arrays import load_arrays, save_arrays
from index.listing import Listing
from index.places import PlaceFields
from index.snapshot import Snapshot
from recommender.cut_names import CutNames, HashedRows, Hashing
from recommender.parts import said_elsewhere
from recommender.phrases import THINGS, Phrases, phrases_of
from recommender.query import LimitKind

#: Parts of what listings have or serve may stand for the whole.
WITH_PARTS = (LimitKind.DISH, LimitKind.FACILITY)
_NAMES, _NEAR, _ELSEWHERE = "names", "near", "elsewhere.json"


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """The phrases of each kind; the parts of some that are `elsewhere` said of other things; names, cut into pieces.

    Rows of `names` are places and then listings. `near` are the rows that say of a listing's id that it is near.
    """

    phrases: Mapping[LimitKind, Phrases]
    elsewhere: Mapping[LimitKind, frozenset[str]]
    names: CutNames
    near: HashedRows

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Said":
        """Read all listings of a snapshot."""
        phrases = phrases_of(snapshot.listings)
        elsewhere = {kind: said_elsewhere(kind, phrases[kind], snapshot.listings) for kind in WITH_PARTS}
        near = Hashing()

        def named() -> Iterator[list[str]]:
            yield from map(names_of, snapshot.places)
            for row, listing in enumerate(snapshot.listings):
                for other in near_ids(listing):
                    near.add(other, row)
                yield names_of(listing)

        names = CutNames.of(named())
        return cls(phrases, elsewhere, names, near.rows())

    def save(self, folder: Path) -> None:
        """Write all of it into a new folder."""
        folder.mkdir()
        for kind, phrases in self.phrases.items():
            phrases.save(folder / kind.value)
        self.names.save(folder / _NAMES)
        save_arrays(folder / _NEAR, hashes=self.near.hashes, rows=self.near.rows)
        told = {kind.value: sorted(parts) for kind, parts in self.elsewhere.items()}
        (folder / _ELSEWHERE).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Said":
        """Open what `save` wrote."""
        elsewhere = json.loads((folder / _ELSEWHERE).read_bytes())
        return cls(
            {kind: Phrases.load(folder / kind.value) for kind in (*THINGS, LimitKind.AREA)},
            {LimitKind(kind): frozenset(parts) for kind, parts in elsewhere.items()},
            CutNames.load(folder / _NAMES),
            HashedRows(**load_arrays(folder / _NEAR)),
        )


def names_of(named: PlaceFields | Listing) -> list[str]:
    """Return what something is called."""
    return [name for name in (named.name, named.name_en) if name]


def near_ids(listing: Listing) -> Iterator[str]:
    """Yield the ids of the listings that one says are near."""
    for ids in listing.nearby.values():
        yield from ids
