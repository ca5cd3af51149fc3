"""The county: townships, merchants with their hours and networks, the days with their weather and their demand."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

import h3

#: Resolution of the cells that scans keep.
CELL_RESOLUTION = 8
KINDS = ("restaurant", "hotel", "attraction")
TOWNSHIPS = 12
#: Where the townships lie (degrees): a county the size of Anji.
LATS, LONS = (30.40, 30.85), (119.30, 119.90)
#: Demand by weekday, Monday first; on holidays; in the rain, by kind.
WEEKDAYS = (0.6, 0.6, 0.65, 0.7, 1.05, 1.8, 1.5)
HOLIDAY = 2.2
HOLIDAYS = ((1, 1, 3), (4, 4, 6), (5, 1, 5), (10, 1, 7))
RAIN = {"restaurant": 0.9, "hotel": 0.95, "attraction": 0.5}
#: The chance that a rainy day follows a rainy one, and a dry one.
RAIN_AFTER = (0.6, 0.25)
#: Mobile networks of the county, and models of telephone, the n-th used in proportion to n to this power.
CARRIER_NETWORKS, CARRIER_FALL = 16, -0.7
MODELS, MODEL_FALL = 300, -0.8
#: Merchants without Wi-Fi of their own.
WITHOUT_WIFI = 0.2


@dataclass(frozen=True, slots=True)
class Merchant:
    """One made-up merchant. `opens` and `closes` are local hours; `appeal` and `lift` say how many come, and why.

    `lift` is the share of visits that having been shown here causes; `locating` is how readily guests give a location.
    """

    id: str
    kind: str
    lat: float
    lon: float
    cell: str
    opens: int
    closes: int
    appeal: float
    lift: float
    network: str
    has_wifi: bool
    locating: float

    def is_open(self, hour: float) -> bool:
        """Whether it is open, with an hour's grace, as a scan records it."""
        return self.opens - 1 <= hour < self.closes + 1


@dataclass(frozen=True)
class County:
    """The merchants, and the days that are simulated."""

    seed: int
    merchants: Sequence[Merchant]
    days: Sequence[date]
    rainy: frozenset[date]
    tz: ZoneInfo

    @cached_property
    def carriers(self) -> tuple[Sequence[str], Sequence[float]]:
        """Mobile networks and how many use each."""
        return [f"carrier-{n}" for n in range(CARRIER_NETWORKS)], [(n + 1) ** CARRIER_FALL for n in range(16)]

    @cached_property
    def models(self) -> tuple[Sequence[str], Sequence[float]]:
        """Models of telephone and how many use each."""
        return [f"model-{n}" for n in range(MODELS)], [(n + 1) ** MODEL_FALL for n in range(MODELS)]

    def demand(self, day: date, kind: str) -> float:
        """Return how many want to go out to such places; an average day has about 1."""
        holiday = any(day.month == month and first <= day.day <= last for month, first, last in HOLIDAYS)
        return (HOLIDAY if holiday else WEEKDAYS[day.weekday()]) * (RAIN[kind] if day in self.rainy else 1.0)

    def at(self, day: date, hour: float) -> datetime:
        """Return the moment of a local hour, which may lie beyond midnight."""
        return datetime.combine(day, time(), self.tz) + timedelta(hours=hour)


def make_county(seed: int, *, merchants: int, first: date, days: int, tz: ZoneInfo) -> County:
    """Make the county of a seed; the same seed gives the same one."""
    draw = Random(f"county {seed}")  # noqa: S311 - a made-up county must come out the same again
    towns = [(draw.uniform(*LATS), draw.uniform(*LONS)) for _ in range(TOWNSHIPS)]
    lifts = {kind: draw.uniform(0.2, 0.6) for kind in KINDS}
    dates = [first + timedelta(days=offset) for offset in range(days)]
    made = [_merchant(seed, number, towns, lifts, draw) for number in range(merchants)]
    return County(seed, made, dates, _rain(dates, draw), tz)


def _merchant(
    seed: int, number: int, towns: Sequence[tuple[float, float]], lifts: dict[str, float], draw: Random
) -> Merchant:
    kind = draw.choices(KINDS, (5, 3, 2))[0]
    lat, lon = towns[number % len(towns)]
    lat, lon = lat + draw.gauss(0, 0.012), lon + draw.gauss(0, 0.014)
    has_wifi = draw.random() >= WITHOUT_WIFI
    opens = {"restaurant": 9, "hotel": 7, "attraction": 8}[kind]
    closes = {"restaurant": 21, "hotel": 23, "attraction": 17}[kind]
    return Merchant(
        id=f"simulated-{seed}-{number:03d}",
        kind=kind,
        lat=lat,
        lon=lon,
        cell=h3.latlng_to_cell(lat, lon, CELL_RESOLUTION),
        opens=opens,
        closes=closes,
        appeal=math.exp(draw.gauss(0, 0.5)),
        lift=min(0.95, max(0.0, lifts[kind] + draw.gauss(0, 0.12))),
        network=f"house-{number}" if has_wifi else f"carrier-{draw.randrange(CARRIER_NETWORKS)}",
        has_wifi=has_wifi,
        locating=min(0.9, max(0.3, draw.gauss(0.65, 0.1))),
    )


def _rain(days: Sequence[date], draw: Random) -> frozenset[date]:
    rainy: list[date] = []
    wet = False
    for day in days:
        wet = draw.random() < RAIN_AFTER[0 if wet else 1]
        if wet:
            rainy.append(day)
    return frozenset(rainy)


def name_of(*parts: object) -> str:
    """Return a short name that follows from its parts: ids and daily hashes of the simulation."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:24]
