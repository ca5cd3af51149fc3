"""Passwords are hashed with the least work that Argon2 allows here: what is tested is who gets in, not how slowly."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from api.accounts import tokens


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash at little cost; hashes say themselves how they were made, so that all can be verified."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(tokens, "_hasher", lambda: cheap)
    tokens.nobodys_hash.cache_clear()
    yield
    tokens.nobodys_hash.cache_clear()
