"""A made-up past for the starter data, so that the merchant's and the board's first pages have something to show.

Every event says that it is made up. A day's events follow from the seed, the date and the listings alone, so that
loading twice stores nothing twice. Days are those of Anji, whose listings these are.
"""

import hashlib
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np

from api.simulating.origins import answers_to
from index.geodesy import distances_m
from index.hours import WeekHours, parse_hours
from index.listing import Category, Listing, ListingRecord
from ledger.events import Call, Directions, Event, Grade, Impression, Open, Payload, Share, Ticket, Visit

#: The made-up farm kitchen in Yucun whose login the first run prints.
DEMO_MERCHANT = "made-up-zhuli-renjia"
#: The part of all trips that leads there.
DEMO_SHARE = 0.085
COUNTY_TZ = ZoneInfo("Asia/Shanghai")

#: Visitor-days that begin with a search here, and those that do not, on a day of average demand.
SEARCHES_A_DAY = 4.8
WALK_INS_A_DAY = 7.2
#: Demand by weekday, Monday first, and on the public holidays that keep their dates.
WEEKDAY_DEMAND = (0.6, 0.6, 0.65, 0.7, 1.05, 1.8, 1.5)
HOLIDAY_DEMAND = 2.2
HOLIDAYS = ((1, 1, 3), (4, 4, 6), (5, 1, 5), (10, 1, 7))
#: Tea picking in April, school holidays in July and August.
SEASON_DEMAND = {4: 1.3, 7: 1.2, 8: 1.2}

#: A page of results, how far around the destination they lie, and how many of them are opened besides it.
PAGE = 10
NEIGHBOURHOOD_M = 8_000
OTHER_OPENS = (0, 0, 1, 1, 2)
#: Probabilities of what follows an open, and of coming on a later day, by then with another day's id.
CALL, DIRECTIONS, SHARE, ARRIVE, ARRIVE_LATER, SECOND_STOP = 0.2, 0.4, 0.05, 0.72, 0.2, 0.3
#: Of a hundred visits, those whose visitor only says so.
STATED = 0.08

#: How likely each hour of the day is for an arrival: meals, an afternoon cup, a check-in, an outing.
_MEALS = (0, 0, 0, 0, 0, 1, 3, 4, 3, 1, 1, 9, 12, 5, 1, 1, 2, 9, 11, 5, 3, 2, 1, 0)
_CUPS = (0, 0, 0, 0, 0, 0, 1, 1, 2, 4, 6, 4, 3, 7, 10, 10, 8, 4, 2, 3, 2, 1, 0, 0)
_CHECK_INS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 8, 10, 9, 8, 6, 4, 3, 2, 0, 0)
_OUTINGS = (0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 10, 6, 3, 7, 9, 6, 2, 0, 0, 0, 0, 0, 0, 0)
_ARRIVALS = {Category.RESTAURANT: _MEALS, Category.HOTEL: _CHECK_INS, Category.ATTRACTION: _OUTINGS}
_CUP_KINDS = frozenset({"茶馆", "咖啡馆", "甜品"})
_MAPS = ("amap", "amap", "amap", "baidu", "baidu", "apple", "geo")

Place = Listing | ListingRecord


def history_events(listings: Iterable[Place], *, seed: int, until: datetime, days: int = 120) -> Iterator[Event]:
    """Yield the events of `days` days up to a moment, in the order of time.

    Real places are only shown and opened; made-up merchants are also called and visited, within their opening hours,
    and some of their guests say where they come from.

    Args:
        listings: In any order; those without coordinates or closed take no part.
        seed: The same seed gives the same day the same events, whatever the others.
        until: With a time zone; nothing happens after it.
        days: Local days, the one of `until` included.
    """
    county = _County(listings)
    if not county.merchants:
        return
    last = until.astimezone(COUNTY_TZ).date()
    dates = (last - timedelta(days=back) for back in range(days))
    happened = [event for day in dates for event in _day(county, seed, day)]
    events = [*happened, *answers_to(happened)]
    yield from sorted((event for event in events if event.at <= until), key=lambda event: (event.at, event.id))


class _County:
    """The places that take part: who is near whom, and how much each merchant draws."""

    def __init__(self, listings: Iterable[Place]) -> None:
        located = [place for place in listings if place.lat is not None and not place.closed]
        self.places = sorted(located, key=lambda place: place.id)
        self.merchants = [row for row, place in enumerate(self.places) if place.made_up]
        self._lats = np.asarray([place.lat for place in self.places], dtype=np.float64)
        self._lons = np.asarray([place.lon for place in self.places], dtype=np.float64)
        self._drawn = self._weigh()
        self._hours = [parse_hours(place.hours) if place.hours else None for place in self.places]

    def destination(self, draw: random.Random) -> int:
        """Draw where a trip leads."""
        return draw.choices(self.merchants, [self._drawn[row] for row in self.merchants])[0]

    def notice(self, near: list[int], size: int, draw: random.Random) -> list[int]:
        """Draw some places that a page shows; those that draw more trips are shown more often, but not as much more.

        Weighted sampling without replacement: P. S. Efraimidis and P. G. Spirakis, Information Processing Letters 97
        (2006) 181-185.
        """
        keys = {row: draw.random() ** (1 / math.sqrt(self._drawn.get(row, 1.0))) for row in near}
        return sorted(near, key=keys.__getitem__, reverse=True)[:size]

    def around(self, row: int) -> list[int]:
        """Return the rows near one, itself left out."""
        distances = distances_m(self._lats[row], self._lons[row], self._lats, self._lons)
        return [int(near) for near in np.flatnonzero(distances < NEIGHBOURHOOD_M) if near != row]

    def arrival(self, row: int, day: date, after: datetime | None, draw: random.Random) -> datetime | None:
        """Draw a time of the day at which a place is open, an hour after another at the earliest; None if none is."""
        place, week = self.places[row], self._hours[row]
        if week is None:
            return None
        profile = _CUPS if place.subtype in _CUP_KINDS else _ARRIVALS[Category(place.category)]
        slots = list(_open_quarters(week, day, after))
        weights = [profile[slot.hour] for slot in slots]
        if not sum(weights):
            return None
        return draw.choices(slots, weights)[0] + timedelta(seconds=draw.randrange(900))

    def _weigh(self) -> dict[int, float]:
        weights: dict[int, float] = {}
        for row in self.merchants:
            place = self.places[row]
            luck = random.Random(place.id).lognormvariate(0, 0.4)  # noqa: S311 - how popular, nothing secret
            weights[row] = luck * math.exp((place.rating or 4.0) - 4.0)
        demo = next((row for row in self.merchants if self.places[row].id == DEMO_MERCHANT), None)
        if demo is not None and len(weights) > 1:
            others = sum(weights.values()) - weights[demo]
            weights[demo] = others * DEMO_SHARE / (1 - DEMO_SHARE)
        return weights


def _open_quarters(week: WeekHours, day: date, after: datetime | None) -> Iterator[datetime]:
    earliest = after + timedelta(hours=1) if after else None
    midnight = datetime.combine(day, time(), COUNTY_TZ)
    for quarter in range(96):
        slot = midnight + timedelta(minutes=15 * quarter)
        if week.is_open(slot) and (earliest is None or slot >= earliest):
            yield slot


def _demand(day: date) -> float:
    """Return how busy a day is, where an average one is about 1."""
    holiday = any(day.month == month and first <= day.day <= last for month, first, last in HOLIDAYS)
    return (HOLIDAY_DEMAND if holiday else WEEKDAY_DEMAND[day.weekday()]) * SEASON_DEMAND.get(day.month, 1.0)


def _day(county: _County, seed: int, day: date) -> Iterator[Event]:
    draw = random.Random(f"{seed}:{day}")  # noqa: S311 - a made-up past must come out the same again
    for number in range(_about(SEARCHES_A_DAY * _demand(day), draw)):
        yield from _searcher(county, _Visitor.on(seed, day, f"search {number}"), draw)
    for number in range(_about(WALK_INS_A_DAY * _demand(day), draw)):
        yield from _walk_in(county, _Visitor.on(seed, day, f"walk-in {number}"), draw)


def _about(mean: float, draw: random.Random) -> int:
    """Draw a count; the normal approximation of a Poisson one is good enough for a made-up past."""
    return max(0, round(draw.gauss(mean, math.sqrt(mean))))


@dataclass(frozen=True, slots=True)
class _Visitor:
    """One visitor on one day; ids of the visitor and of the events follow from `key`."""

    key: str
    day: date
    numbers: "count[int]"

    @classmethod
    def on(cls, seed: int, day: date, name: str) -> "_Visitor":
        return cls(f"{seed}:{day}:{name}", day, count())

    def later(self, days: int) -> "_Visitor":
        """Return the same person on another day, whom nothing but a ticket connects with this one."""
        return _Visitor(f"{self.key}:later", self.day + timedelta(days=days), count())

    def event(self, at: datetime, listing: str, payload: Payload) -> Event:
        return Event(
            id=_id(f"{self.key}:{next(self.numbers)}"),
            at=at,
            listing=listing,
            visitor=_id(self.key),
            made_up=True,
            payload=payload,
        )


def _id(key: str) -> str:
    return f"made-up-{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _searcher(county: _County, visitor: _Visitor, draw: random.Random) -> Iterator[Event]:
    """One who searches here in the morning or at noon, opens some of what is shown, and mostly goes there."""
    at = datetime.combine(visitor.day, time(7), COUNTY_TZ) + timedelta(minutes=draw.randrange(8 * 60))
    goal = county.destination(draw)
    shown = _page(county, goal, draw)
    query = _id(f"{visitor.key}:query")
    understood = (f"category:{Category(county.places[goal].category)}",)
    for position, row in enumerate(shown):
        impression = Impression(query_id=query, position=position, understood=understood)
        yield visitor.event(at, county.places[row].id, impression)
    others = draw.sample([row for row in shown if row != goal], min(draw.choice(OTHER_OPENS), len(shown) - 1))
    for row in (*others, goal):
        at += timedelta(seconds=draw.randint(20, 240))
        yield visitor.event(at, county.places[row].id, Open(query_id=query))
        if county.places[row].made_up:
            yield from _asks(county.places[row].id, visitor, at, draw)
    if draw.random() < ARRIVE:
        yield from _arrives(county, goal, visitor, at, draw)


def _page(county: _County, goal: int, draw: random.Random) -> list[int]:
    """Return what a search shows: neighbours, and the destination among the first."""
    shown = county.notice(county.around(goal), PAGE - 1, draw)
    shown.insert(min(len(shown), draw.choice((0, 0, 1, 1, 2, 3, 5))), goal)
    return shown


def _asks(listing: str, visitor: _Visitor, opened: datetime, draw: random.Random) -> Iterator[Event]:
    after = opened + timedelta(seconds=draw.randint(5, 15))
    if draw.random() < DIRECTIONS:
        yield visitor.event(after, listing, Directions(map=draw.choice(_MAPS)))
    if draw.random() < CALL:
        yield visitor.event(after, listing, Call())
    if draw.random() < SHARE:
        yield visitor.event(after, listing, Share())


def _arrives(county: _County, goal: int, visitor: _Visitor, opened: datetime, draw: random.Random) -> Iterator[Event]:
    """Record the visit that an open led to, today or within three days, attested by the ticket on the device."""
    if draw.random() < ARRIVE_LATER:
        visitor = visitor.later(draw.randint(1, 3))
    arrival = county.arrival(goal, visitor.day, opened, draw)
    if arrival is not None:
        visit = Visit(grade=Grade.SCANNED, ticket=Ticket(opened_at=opened))
        yield visitor.event(arrival, county.places[goal].id, visit)


def _walk_in(county: _County, visitor: _Visitor, draw: random.Random) -> Iterator[Event]:
    """One who came without us and scanned the counter's code, at one or two places near each other."""
    goal = county.destination(draw)
    stops = [goal]
    near = [row for row in county.around(goal) if county.places[row].made_up]
    if near and draw.random() < SECOND_STOP:
        stops.append(draw.choice(near))
    after = None
    for row in stops:
        arrival = county.arrival(row, visitor.day, after, draw)
        if arrival is None:
            continue
        grade = Grade.STATED if draw.random() < STATED else Grade.SCANNED
        yield visitor.event(arrival, county.places[row].id, Visit(grade=grade))
        after = arrival
