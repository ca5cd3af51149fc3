"""Which limits had to give way for what is shown, said in the asker's language."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.listing import Listing
from index.settings import Language
from recommender.query import Limit, LimitKind, Understood
from recommender.result import Relaxation


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that some shown listings (`places`) break. `held_by_any`: whether any listing at all satisfies it."""

    limit: Limit
    chip: Understood
    places: Sequence[Listing]
    held_by_any: bool


def relaxations(broken: Sequence[Broken], total: int, language: Language) -> tuple[Relaxation, ...]:
    """Return a note for each limit that had to give way; `total` listings satisfy all of them."""
    return tuple(Relaxation(one.chip, _note(one, total, language)) for one in broken)


def _note(broken: Broken, total: int, language: Language) -> str:
    label, wider = broken.chip.label, _wider(broken.limit, broken.places, language)
    zh = language == "zh"
    if broken.limit.kind is LimitKind.NAME and total:
        return f"名称相符的有{total}家，其余是相近的" if zh else f"{total} of this name; the rest are the closest to it"
    if not broken.held_by_any:
        return f"没有“{label}”的，已放宽{wider}" if zh else f"nothing here is “{label}”, so that was relaxed{wider}"
    if not total:
        return (
            f"没有全部满足的，部分结果放宽了“{label}”{wider}"
            if zh
            else f"nothing satisfies everything; some results relax “{label}”{wider}"
        )
    if zh:
        return f"全部满足的只有{total}家，其余放宽了“{label}”{wider}"
    return f"only {total} {'satisfies' if total == 1 else 'satisfy'} everything; the rest relax “{label}”{wider}"


def _wider(limit: Limit, places: Sequence[Listing], language: Language) -> str:
    """Return how far a number was relaxed, by the listings that are shown."""
    asked, kind = limit.range, limit.kind
    if asked is None or kind not in (LimitKind.RATING, LimitKind.PRICE, LimitKind.STARS):
        return ""
    values = [value for place in places if (value := getattr(place, kind.value)) is not None]
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
