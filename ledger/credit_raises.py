"""What would raise a credit score: the smallest thing in the merchant's hands, and exactly what it would give.

Of visits, months and bills the promise is what the same formula gives once they are there, not a rate: a bill beside
one of the same service and month gives nothing, nor does another visit in a month that has its four. Of takings and of
returning guests it is what each band and each tenth gives, and the text says "for each".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.bilingual import Bilingual
from ledger.credit_formula import Formula, TermRule
from ledger.credit_inputs import ACTIVE_VISITS, BILLS, CreditInputs, bills_that_count
from ledger.credit_texts import NEXT_MONTH, TERM_RAISES, THIS_MONTH, shown

#: Stands for a service of which no bill of this month is known yet.
_ANOTHER = "another service {}"


@dataclass(frozen=True, slots=True)
class Raise:
    """What would raise the score, and by how many points; only of what is in the merchant's hands."""

    term: str
    points: int
    text: Bilingual


def raises_of(found: CreditInputs, rules: Formula) -> tuple[Raise, ...]:
    """Return what would raise each term that is in the merchant's hands, in the formula's order."""
    return tuple(made for rule in rules.terms for made in _raises(rule, found))


def _raises(rule: TermRule, found: CreditInputs) -> Iterator[Raise]:
    if rule.step is None:
        return
    if rule.id == "active_months":
        yield from _month(rule, found)
    elif rule.id == "bills":
        yield from _bills(rule, found)
    else:
        value = found.values[rule.id]
        points = rule.of((value or 0.0) + rule.step) - rule.of(value)
        if points > 0:
            text = TERM_RAISES[rule.id].filled(step=shown(rule.id, rule.step), points=points)
            yield Raise(rule.id, points, text)


def _month(rule: TermRule, found: CreditInputs) -> Iterator[Raise]:
    """Yield what this month gives; where it has its visits already, the next one, when the oldest has expired."""
    active = [month.credible >= ACTIVE_VISITS for month in found.months]
    now = rule.of(found.values[rule.id])
    until, name = (active[1:], NEXT_MONTH) if active[-1] else (active, THIS_MONTH)
    points = rule.of(sum(until) + 1.0) - now
    if points > 0:
        text = TERM_RAISES[rule.id]
        yield Raise(
            rule.id,
            points,
            Bilingual(text.zh.format(month=name.zh, points=points), text.en.format(month=name.en, points=points)),
        )


def _bills(rule: TermRule, found: CreditInputs) -> Iterator[Raise]:
    """Yield the fewest bills paid on time this month that give anything: three, where there is none to go with them."""
    now, last = rule.of(found.values[rule.id]), len(found.months) - 1
    for more in range(1, BILLS + 1):
        services = {_ANOTHER.format(number) for number in range(more)} | found.bills.get(last, frozenset())
        points = rule.of(float(bills_that_count({**found.bills, last: services}))) - now
        if points > 0:
            yield Raise(rule.id, points, TERM_RAISES[rule.id].filled(step=more, points=points))
            return
