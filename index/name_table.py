"""The names of a snapshot as arrays: whose name a text is, found by its hash, without reading a single listing.

A name is also known without its type (天荒坪镇 as 天荒坪, "Meixi Town" as "Meixi"), without the county before it and
without the branch in brackets behind it.
"""

import hashlib
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.arrays import load_arrays, save_arrays
from index.text import HAN_RUN, fold

_BRANCH = re.compile(r"[(\[【（].*?[)\]】）]\s*$")
_THE = re.compile(r"^the\s+")
_TYPES_ZH = ("街道办事处", "街道", "开发区", "度假区", "镇", "乡", "村")
_TYPES_EN = ("subdistrict", "township", "town", "village", "county")
#: A shortened name must be this long to stand for its place.
_MIN_HAN, _MIN_LATIN = 2, 4
_SPACES = re.compile(r"\s+")
APOSTROPHES = "'’‘`´"
#: So many characters of a name's beginning tell how long the names are that begin so.
START = 2

Owners = NDArray[np.int64]


def name_key(name: str) -> str:
    """Return the form in which names are compared."""
    folded = "".join(char for char in fold(name) if char not in APOSTROPHES)
    return _SPACES.sub(" ", folded).strip()


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Who a name may belong to. `owners` are numbers of `NameTable`; `called` tells alike those of the same name."""

    owners: Owners
    called: NDArray[np.uint64]


class NameTable:
    """Names by their hash. An owner is a listing's row, or `-1 - n` for the n-th place.

    `hashes` ascend; `full` is false for a shortened name; `called` is the hash of the owner's kind and local name.
    `starts` hold, ascending by hash, how long the names are that begin with the same characters.
    """

    def __init__(
        self,
        hashes: NDArray[np.uint64],
        owners: NDArray[np.int32],
        full: NDArray[np.bool_],
        called: NDArray[np.uint64],
        starts: NDArray[np.uint64],
        lengths: NDArray[np.uint16],
    ) -> None:
        self._hashes = hashes
        self._owners = owners
        self._full = full
        self._called = called
        self._starts = starts
        self._lengths = lengths

    def claims(self, name: str, *, full: bool) -> Claims:
        """Return who is called so in full, or in short; owners ascending."""
        wanted = hash_of(name)
        cut = slice(*self._hashes.searchsorted([wanted, wanted + np.uint64(1)]) if wanted != _LAST else (0, 0))
        mine = self._full[cut] == full
        owners = self._owners[cut][mine].astype(np.int64)
        order = np.argsort(owners, kind="stable")
        return Claims(owners[order], self._called[cut][mine][order])

    def has(self, name: str) -> bool:
        """Whether anybody is called so, in full or in short."""
        wanted = hash_of(name)
        at = int(self._hashes.searchsorted(wanted))
        return at < len(self._hashes) and bool(self._hashes[at] == wanted)

    def lengths(self, starts: Sequence[str]) -> list[list[int]]:
        """Return for each `START` characters how long the names are that begin with them (or are these)."""
        wanted = np.asarray([hash_of(start) for start in starts], dtype=np.uint64)
        begins, ends = self._starts.searchsorted(wanted), self._starts.searchsorted(wanted, "right")
        return [self._lengths[a:b].tolist() if a < b else [] for a, b in zip(begins, ends, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the table into a new folder."""
        save_arrays(
            folder,
            hashes=self._hashes,
            owners=self._owners,
            full=self._full,
            called=self._called,
            starts=self._starts,
            lengths=self._lengths,
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map what `save` wrote."""
        return cls(**load_arrays(folder))


class Naming:
    """Collects names, owner by owner. `counties` are names of the county itself, as they stand before others."""

    def __init__(self, counties: Sequence[str] = ()) -> None:
        self._counties = tuple(fold(county) for county in counties)
        self._hashes, self._called = array("Q"), array("Q")
        self._owners, self._full = array("i"), array("B")
        self._starts: set[tuple[int, int]] = set()

    def add(self, owner: int, kind: str, name: str, name_en: str | None) -> None:
        """Add all names of one owner: in both languages, in full and in short."""
        called = int(hash_of(f"{kind}\0{name}"))
        full = {key for each in (name, name_en) if each and (key := name_key(each))}
        short = {key for each in (name, name_en) if each for key in _shorter(each, self._counties)}
        short = {key for key in short - full if _is_long_enough(key)}
        for keys, is_full in ((full, 1), (short, 0)):
            for key in keys:
                self._hashes.append(int(hash_of(key)))
                self._owners.append(owner)
                self._full.append(is_full)
                self._called.append(called)
                self._starts.add((int(hash_of(key[:START])), len(key)))

    def table(self) -> NameTable:
        """Return what was added."""
        hashes = np.asarray(self._hashes, dtype=np.uint64)
        order = np.argsort(hashes, kind="stable")
        # The longest first, so that it is tried first.
        starts = sorted(self._starts, key=lambda pair: (pair[0], -pair[1]))
        return NameTable(
            hashes[order],
            np.asarray(self._owners, dtype=np.int32)[order],
            np.asarray(self._full, dtype=np.bool_)[order],
            np.asarray(self._called, dtype=np.uint64)[order],
            np.asarray([start for start, _ in starts], dtype=np.uint64),
            np.asarray([length for _, length in starts], dtype=np.uint16),
        )


_LAST = np.uint64(2**64 - 1)


def hash_of(text: str) -> np.uint64:
    """Return 64 bits of BLAKE2b: among ten million names two are alike with a chance of one in 370,000."""
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def _shorter(name: str, counties: tuple[str, ...]) -> Iterator[str]:
    """Yield a name without its branch, article, county or type."""
    key = name_key(name)
    base = _THE.sub("", _BRANCH.sub("", key)).strip()
    for county in ("", *counties):
        local = base.removeprefix(county).lstrip(" ") if county else base
        yield local
        for kind in (*_TYPES_ZH, *(f" {kind}" for kind in _TYPES_EN)):
            if local.endswith(kind):
                yield local.removesuffix(kind).strip()
                break


def _is_long_enough(name: str) -> bool:
    if HAN_RUN.search(name):
        return len(name) >= _MIN_HAN
    return len(name) >= _MIN_LATIN
