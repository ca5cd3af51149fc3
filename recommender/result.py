"""What a search answers: ranked listings, each with the terms of its score and the reasons in words."""

from dataclasses import dataclass, field

from index.engine import Plan
from index.listing import Listing
from recommender.query import Query, Understood


@dataclass(frozen=True, slots=True)
class Result:
    """One listing of an answer. `score` is the sum of `terms`; `reasons` are at most three of them, in words.

    `distance_m` is from the place asked about, None where there is none; it may be off by `accuracy_m`, and
    `approximate` says that it is only known roughly. `propensity` is the probability with which the listing was shown
    (1 without a hold-out).
    """

    listing: Listing
    score: float
    terms: dict[str, float]
    reasons: tuple[str, ...]
    distance_m: float | None = None
    approximate: bool = False
    accuracy_m: float = 0.0
    propensity: float = 1.0


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A limit that gave way, with others of the same fate, and what was done instead, in the asker's language."""

    limit: Understood
    note: str
    also: tuple[Understood, ...] = ()

    @property
    def limits(self) -> tuple[Understood, ...]:
        """All that the note names."""
        return (self.limit, *self.also)


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of results. `total` counts all that satisfy the limits; `offset` is the first result's position.

    `notes` say how the words were read, in the asker's language, where that is not to be expected. The `plan` tells how
    the results were found, and `took_ms` how many milliseconds each stage took: not a part of what the answer is.
    """

    query: Query
    results: tuple[Result, ...]
    relaxed: tuple[Relaxation, ...]
    total: int
    offset: int
    snapshot: str
    notes: tuple[str, ...] = ()
    plan: Plan | None = field(default=None, compare=False)
    took_ms: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def understood(self) -> tuple[Understood, ...]:
        """The limits in force, to be shown as chips."""
        return self.query.understood
