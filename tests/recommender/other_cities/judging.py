"""Which listings satisfy what a question states, by the benchmarks' strict rules; and how a city is written to files.

A missing value never satisfies. Price bounds are inclusive; a range of hours holds a listing's range inside it, a
single number of hours lies inside the listing's range; an asked-for facility or dish is a substring of an entry in
either language; what is excluded must not be among the entries. `any`, `subtypes` and `areas` list alternatives.
`order` keeps the first `top` of what is left, with all that tie with the last of them.
"""

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Record = dict[str, Any]
HERE = Path(__file__).parent
_EARTH_M = 6_371_008.8
_LISTS = ("facilities", "dishes", "tags")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, what it is about, and what it states."""

    text: str
    domain: str
    kind: str
    states: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class City:
    """A folder's worth: listings, and questions in two sets. `open_at` has each listing's hours by weekday."""

    name: str
    listings: list[Record]
    asks: Mapping[str, list[Ask]]
    open_at: Mapping[str, Mapping[int, Sequence[tuple[float, float]]]] = field(default_factory=dict)


def seeded(seed: int) -> random.Random:
    """The same numbers every time."""
    return random.Random(seed)  # noqa: S311 - invents places, guards nothing


def metres(a: Record, b: Record) -> float:
    """Great-circle distance of two listings."""
    lat_a, lat_b = math.radians(a["lat"]), math.radians(b["lat"])
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b["lon"] - a["lon"]) / 2) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(half))


def relevant(city: City, ask: Ask) -> list[str]:
    """Ids of the listings that satisfy a question, in the listings' order."""
    by_id = {row["id"]: row for row in city.listings}
    states = dict(ask.states)
    if "name_ids" in states:
        return list(states["name_ids"])
    found = [row for row in city.listings if row["category"] == ask.domain and _holds(city, row, states, by_id)]
    if "order" in states:
        found = _first(found, states, by_id)
    return [row["id"] for row in found]


def _holds(city: City, row: Record, states: Mapping[str, Any], by_id: Mapping[str, Record]) -> bool:
    return (
        all(row.get(key) == states[key] for key in ("subtype", "area", "stars", "price_level") if key in states)
        and _within(row.get("price"), states.get("price_min"), states.get("price_max"))
        and _within(row.get("rating"), states.get("rating_min"), None)
        and _within(row.get("stars"), states.get("stars_min"), states.get("stars_max"))
        and _within(row.get("price_level"), states.get("price_level_min"), states.get("price_level_max"))
        and _lasts(row, states)
        and all(_has(row, asked) for kind in _LISTS for asked in states.get(kind, ()))
        and ("any" not in states or any(_has(row, asked) for asked in states["any"]))
        and not any(_has(row, word) for word in states.get("without", ()))
        and ("subtypes" not in states or row.get("subtype") in states["subtypes"])
        and ("areas" not in states or row.get("area") in states["areas"])
        and row.get("subtype") not in states.get("not_subtype", ())
        and row.get("area") not in states.get("not_area", ())
        and (not states.get("metro") or bool(row.get("metro")))
        and ("near" not in states or _near(row, states, by_id))
        and ("open" not in states or _open(city, row, *states["open"]))
    )


def _within(value: float | None, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _lasts(row: Record, states: Mapping[str, Any]) -> bool:
    if "duration_min" not in states and "duration_max" not in states:
        return True
    low, high = row.get("duration_min"), row.get("duration_max")
    if low is None or high is None:
        return False
    least, most = states.get("duration_min", 0), states.get("duration_max", math.inf)
    return bool(low <= least <= high) if least == most else bool(least <= low and high <= most)


def _has(row: Record, asked: str) -> bool:
    return any(asked in entry for key in _LISTS for entry in (*row.get(key, ()), *row.get(f"{key}_en", ())))


def _near(row: Record, states: Mapping[str, Any], by_id: Mapping[str, Record]) -> bool:
    anchor = by_id[states["near"]]
    if row["id"] == anchor["id"]:
        return False
    if "lat" in anchor:
        return bool(metres(anchor, row) <= states.get("within_m", math.inf))
    return bool(row["id"] in anchor["nearby"][row["category"]])


def _open(city: City, row: Record, day: int, hour: float) -> bool:
    week = city.open_at.get(row["id"], {})
    today = any(start <= hour < end for start, end in week.get(day, ()))
    return today or any(start <= hour + 24 < end for start, end in week.get((day - 1) % 7, ()))


def _first(found: list[Record], states: Mapping[str, Any], by_id: Mapping[str, Record]) -> list[Record]:
    key = states["order"].removeprefix("-")
    sign = -1 if states["order"].startswith("-") else 1
    if key == "distance":
        anchor = by_id[states["near"]]
        valued = [(metres(anchor, row), row) for row in found]
    else:
        valued = [(sign * row[key], row) for row in found if row.get(key) is not None]
    valued.sort(key=lambda pair: pair[0])
    last = valued[min(states.get("top", 1), len(valued)) - 1][0] if valued else 0
    return [row for value, row in valued if value <= last]


def files_of(city: City) -> dict[str, str]:
    """The city's files, by name.

    Raises:
        ValueError: Nothing satisfies a question: its writer erred.
    """
    files = {"listings.jsonl": _lines(city.listings)}
    for split, asks in city.asks.items():
        queries: list[Record] = []
        judged: list[str] = []
        for number, ask in enumerate(asks):
            ids = relevant(city, ask)
            if not ids:
                raise ValueError(f"{city.name}: nothing satisfies {ask.text} {ask.states}")
            query_id = f"{city.name}-{split}-{number:03}"
            queries.append({"id": query_id, "text": ask.text, "domain": ask.domain, "constraints": ask.states})
            queries[-1]["kind"] = ask.kind
            judged += [f"{query_id}\t{listing}\t1" for listing in ids]
        files |= {f"queries_{split}.jsonl": _lines(queries), f"qrels_{split}.tsv": "\n".join(judged) + "\n"}
    return files


def _lines(rows: Sequence[Record]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write(city: City) -> None:
    """Write the city's folder beside this file."""
    folder = HERE / city.name
    folder.mkdir(exist_ok=True)
    for name, text in files_of(city).items():
        (folder / name).write_text(text, encoding="utf-8")
