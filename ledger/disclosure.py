"""Statistical disclosure control: which figures of the board may be shown, so that none is about a few people.

A figure needs ten visitors and three merchants. A cell of a table needs also that no merchant makes more than half of
it, because a rival who knows their own part could compute the other's (dominance rule). Cells that fail are hidden, and
then further ones until what is left when the shown cells are taken from the total is itself fit to be shown
(complementary suppression; both after A. Hundepool et al., "Statistical Disclosure Control", Wiley 2012, chapter 4).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

MIN_VISITORS = 10
MIN_MERCHANTS = 3
#: What a merchant is told of the visitors to their own place by hour, origin or wish comes from so many at least.
FEWEST_VISITORS = 5
#: The largest part of a cell that one merchant may make.
MAX_PART = 0.5

Key = TypeVar("Key")
Outer = TypeVar("Outer")


@dataclass(slots=True)
class Group:
    """The visits behind one figure: who made them, and how many went to each merchant."""

    visitors: set[str] = field(default_factory=set)
    merchants: Counter[str] = field(default_factory=Counter)

    def add(self, visitor: str, merchant: str) -> None:
        """Count one visit."""
        self.visitors.add(visitor)
        self.merchants[merchant] += 1

    @property
    def visits(self) -> int:
        """How many visits there are."""
        return self.merchants.total()

    @property
    def is_safe(self) -> bool:
        """Whether a figure about these visits may be shown."""
        return len(self.visitors) >= MIN_VISITORS and len(self.merchants) >= MIN_MERCHANTS

    @property
    def is_safe_cell(self) -> bool:
        """Whether a cell of a table with these visits may be shown."""
        return self.is_safe and max(self.merchants.values()) <= MAX_PART * self.visits


def merged(groups: Iterable[Group]) -> Group:
    """Return the visits of all groups together."""
    whole = Group()
    for group in groups:
        whole.visitors |= group.visitors
        whole.merchants += group.merchants
    return whole


def hidden_cells(cells: Mapping[Key, Group]) -> set[Key]:
    """Return the cells to hide in a table whose total is shown.

    An empty cell is hidden as well: that nobody came is a statement about fewer than ten people.
    """
    hidden = {key for key, group in cells.items() if not group.is_safe_cell}
    spare = sorted((key for key in cells if key not in hidden), key=lambda key: cells[key].visits, reverse=True)
    # The smallest of what could be shown goes first, to lose as few visits as possible.
    while hidden and spare and not merged(cells[key] for key in hidden).is_safe_cell:
        hidden.add(spare.pop())
    return hidden


def hidden_nested_cells(cells: Mapping[Outer, Mapping[Key, Group]]) -> set[Key]:
    """Return the inner cells to hide in a table of two levels, where outer cells are shown too (`hidden_cells`).

    Within a hidden outer cell every inner one is hidden, or else the outer could be summed up; within a shown one, the
    outer cell is their total.
    """
    outer_hidden = hidden_cells({outer: merged(inner.values()) for outer, inner in cells.items()})
    return {key for outer, inner in cells.items() for key in (inner if outer in outer_hidden else hidden_cells(inner))}
