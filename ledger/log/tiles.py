"""The tree in tiles (C2SP tlog-tiles): 256 hashes a tile, made once from the entries and never changed.

Only full tiles are stored; the partial ones at the right edge are put together from at most 255 entries or roots each.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from ledger.proof.tree import HASH_BYTES, complete_root, leaf_hash
from ledger.tables import Entry, Tile

#: Hashes in a full tile, and the tree levels that a tile spans.
WIDTH = 256
HEIGHT = 8
#: Tiles written at a time.
_TILES_A_WRITE = 64


def integrate(connection: Connection, size: int) -> None:
    """Store the tiles that the first `size` entries fill and that are not stored yet, on every level."""
    level, full = 0, size // WIDTH
    while full:
        first = _count(connection, level)
        below = (
            _leaves(connection, first * WIDTH, full * WIDTH)
            if level == 0
            else _roots(connection, level - 1, first * WIDTH, full * WIDTH)
        )
        rows = (_row(level, number, list(islice(below, WIDTH))) for number in range(first, full))
        while some := list(islice(rows, _TILES_A_WRITE)):
            connection.execute(insert(Tile), some)
        level, full = level + 1, full // WIDTH


class TileReader:
    """Reads the tree of the first `size` entries, whose full tiles are stored; keeps the tiles that it has read."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._size = size
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, number: int) -> list[bytes]:
        """Return a tile's hashes: fewer than `WIDTH` at the right edge, none beyond it."""
        if (level, number) not in self._read:
            self._read[level, number] = self._stored(level, number) or self._partial(level, number)
        return self._read[level, number]

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree (`proof.tree.Subtree`)."""
        tile_level, within = divmod(level, HEIGHT)
        number, offset = divmod(index << within, WIDTH)
        hashes = self.tile(tile_level, number)[offset : offset + (1 << within)]
        if len(hashes) != 1 << within:
            raise ValueError(f"a tree of {self._size} has no complete subtree {index} of level {level}")
        return complete_root(hashes)

    def _stored(self, level: int, number: int) -> list[bytes]:
        wanted = select(col(Tile.hashes)).where(col(Tile.level) == level, col(Tile.number) == number)
        return split(bytes(self._connection.execute(wanted).scalar() or b""))

    def _partial(self, level: int, number: int) -> list[bytes]:
        first = number * WIDTH
        last = min(first + WIDTH, self._size >> (HEIGHT * level))
        if level == 0:
            return list(_leaves(self._connection, first, last))
        return list(_roots(self._connection, level - 1, first, last))


def split(hashes: bytes) -> list[bytes]:
    """Return the hashes of a tile."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def commitments(connection: Connection, first: int, end: int) -> Iterator[bytes]:
    """Yield the commitments of a range of entries."""
    wanted = select(col(Entry.commitment)).where(col(Entry.index) >= first, col(Entry.index) < end)
    return map(bytes, connection.execute(wanted.order_by(col(Entry.index))).scalars())


def _leaves(connection: Connection, first: int, end: int) -> Iterator[bytes]:
    for start in range(first, end, WIDTH * _TILES_A_WRITE):
        yield from map(leaf_hash, commitments(connection, start, min(end, start + WIDTH * _TILES_A_WRITE)))


def _roots(connection: Connection, level: int, first: int, end: int) -> Iterator[bytes]:
    wanted = select(col(Tile.root)).where(col(Tile.level) == level, col(Tile.number) >= first, col(Tile.number) < end)
    return map(bytes, connection.execute(wanted.order_by(col(Tile.number))).scalars())


def _count(connection: Connection, level: int) -> int:
    last = connection.execute(select(func.max(col(Tile.number))).where(col(Tile.level) == level)).scalar()
    return 0 if last is None else int(last) + 1


def _row(level: int, number: int, hashes: list[bytes]) -> dict[str, Any]:
    return {"level": level, "number": number, "hashes": b"".join(hashes), "root": complete_root(hashes)}
