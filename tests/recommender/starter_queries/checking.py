"""Holding an answer against a row of the tables, and saying in words what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from index.listing import ListingRecord
from index.settings import Language
from recommender.query import Query
from recommender.result import Answer
from tests.recommender.starter_queries.county import County
from tests.recommender.starter_queries.facts import Fact, Scene, Which, read_facts
from tests.recommender.starter_queries.limits import Reading, read_expected, signature
from tests.recommender.starter_queries.tables import USUAL_NOW, Mark, Need, StarterQuery

LOOKED_AT = 3
NEEDS_ARE_ASKED_FROM = "余村"


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing wrong with an answer. `group` is the word of the vocabulary that it is about."""

    row: str
    text: str
    group: str
    what: str

    def __str__(self) -> str:
        return f"{self.row}  {self.text}\n      {self.group}: {self.what}"


def failures_of(row: StarterQuery, answer: Answer, reading: Reading) -> list[Failure]:
    """Return what is wrong with an answer to a row; nothing when all of it holds."""
    records = {listing.id: listing for listing in row.scene.county.listings}
    shown = [records[result.listing.id] for result in answer.results[:LOOKED_AT]]

    def failure(group: str, what: str) -> Failure:
        return Failure(row.id, row.text, group, what)

    if not shown:
        return [failure("answer", "there is no result")]
    if row.mark is Mark.IMPOSSIBLE and not answer.relaxed:
        return [failure("relaxed", "nothing can satisfy this, and the answer does not say what was relaxed")]
    wrong = [
        failure(expected.word, f"not understood: {expected.text}; understood: {described(answer.query)}")
        for expected in read_expected(row.understood, row.scene)
        if not expected.holds(reading)
    ]
    wrong += [failure(fact.word, what) for fact, what in _unmet(read_facts(row.must, row.scene), shown, row.scene)]
    wrong += [
        failure(f"not {fact.word}", f"{listing.name} is among the first three, but: {fact.text}")
        for fact in read_facts(row.must_not, row.scene)
        for listing in shown
        if fact.holds(listing)
    ]
    return wrong


def satisfying(facts: Sequence[Fact], scene: Scene) -> list[ListingRecord]:
    """Return the listings that satisfy every fact that is said of each result."""
    each = [fact for fact in facts if fact.which is Which.EACH]
    return [listing for listing in scene.county.listings if all(fact.holds(listing) for fact in each)]


def _unmet(facts: Sequence[Fact], shown: Sequence[ListingRecord], scene: Scene) -> list[tuple[Fact, str]]:
    # Where only two listings of the county satisfy a row, a third result cannot.
    expected = min(LOOKED_AT, len(satisfying(facts, scene)))
    unmet = []
    for fact in facts:
        if fact.which is Which.ONE:
            if not any(map(fact.holds, shown)):
                unmet.append((fact, f"{fact.text}: none of {_names(shown)}"))
            continue
        looked_at = 1 if fact.which is Which.FIRST else expected
        wrong = [listing for listing in shown[:looked_at] if not fact.holds(listing)]
        if wrong:
            unmet.append((fact, f"{fact.text}: not {_names(wrong)}"))
        elif len(shown) < looked_at:
            unmet.append((fact, f"{fact.text}: {expected} listings satisfy the row, {len(shown)} came"))
    return unmet


def _names(listings: Sequence[ListingRecord]) -> str:
    return ", ".join(listing.name for listing in listings)


def paraphrase_failures(need: Need, county: County, read: Callable[[str, Language], Reading]) -> list[Failure]:
    """Return what is understood otherwise in one of the four ways of saying a need than in the first."""
    scene = Scene(county, USUAL_NOW, county.point(NEEDS_ARE_ASKED_FROM))
    readings = [read(text, language) for language, text in need.texts]
    expected = read_expected(need.understood, scene)
    wrong = [
        Failure(need.id, text, one.word, f"not understood: {one.text}; understood: {described(reading.query)}")
        for (_, text), reading in zip(need.texts, readings, strict=True)
        for one in expected
        if not one.holds(reading)
    ]
    first = signature(readings[0], county)
    return wrong + [
        Failure(need.id, text, f"paraphrase {name}", _differ(first[name], value, county) + f" {need.texts[0][1]}")
        for (_, text), reading in zip(need.texts[1:], readings[1:], strict=True)
        for name, value in signature(reading, county).items()
        if value != first[name]
    ]


def _differ(first: object, value: object, county: County) -> str:
    if not isinstance(first, frozenset) or not isinstance(value, frozenset):
        return f"{value!r}, but {first!r} in"
    more = [one.name for one in county.listings if one.id in value - first]
    fewer = [one.name for one in county.listings if one.id in first - value]
    return f"selects {len(more)} more ({', '.join(more[:3])}) and {len(fewer)} fewer ({', '.join(fewer[:3])}) than"


def described(query: Query) -> str:
    """Return the limits of a query in one line."""
    return "; ".join(limit.id + ("" if limit.hard else " (soft)") for limit in query.limits) or "nothing"


def listed(wrong: Mapping[str, Sequence[Failure]], known: Mapping[str, str]) -> list[str]:
    """Return what a test reports: rows that fail and are not known to, and known ones that pass."""
    unknown = [str(failure) for row, failures in wrong.items() if row not in known for failure in failures]
    stale = [f"{row}  passes now: take it out of known_failures.csv" for row in known if row not in wrong]
    return unknown + stale
