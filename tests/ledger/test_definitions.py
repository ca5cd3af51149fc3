from pathlib import Path

import pytest

from ledger.bilingual import Bilingual
from ledger.definitions import (
    INDICATOR_DEFINITIONS,
    INDICATOR_LABELS,
    SIGNAL_DEFINITIONS,
    SIGNAL_LABELS,
    SIGNAL_UNITS,
    SUPPRESSED,
)

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ("credit.md", [*SIGNAL_DEFINITIONS.values(), *SIGNAL_LABELS.values(), *SIGNAL_UNITS.values()]),
        ("indicators.md", [*INDICATOR_DEFINITIONS.values(), *INDICATOR_LABELS.values(), SUPPRESSED]),
    ],
)
def test_the_document_says_the_same_as_the_pages_in_both_languages(document: str, texts: list[Bilingual]) -> None:
    written = (DOCS / document).read_text(encoding="utf-8")

    assert [text for text in texts if text.zh not in written or text.en not in written] == []


def test_everything_that_has_a_definition_has_a_name() -> None:
    assert SIGNAL_DEFINITIONS.keys() == SIGNAL_LABELS.keys() == SIGNAL_UNITS.keys()
    assert INDICATOR_DEFINITIONS.keys() == INDICATOR_LABELS.keys()


def test_a_text_is_given_in_the_language_asked_for() -> None:
    assert (SUPPRESSED.of("zh"), SUPPRESSED.of("en")) == (SUPPRESSED.zh, SUPPRESSED.en)
