"""Which limits had to give way for what is shown, said in the asker's language.

Limits give way in the order of `scoring.RELAXING_COSTS`, and are named in it. Those that gave way for the same reason
share one note.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.listing import Listing
from index.settings import Language
from recommender.query import Limit, LimitKind, Understood
from recommender.result import Relaxation
from recommender.scoring import costs_of


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that some shown listings (`places`) break. `held_by_any`: whether any listing at all satisfies it."""

    limit: Limit
    chip: Understood
    places: Sequence[Listing]
    held_by_any: bool


def relaxations(broken: Sequence[Broken], total: int, language: Language) -> tuple[Relaxation, ...]:
    """Return the notes on the limits that had to give way; `total` listings satisfy all of them."""
    costs = costs_of([one.limit for one in broken])
    ordered = [broken[at] for at in np.argsort(costs, kind="stable")]
    names = [one for one in ordered if one.limit.kind is LimitKind.NAME and total]
    never = [one for one in ordered if not one.held_by_any and one not in names]
    together = [one for one in ordered if one.held_by_any and one not in names]
    notes = (
        (names, _name_note(total, language)),
        (never, _never_note(never, language)),
        (together, _together_note(together, total, language)),
    )
    return tuple(Relaxation(some[0].chip, note, tuple(one.chip for one in some[1:])) for some, note in notes if some)


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
