"""All checks together: what each visit weighs, and why. A person's decision stands above them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.checks import codes, people, places
from ledger.checks.findings import Finding, Reason, SeenVisit

#: From this weight on a visit counts where only whole visits are counted, as on the board.
CREDIBLE = 0.5

Check = Callable[[Sequence[SeenVisit]], Iterator[Finding]]

#: Checks that look at visits as they are.
CHECKS: tuple[Check, ...] = (
    people.own_devices,
    people.merchants_in_a_ring,
    people.one_device,
    people.capped_visitors,
    codes.replayed,
    codes.forwarded,
    codes.bursts,
    places.far_devices,
    places.impossible_travel,
    places.closed_hours,
)
#: Checks that set visits against the others of their week: they see only those that nothing else found, so that a flood
#: which is already weighed down does not drag honest visits with it.
RELATIVE_CHECKS: tuple[Check, ...] = (places.unlocated,)
#: What money that its issuer attests does not explain away: the merchant may pay himself.
_IN_SPITE_OF_PAYMENT = frozenset({Reason.SELF, Reason.RING, Reason.CAP})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a visit weighs, in [0, 1], and the reasons why it is doubtful, the gravest first.

    `decided` says that a person looked at it: then the weight is theirs, and the reasons are what the checks had said.
    """

    weight: float = 1.0
    reasons: tuple[Reason, ...] = ()
    decided: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether it weighs less than a whole visit."""
        return self.weight < 1


SOUND = Verdict()


def verdicts(
    visits: Sequence[SeenVisit], *, paid: Collection[int] = frozenset(), decisions: Mapping[int, bool] | None = None
) -> dict[int, Verdict]:
    """Return a verdict by index for each visit that a check or a person had something to say about; others are sound.

    Args:
        visits: Of the listings in question, with those of the 30 days before, and their visitors' visits elsewhere.
        paid: Indices of visits for which an issuer attests a payment.
        decisions: Index of a visit to whether a person decided that it counts.
    """
    found: dict[int, list[Finding]] = defaultdict(list)
    for stage in (CHECKS, RELATIVE_CHECKS):
        remaining = [visit for visit in visits if visit.index not in found]
        for check in stage:
            for finding in check(remaining):
                if not is_explained(finding, paid):
                    found[finding.index].append(finding)
    decided = decisions or {}
    return {index: verdict_of(found.get(index, []), decided, index) for index in found.keys() | decided.keys()}


def is_explained(finding: Finding, paid: Collection[int]) -> bool:
    """Return whether a payment that its issuer attests explains what was found away."""
    return finding.index in paid and finding.reason not in _IN_SPITE_OF_PAYMENT


def verdict_of(findings: Sequence[Finding], decisions: Mapping[int, bool], index: int) -> Verdict:
    """Return the verdict on a visit from what was found of it, and what a person decided."""
    counts = decisions.get(index)
    ordered = sorted(findings, key=lambda finding: (finding.weight, finding.reason))
    reasons = tuple(dict.fromkeys(finding.reason for finding in ordered))
    weight = ordered[0].weight if ordered else 1.0
    if counts is None:
        return Verdict(weight, reasons)
    # A person who confirms the doubt leaves the checks' weight; one who overrules them restores the whole visit.
    return Verdict(1.0 if counts else weight, reasons, decided=True)
