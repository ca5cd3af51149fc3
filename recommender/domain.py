"""The small bilingual ontology of the domain, read once from `ontology/*.toml`.

It holds words of the trade, never names: what a county has is learnt from its listings (`recommender.lexicon`).
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index.listing import Category
from recommender.query import LimitKind

_FOLDER = Path(__file__).parent / "ontology"
_ROLES = {"subtype": LimitKind.SUBTYPE, "facility": LimitKind.FACILITY, "dish": LimitKind.DISH, "tag": LimitKind.TAG}


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that places have or are, with the words for it. No categories means all."""

    id: str
    kind: LimitKind
    zh: tuple[str, ...]
    en: tuple[str, ...]
    categories: frozenset[Category] = frozenset()

    @property
    def words(self) -> tuple[str, ...]:
        """All its words."""
        return self.zh + self.en


@dataclass(frozen=True, slots=True)
class Party:
    """Who comes along: what the asker says (`words`), and what a suitable place says of itself (`fits`).

    `needed`: a place that does not fit will not do (a dog at the door, a wheelchair).
    """

    id: str
    words: tuple[str, ...]
    fits: tuple[str, ...]
    label_zh: str
    label_en: str
    needed: bool


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """Words for a level of price. A soft one only ranks."""

    id: str
    levels: frozenset[int]
    words: tuple[str, ...]
    soft: bool


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """How a category is spoken of: `generic` nouns name all of it, others may name a kind within it as well."""

    category: Category
    generic: tuple[str, ...]
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """Everything that the ontology says. `words` are the steering words of `words.toml`, by their names there."""

    categories: tuple[CategoryWords, ...]
    concepts: tuple[Concept, ...]
    parties: tuple[Party, ...]
    price_levels: tuple[PriceLevel, ...]
    parts: tuple[Concept, ...]
    endings: tuple[str, ...]
    place_kinds: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]

    def party(self, party: str) -> Party:
        """Return a party by its id."""
        return next(known for known in self.parties if known.id == party)


def _both(row: dict[str, Any], prefix: str = "") -> tuple[str, ...]:
    return (*row.get(f"{prefix}zh", ()), *row.get(f"{prefix}en", ()))


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def load_domain() -> Domain:
    """Read the ontology."""
    places = _load("places")
    return Domain(
        categories=tuple(
            CategoryWords(
                Category(name),
                _both(row, "generic_"),
                _both(row, "generic_") + _both(row, "nouns_"),
                _both(row, "verbs_"),
                _both(row, "cues_"),
            )
            for name, row in _load("categories").items()
        ),
        concepts=tuple(_concept(row) for row in _load("concepts")["concept"]),
        parties=tuple(
            Party(
                row["id"], _both(row), _both(row, "fits_"), row["label_zh"], row["label_en"], row.get("needed", False)
            )
            for row in _load("party")["party"]
        ),
        price_levels=tuple(
            PriceLevel(row["id"], frozenset(row["levels"]), _both(row), row.get("soft", False))
            for row in _load("prices")["level"]
        ),
        parts=tuple(Concept(row["id"], LimitKind.AREA, tuple(row["zh"]), tuple(row["en"])) for row in places["part"]),
        endings=_both(places, "endings_"),
        place_kinds={row["id"]: _both(row) for row in places["kind"]},
        words={name: tuple(words) for name, words in _load("words").items()},
    )


def _concept(row: dict[str, Any]) -> Concept:
    categories = frozenset(Category(name) for name in row.get("categories", ()))
    return Concept(row["id"], _ROLES[row["role"]], tuple(row["zh"]), tuple(row["en"]), categories)
