"""A merchant's credit report: the published formula over what the ledger knows, with every term and its evidence.

The one door for whoever shows or signs it; a lender's pack is made from the same `CreditReport`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ledger.attribution import DEFAULT_WINDOWS, Windows
from ledger.bilingual import Bilingual
from ledger.credit import Evidence
from ledger.credit_formula import CURRENT, Formula, formula
from ledger.credit_inputs import CreditInputs, Input, Month, credit_inputs
from ledger.credit_raises import Raise, raises_of
from ledger.credit_texts import TERM_DEFINITIONS, TERM_LABELS, TERM_REASONS, TERM_UNITS, shown

#: Reasons that are given at most.
MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class CreditTerm:
    """One term of the sum: its value (None where absent, which gives 0 points), its points, and what they come from."""

    id: str
    value: float | None
    points: int
    cap: int
    evidence: Evidence

    @property
    def label(self) -> Bilingual:
        """What it is called."""
        return TERM_LABELS[self.id]

    @property
    def unit(self) -> Bilingual:
        """What its value counts."""
        return TERM_UNITS[self.id]

    @property
    def definition(self) -> Bilingual:
        """How it is defined."""
        return TERM_DEFINITIONS[self.id]

    @property
    def shown(self) -> str:
        """The value as people read it; a dash where there is none."""
        return "–" if self.value is None else shown(self.id, self.value)


@dataclass(frozen=True, slots=True)
class CreditReport:
    """The score at a moment: `base` plus the points of `terms`, by the formula `version` whose file has `sha256`.

    `reasons` are at most four, most points first. `months`, oldest first, and `inputs` are what it was computed from:
    the merchant sees each of them. `doubtful` visits weigh less; `made_up` says that made-up events are among them.
    """

    version: str
    sha256: str
    as_of: datetime
    base: int
    highest: int
    terms: tuple[CreditTerm, ...]
    reasons: tuple[Bilingual, ...]
    raises: tuple[Raise, ...]
    months: tuple[Month, ...]
    inputs: tuple[Input, ...]
    doubtful: int
    made_up: bool

    @property
    def score(self) -> int:
        """The base and the points of all terms."""
        return self.base + sum(term.points for term in self.terms)


def credit_report(
    session: Session,
    listings: Collection[str],
    as_of: datetime,
    *,
    tz: ZoneInfo,
    home: Collection[str] = (),
    windows: Windows = DEFAULT_WINDOWS,
    version: str = CURRENT,
) -> CreditReport:
    """Compute the report of a merchant's listings together, as they stood at a moment.

    Args:
        session: One for reading.
        listings: The merchant's own.
        as_of: What happened later does not count; what is older than 24 local calendar months has expired.
        tz: Of those months.
        home: Names of the county, to tell visitors from outside.
        windows: How long an open or an impression refers.
        version: Of the formula.
    """
    return report_of(credit_inputs(session, listings, as_of, tz, home=home, windows=windows), formula(version), as_of)


def report_of(found: CreditInputs, rules: Formula, as_of: datetime) -> CreditReport:
    """Return the report that a formula gives for what was found."""
    points = rules.points(found.values)
    terms = tuple(
        CreditTerm(rule.id, found.values[rule.id], points[rule.id], rule.cap, found.evidence[rule.id])
        for rule in rules.terms
    )
    ordered = sorted((term for term in terms if term.points), key=lambda term: -term.points)
    return CreditReport(
        version=rules.version,
        sha256=rules.sha256,
        as_of=as_of,
        base=rules.base,
        highest=rules.highest,
        terms=terms,
        reasons=tuple(_reason(term) for term in ordered[:MOST_REASONS]),
        raises=raises_of(found, rules),
        months=found.months,
        inputs=found.inputs,
        doubtful=found.doubtful,
        made_up=found.made_up,
    )


def _reason(term: CreditTerm) -> Bilingual:
    return TERM_REASONS[term.id].filled(value=term.shown, points=term.points)
