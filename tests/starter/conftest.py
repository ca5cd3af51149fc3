"""The starter data as records, read once."""

from pathlib import Path

import pytest

from index.listing import ListingRecord

STARTER = Path(__file__).parents[2] / "starter"


@pytest.fixture(scope="session")
def starter() -> Path:
    """The folder of the starter data."""
    return STARTER


@pytest.fixture(scope="session")
def records() -> list[ListingRecord]:
    """Every starter listing."""
    lines = (STARTER / "listings.jsonl").read_text(encoding="utf-8").splitlines()
    return [ListingRecord.model_validate_json(line) for line in lines]


@pytest.fixture(scope="session")
def merchants(records: list[ListingRecord]) -> list[ListingRecord]:
    """The made-up ones."""
    return [record for record in records if record.made_up]


@pytest.fixture(scope="session")
def real_places(records: list[ListingRecord]) -> list[ListingRecord]:
    """The real ones."""
    return [record for record in records if not record.made_up]
