"""The published credit formula: a base and a sum of terms, each a number of points for each unit, up to a cap.

It is additive, so that it can be said of every point where it comes from (a points-based scorecard, N. Siddiqi, "Credit
Risk Scorecards", Wiley 2006). No term is ever below 0: data that are absent give nothing and take nothing. The numbers
stand in `ledger/formulas/`, one file a version. They were chosen and published, not estimated from defaults: there are
none yet to estimate them from.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import floor
from pathlib import Path

CURRENT = "credit-1"
_FOLDER = Path(__file__).with_name("formulas")
#: What floating point may fall short of a whole point.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class TermRule:
    """How one term counts. `step` is what "what would raise it" adds; None where it is not in the merchant's hands."""

    id: str
    points: float
    cap: int
    step: float | None = None

    def of(self, value: float | None) -> int:
        """Return the points of a value: whole, in [0, cap], and never fewer for more."""
        return 0 if value is None else max(0, min(self.cap, floor(value * self.points + _ROUNDING)))


@dataclass(frozen=True, slots=True)
class Formula:
    """One version of the formula; `sha256` is of its file, so that a report can name exactly what it used."""

    version: str
    base: int
    terms: tuple[TermRule, ...]
    sha256: str

    @property
    def highest(self) -> int:
        """The score that no report exceeds."""
        return self.base + sum(term.cap for term in self.terms)

    def points(self, values: Mapping[str, float | None]) -> dict[str, int]:
        """Return the points of every term; the score is the base and their sum."""
        return {term.id: term.of(values.get(term.id)) for term in self.terms}


@cache
def formula(version: str = CURRENT) -> Formula:
    """Return a version of the formula, as its file says."""
    data = (_FOLDER / f"{version}.toml").read_bytes()
    written = tomllib.loads(data.decode())
    return Formula(
        version=written["version"],
        base=written["base"],
        terms=tuple(TermRule(**term) for term in written["terms"]),
        sha256=hashlib.sha256(data).hexdigest(),
    )
