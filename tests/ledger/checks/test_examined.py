"""Visits that come later, joined to those examined before, weigh what they would if all were examined together."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.checks.examined import COMMON, Examined
from ledger.checks.findings import SeenVisit
from ledger.checks.verdicts import CHECKS, SOUND, verdicts
from tests.ledger.checks.builders import HOUR, NOON, seen
from tests.ledger.checks.test_against_reference import VISITS

STAFF = st.lists(st.sampled_from([None, None, None, "here", "there"]), min_size=40, max_size=40)


def told(visits: list[SeenVisit], staff: list[str | None]) -> list[SeenVisit]:
    """Let some of these visits be made by devices of one of the two places."""
    return [
        SeenVisit(one.index, one.at_ms, one.listing, one.visitor, one.scan._replace(staff_of=of))
        for one, of in zip(visits, staff, strict=False)
    ]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(VISITS, STAFF, st.randoms(use_true_random=False), st.sets(st.integers(0, 39)), st.sets(st.integers(0, 39)))
def test_they_weigh_what_they_would_together_in_whatever_order_they_come(
    made: list[SeenVisit], staff: list[str | None], dice: object, paid: set[int], decided: set[int]
) -> None:
    visits = told(made, staff)
    decisions = {index: index % 2 == 0 for index in decided if index < len(visits) // 2}
    first, then, last = visits[: len(visits) // 2], visits[len(visits) // 2 : -3], visits[-3:]
    read = {visit.index: visit for visit in visits}

    examined = Examined.of(first, paid={v.index for v in first} & paid, decisions=decisions)
    known = list(first)
    for more in (then, last):
        before = {visit.index: examined.verdict(visit.index) for visit in known}
        attested = {visit.index for visit in more} & paid
        examined, changed = examined.joined(more, paid=attested, read=lambda indices: [read[one] for one in indices])
        known += more
        together = verdicts(known, paid=paid, decisions=decisions)
        assert {v.index: examined.verdict(v.index) for v in known} == {
            v.index: together.get(v.index, SOUND) for v in known
        }
        assert {index for index, verdict in before.items() if verdict != examined.verdict(index)} <= changed


def test_only_those_that_have_something_in_common_with_a_later_visit_are_read_again() -> None:
    crowd = [seen(NOON + n * HOUR, visitor=f"guest-{n}") for n in range(20)]
    examined = Examined.of(crowd, decisions={})
    asked: list[int] = []

    def read(indices: list[int]) -> list[SeenVisit]:
        asked.extend(indices)
        return [visit for visit in crowd if visit.index in indices]

    later = seen(NOON + 400 * HOUR, visitor="guest-3")
    _, changed = examined.joined([later], paid=(), read=read)
    assert asked == [crowd[3].index]
    assert changed == {later.index}


def test_every_check_that_sets_visits_against_each_other_says_by_what() -> None:
    alone = {"own_devices", "far_devices", "closed_hours"}
    assert {check.__name__ for check in CHECKS} - {check.__name__ for check in COMMON} == alone
