"""What the invented cities share: questions that point at a listing by its number, and listings that lie near."""

import re
from collections.abc import Sequence
from dataclasses import replace

from tests.recommender.other_cities.judging import Ask, Record


def placed(asks: Sequence[Ask], rows: Sequence[Record]) -> list[Ask]:
    """Return the questions with names for `{z7}` (the local one) and `{e7}` (the English one), and ids for numbers."""

    def name(found: re.Match[str]) -> str:
        row = rows[int(found[2])]
        return str(row["name"] if found[1] == "z" else row["name_en"])

    def states(ask: Ask) -> Record:
        known = dict(ask.states)
        if "near" in known:
            known["near"] = rows[known["near"]]["id"]
        if "named" in known:
            known["name_ids"] = [rows[known.pop("named")]["id"]]
        return known

    return [replace(ask, text=re.sub(r"\{([ze])(\d+)\}", name, ask.text), states=states(ask)) for ask in asks]
