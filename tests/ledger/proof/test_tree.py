"""The tree against the vectors of Certificate Transparency's reference implementation, and against plain recursion."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proof.tree import (
    EMPTY_ROOT,
    Frontier,
    Subtree,
    complete_root,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proves_consistency,
    proves_inclusion,
    root,
)

#: The leaves and roots of `merkle_tree_test` in google/certificate-transparency, used by RFC 6962 logs since.
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
#: From the same file: the audit paths, as (leaf, size, path); and the consistency proofs, as (old, new, path).
PATHS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]
CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
SIZES = st.integers(1, 300)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(bytes([number % 256, number // 256])) for number in range(size)]


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(naive_root(hashes[:k]), naive_root(hashes[k:]))


def over(hashes: Sequence[bytes]) -> Subtree:
    return lambda level, index: complete_root(hashes[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    hashes = [leaf_hash(data) for data in INPUTS[:size]]
    assert root(size, over(hashes)).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_audit_paths_are_those_of_the_published_vectors(index: int, size: int, path: list[str]) -> None:
    hashes = [leaf_hash(data) for data in INPUTS]
    assert [step.hex() for step in inclusion_proof(index, size, over(hashes))] == path


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_published_vectors(old: int, new: int, path: list[str]) -> None:
    hashes = [leaf_hash(data) for data in INPUTS]
    assert [step.hex() for step in consistency_proof(old, new, over(hashes))] == path


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root(0, over([])) == EMPTY_ROOT == Frontier().root() == naive_root([])


@settings(deadline=None)
@given(SIZES)
def test_the_root_and_the_frontier_agree_with_plain_recursion(size: int) -> None:
    hashes, frontier = leaves(size), Frontier()
    for one in hashes:
        frontier.add(one)
    assert root(size, over(hashes)) == naive_root(hashes) == frontier.root()


@settings(deadline=None)
@given(st.data())
def test_an_inclusion_proof_holds_for_its_own_leaf_index_size_and_root_only(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    found, path = naive_root(hashes), inclusion_proof(index, size, over(hashes))

    assert proves_inclusion(hashes[index], index, size, path, found)
    other = data.draw(st.integers(0, size).filter(lambda at: at != index))
    assert not proves_inclusion(hashes[index], other, size, path, found)
    assert not proves_inclusion(leaf_hash(b"another"), index, size, path, found)
    assert not proves_inclusion(hashes[index], index, size, [*path, found], found)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        changed = [bytes([step[0] ^ 1]) + step[1:] if n == at else step for n, step in enumerate(path)]
        assert not proves_inclusion(hashes[index], index, size, changed, found)
        assert not proves_inclusion(hashes[index], index, size, path[:-1], found)


@settings(deadline=None)
@given(st.data())
def test_a_consistency_proof_holds_for_its_own_roots_only(data: st.DataObject) -> None:
    new = data.draw(SIZES)
    old = data.draw(st.integers(0, new))
    hashes = leaves(new)
    before, after = naive_root(hashes[:old]), naive_root(hashes)
    path = consistency_proof(old, new, over(hashes))

    assert proves_consistency(old, before, new, after, path)
    assert not proves_consistency(old, leaf_hash(b"another"), new, after, path)
    assert not proves_consistency(old, before, new, after, [*path, before])
    if old > 0:
        assert not proves_consistency(old, before, new, leaf_hash(b"another"), path)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        changed = [bytes([step[0] ^ 1]) + step[1:] if n == at else step for n, step in enumerate(path)]
        assert not proves_consistency(old, before, new, after, changed)
        assert not proves_consistency(old, before, new, after, path[:-1])


@settings(deadline=None)
@given(st.integers(1, 120), st.integers(0, 119))
def test_no_proof_is_found_for_a_history_that_was_rewritten(size: int, at: int) -> None:
    hashes = leaves(size)
    rewritten = [leaf_hash(b"rewritten") if number == at % size else one for number, one in enumerate(hashes)]
    longer = [*rewritten, *leaves(3)]

    path = consistency_proof(size, len(longer), over(longer))

    assert not proves_consistency(size, naive_root(hashes), len(longer), naive_root(longer), path)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_proof(index, size, over(leaves(8)))
    assert not proves_inclusion(leaves(1)[0], index, size, [], leaves(1)[0])


def test_a_tree_does_not_begin_with_a_larger_one() -> None:
    with pytest.raises(ValueError, match="cannot begin"):
        consistency_proof(4, 3, over(leaves(8)))
    assert not proves_consistency(4, EMPTY_ROOT, 3, EMPTY_ROOT, [])
