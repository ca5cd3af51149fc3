"""Which limits had to give way for what is shown, said in the asker's language."""

from collections.abc import Sequence

import numpy as np

from index.listing import Listing
from index.settings import Language
from recommender.query import Limit, LimitKind, Understood
from recommender.result import Relaxation


def relaxations(
    limits: Sequence[tuple[Limit, Understood]],
    broken: Sequence[Sequence[bool]],
    shown: Sequence[Listing],
    total: int,
    language: Language,
) -> tuple[Relaxation, ...]:
    """Return a note for each limit that any shown listing breaks.

    `broken` has a row for each limit and a column for each shown listing.
    """
    return tuple(
        Relaxation(chip, _note(limit, chip, [place for place, is_broken in zip(shown, row, strict=True) if is_broken], total, language))
        for (limit, chip), row in zip(limits, broken, strict=True)
        if any(row)
    )


def _note(limit: Limit, chip: Understood, places: Sequence[Listing], total: int, language: Language) -> str:
    wider = _wider(limit, places, language)
    if language == "zh":
        if total:
            return f"全部满足的只有{total}家，其余放宽了“{chip.label}”{wider}"
        return f"没有同时满足“{chip.label}”的，已放宽{wider}"
    if total:
        return f"only {total} match everything; the rest relax “{chip.label}”{wider}"
    return f"nothing matches “{chip.label}” with the rest, so it was relaxed{wider}"


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
        "不知道您的位置，未按远近排序；允许定位后即可" if language == "zh" else "your location is not known, so distance was left out; allow location to use it"
    )
    return Relaxation(chip, note)
