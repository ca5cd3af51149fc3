"""Which limits had to give way for what is shown, said in the asker's language.

Limits give way in the order of `scoring.RELAXING_COSTS`, and are named in it. Those that gave way for the same reason
share one note.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from index.listing import Listing
from index.settings import Language
from recommender.limits.spans import contradicts
from recommender.query import AREA_PREFIX, Limit, LimitKind, Understood
from recommender.result import Relaxation
from recommender.scoring import costs_of


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that some shown listings (`places`) break. `held_by_any`: whether any listing at all satisfies it."""

    limit: Limit
    chip: Understood
    places: Sequence[Listing]
    held_by_any: bool


def relaxations(
    broken: Sequence[Broken], total: int, language: Language, asked: Sequence[tuple[Limit, Understood]] = ()
) -> tuple[Relaxation, ...]:
    """Return the notes on the limits that had to give way; `total` listings satisfy all that were `asked`."""
    costs = costs_of([one.limit for one in broken])
    ordered = [broken[at] for at in np.argsort(costs, kind="stable")]
    against = [] if total else _contradicting(asked)
    ordered = [one for one in ordered if one.chip not in against]
    names = [one for one in ordered if one.limit.kind is LimitKind.NAME and total]
    never = [one for one in ordered if not one.held_by_any and one not in names]
    together = [one for one in ordered if one.held_by_any and one not in names]
    notes = (
        (names, _name_note(total, language)),
        (never, _never_note(never, language)),
        (together, _together_note(together, total, language)),
    )
    told = [Relaxation(some[0].chip, note, tuple(one.chip for one in some[1:])) for some, note in notes if some]
    if against:
        told.insert(0, Relaxation(against[0], _contradiction_note(against, language), tuple(against[1:])))
    return tuple(told)


def _contradicting(asked: Sequence[tuple[Limit, Understood]]) -> list[Understood]:
    """Return two chips that no place can satisfy at once: ranges apart from each other, a thing and its exclusion."""
    for (one, first), (other, second) in combinations(asked, 2):
        if one.kind is other.kind and one.range is not None and other.range is not None:
            if contradicts(one.range, other.range):
                return [first, second]
        elif LimitKind.NOT in (one.kind, other.kind):
            wanted, left_out = (one, other) if other.kind is LimitKind.NOT else (other, one)
            keys = {value.removeprefix(AREA_PREFIX) for value in left_out.values}
            if wanted.values and keys >= set(wanted.values):
                return [first, second]
    return []


def _contradiction_note(chips: Sequence[Understood], language: Language) -> str:
    """Return the note that two limits exclude each other, and what to do."""
    first, second = (f"“{chip.label}”" for chip in chips)
    if language == "zh":
        return f"{first}和{second}互相矛盾，没有能同时满足的；去掉其中一个再看"
    return f"{first} and {second} contradict each other, so nothing can be both; take one of them away"


def _name_note(total: int, language: Language) -> str:
    if language == "zh":
        return f"名称相符的有{total}家，其余是相近的"
    return f"{total} of this name; the rest are the closest to it"


def _never_note(broken: Sequence[Broken], language: Language) -> str:
    """Return the note on limits that no listing at all satisfies."""
    if language == "zh":
        said = "，也没有".join(f"“{one.chip.label}”的" for one in broken)
        return f"没有{said}，已放宽" + "、".join(filter(None, (_wider(one, language) for one in broken)))
    said = " or ".join(f"“{one.chip.label}”" for one in broken)
    wider = " and".join(filter(None, (_wider(one, language) for one in broken)))
    return f"nothing here is {said}, so {'that was' if len(broken) == 1 else 'those were'} relaxed{wider}"


def _together_note(broken: Sequence[Broken], total: int, language: Language) -> str:
    """Return the note on limits that listings satisfy, but too few of them all at once."""
    zh = language == "zh"
    said = ("、" if zh else " or ").join(f"“{one.chip.label}”{_wider(one, language)}" for one in broken)
    if not total:
        return (
            f"没有全部满足的，部分结果放宽了{said}"
            if zh
            else f"nothing satisfies everything; some results relax {said}"
        )
    if zh:
        return f"全部满足的只有{total}家，其余放宽了{said}"
    return f"only {total} {'satisfies' if total == 1 else 'satisfy'} everything; the rest relax {said}"


def _wider(broken: Broken, language: Language) -> str:
    """Return how far a number was relaxed, by the listings that are shown."""
    asked, kind = broken.limit.range, broken.limit.kind
    if asked is None or kind not in (LimitKind.RATING, LimitKind.PRICE, LimitKind.STARS):
        return ""
    values = [value for place in broken.places if (value := getattr(place, kind.value)) is not None]
    if not values:
        return ""
    low, high = float(np.min(values)), float(np.max(values))
    bound = high if asked.high is not None and high > asked.high else low
    return f"到{bound:g}" if language == "zh" else f" to {bound:g}"


def no_origin_note(chip: Understood, language: Language) -> Relaxation:
    """Return the note that nearness to the asker could not be used."""
    note = (
        "不知道您的位置，未按远近排序；允许定位后即可"
        if language == "zh"
        else "your location is not known, so distance was left out; allow location to use it"
    )
    return Relaxation(chip, note)


def hours_note(chip: Understood, language: Language) -> Relaxation:
    """Return the note that no place is known to be open then, and that those shown do not say."""
    note = (
        f"没有一家写明“{chip.label}”；显示的没有写明营业时间，去前请先打电话"
        if language == "zh"
        else f"no place is known to be “{chip.label}”; those shown do not state their hours, so call before you go"
    )
    return Relaxation(chip, note)
