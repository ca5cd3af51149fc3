from pathlib import Path

import numpy as np
import pytest

from index.errors import StorageError
from index.vector_cache import VectorCache, passage_hash

_KEYS = [passage_hash(text) for text in ("a", "b", "c")]
_VECTORS = [np.full(4, number, np.float32) for number in range(3)]


def test_vectors_are_kept_by_encoder_and_content(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite", "use") as cache:
        cache.put(zip(_KEYS[:2], _VECTORS[:2], strict=True))
    with VectorCache(tmp_path / "v.sqlite", "use") as cache:
        found = cache.get(_KEYS)
        assert found.keys() == set(_KEYS[:2])
        assert all(np.array_equal(found[key], vector) for key, vector in zip(_KEYS[:2], _VECTORS[:2], strict=True))
    with VectorCache(tmp_path / "v.sqlite", "e5") as cache:
        assert cache.get(_KEYS) == {}


def test_more_keys_than_a_statement_takes_are_asked_for_in_parts(tmp_path: Path) -> None:
    keys = [passage_hash(str(number)) for number in range(1234)]
    with VectorCache(tmp_path / "v.sqlite", "use") as cache:
        cache.put((key, _VECTORS[0]) for key in keys)
        assert len(cache.get(keys)) == 1234


def test_a_torn_cache_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"no database at all" * 100)
    with VectorCache(tmp_path / "v.sqlite", "use") as cache:
        cache.put([(_KEYS[0], _VECTORS[0])])
        assert len(cache.get(_KEYS)) == 1


def test_a_cache_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="vector cache"):
        VectorCache(tmp_path / "no" / "such" / "folder.sqlite", "use")
