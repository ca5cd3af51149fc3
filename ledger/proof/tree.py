"""The Merkle tree of RFC 6962 section 2.1 (the same as RFC 9162's): roots, proofs, and how they are checked.

Hashes are SHA-256, 32 bytes. A *subtree* is complete: `(level, index)` covers the leaves from `index << level` on,
`1 << level` of them. Whoever makes a proof says where a subtree's hash comes from; whoever checks one needs only this.
"""

import hashlib
from collections.abc import Callable, Sequence

#: Bytes of a hash.
HASH_BYTES = 32
#: The root of a log without entries (RFC 6962 section 2.1).
EMPTY_ROOT = hashlib.sha256(b"").digest()
#: Gives the hash of a complete subtree, by its level and index.
Subtree = Callable[[int, int], bytes]


def leaf_hash(committed: bytes) -> bytes:
    """Return the Merkle leaf of a commitment: SHA-256 over 0x00 and the commitment."""
    return hashlib.sha256(b"\x00" + committed).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of neighbouring hashes of one level."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


class Frontier:
    """The roots of the complete subtrees that the leaves so far consist of: the tree's right edge, in log n hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        self.size += 1
        full, carried = self.size, leaf
        while full % 2 == 0:
            carried = node_hash(self._edge.pop(), carried)
            full //= 2
        self._edge.append(carried)

    def root(self) -> bytes:
        """Return the root over the leaves taken so far."""
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


def root(size: int, subtree: Subtree) -> bytes:
    """Return the root of the first `size` leaves."""
    return _over(0, size, subtree) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the audit path of a leaf in the tree of `size` leaves, leaf side first (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            path.append(_over(middle, end, subtree))
            end = middle
        else:
            path.append(_over(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with that of `old` (RFC 6962 section 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot begin with one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end = 0, new
    whole = True
    while end != old:
        middle = start + _largest_power_below(end - start)
        if old <= middle:
            path.append(_over(middle, end, subtree))
            end = middle
        else:
            path.append(_over(start, middle, subtree))
            start = middle
            whole = False
    if not whole:
        path.append(_over(start, end, subtree))
    return path[::-1]


def proves_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether a leaf hash is at an index of the tree with this root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = node_hash(step, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether the tree with the new root begins with that of the old one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if len(steps) == 0 or not path:
        return False
    at, last = old - 1, new - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    of_old = of_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            of_old, of_new = node_hash(step, of_old), node_hash(step, of_new)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            of_new = node_hash(of_new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and of_old == old_root and of_new == new_root


def _over(start: int, end: int, subtree: Subtree) -> bytes:
    """Return the hash over a range that a proof asks for; such a range begins where a subtree as large may begin."""
    found: bytes | None = None
    # Complete subtrees from right to left: the set bits of the size, lowest first.
    while end > start:
        width = (end - start) & -(end - start)
        level = width.bit_length() - 1
        part = subtree(level, (end - width) >> level)
        found = part if found is None else node_hash(part, found)
        end -= width
    if found is None:
        raise ValueError("an empty range has no hash")
    return found


def _largest_power_below(size: int) -> int:
    """Return the largest power of two that is smaller than a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)
