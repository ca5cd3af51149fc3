"""Honest people: tourists who search or walk in, come in parties and in buses, a few who come every week."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from random import Random

import h3

from api.simulating.county import CELL_RESOLUTION, County, Merchant, name_of
from api.simulating.scanning import Phone, minutes
from ledger.events import Consent, Event, Impression, Withheld
from recommender.holding import hold_out, window_of

#: Searchers and walk-ins a day for each merchant of the county, on a day of average demand.
SEARCHERS, WALK_INS = 1.5, 2.5
#: A page of results, and the chances to open one and to go to one that was shown, for an average taste.
PAGE, OPENED, WENT = 8, 0.15, 0.06
#: How much a visitor's taste for a kind of place differs (lognormal), and how many stay for so many days.
TASTE, TRIP_DAYS = 0.6, (0.55, 0.3, 0.1, 0.05)
#: Visitors who asked to be remembered; on the house's Wi-Fi; whose location is wrong by more than five kilometres.
REMEMBERED, ON_WIFI, WRONG_CELL = 0.2, 0.25, 0.002
#: Guests who scan more than an hour after closing; merchants' own people who eat at a neighbour's once a month.
LATE, NEIGHBOURS = 0.002, 0.5
#: Party sizes; the chance that each of them scans; buses on a merchant's day, their guests who scan, in how long.
PARTIES, SCANS = (0.3, 0.45, 0.15, 0.1), 0.5
BUSES, BUS_GUESTS, BUS_MINUTES = 0.004, (12, 28), 12.0
#: Regulars among the county's people for each merchant: they come every week.
REGULARS = 0.1
#: Hold-out in the simulation: share and length of a window in days.
WITHHELD, WINDOW_DAYS = 0.05, 7


@dataclass(frozen=True, slots=True)
class Tastes:
    """What a visitor likes, by kind of place."""

    by_kind: dict[str, float]

    @classmethod
    def drawn(cls, draw: Random) -> "Tastes":
        """Draw the tastes of a visitor."""
        return cls({kind: draw.lognormvariate(0, TASTE) for kind in ("restaurant", "hotel", "attraction")})


def honest_events(county: County) -> Iterator[Event]:
    """Yield what honest people do, day by day."""
    draw = Random(f"tourists {county.seed}")  # noqa: S311 - must come out the same again
    for day in county.days:
        for number in range(_poisson(SEARCHERS * len(county.merchants) * county.demand(day, "hotel"), draw)):
            yield from _searcher(county, day, number, draw)
        for merchant in county.merchants:
            yield from _walk_ins(county, merchant, day, draw)
            if draw.random() < BUSES:
                yield from _bus(county, merchant, day, draw)
    yield from _regulars(county, draw)
    yield from _neighbours(county, draw)


def _searcher(county: County, day: date, number: int, draw: Random) -> Iterator[Event]:
    """One who searches, is shown a page, opens some of it, and goes to some; on each day of the trip."""
    tastes, remembered = Tastes.drawn(draw), draw.random() < REMEMBERED
    for later in range(draw.choices(range(1, 5), TRIP_DAYS)[0]):
        ordinal = county.days.index(day) + later
        if ordinal >= len(county.days):
            return
        today = county.days[ordinal]
        name = name_of("searcher", county.seed, day, number, 0 if remembered else later)
        yield from _search(county, today, name, tastes, remembered=remembered, draw=draw, later=later)


def _search(
    county: County, day: date, visitor: str, tastes: Tastes, *, remembered: bool, draw: Random, later: int
) -> Iterator[Event]:
    consent = Consent.REMEMBERED if remembered else Consent.DAY
    phone = _phone(county, visitor, draw, consent)
    phone.numbers = count(1_000 * later)
    at = county.at(day, draw.uniform(7, 13))
    query, free = name_of("query", visitor, later), at
    for position, merchant in enumerate(_page(county, draw)):
        key = county.seed.to_bytes(8)
        withheld = hold_out(key, visitor, merchant.id, window_of(day, WINDOW_DAYS), share=WITHHELD)
        payload = (
            Withheld(query_id=query, position=position, propensity=WITHHELD)
            if withheld
            else Impression(query_id=query, position=position, propensity=1 - WITHHELD)
        )
        yield phone.event(at, merchant.id, payload)
        liking = tastes.by_kind[merchant.kind] * merchant.appeal * county.demand(day, merchant.kind)
        went = min(0.9, WENT * liking * (1 - merchant.lift if withheld else 1.0))
        opened = None
        if not withheld and draw.random() < min(0.9, OPENED * liking):
            opened = at + minutes(draw.uniform(1, 10))
            yield phone.opens(opened, merchant)
        if draw.random() < went:
            arrival = _arrival(county, merchant, day, draw, max(free, opened or at))
            if arrival < county.at(day, merchant.closes):
                free = arrival  # one is at one place at a time, and the county is an hour wide
                _sit_down(phone, merchant, draw)
                yield phone.scans(county, merchant, arrival, opened=opened)


def _page(county: County, draw: Random) -> Sequence[Merchant]:
    keys = {each.id: draw.random() ** (1 / math.sqrt(each.appeal)) for each in county.merchants}
    return sorted(county.merchants, key=lambda each: keys[each.id], reverse=True)[:PAGE]


def _walk_ins(county: County, merchant: Merchant, day: date, draw: Random) -> Iterator[Event]:
    """Yield parties who came without us; some of each party scan, within minutes."""
    for party in range(_poisson(WALK_INS * merchant.appeal * county.demand(day, merchant.kind), draw)):
        base = _arrival(county, merchant, day, draw, None)
        for member in range(draw.choices(range(1, 5), PARTIES)[0]):
            if draw.random() < SCANS:
                phone = _phone(county, name_of("walk-in", merchant.id, day, party, member), draw, Consent.DAY)
                _sit_down(phone, merchant, draw)
                yield phone.scans(county, merchant, base + minutes(draw.uniform(0, 8)))


def _bus(county: County, merchant: Merchant, day: date, draw: Random) -> Iterator[Event]:
    base = _arrival(county, merchant, day, draw, None)
    for guest in range(draw.randint(*BUS_GUESTS)):
        phone = _phone(county, name_of("bus", merchant.id, day, guest), draw, Consent.DAY)
        _sit_down(phone, merchant, draw)
        yield phone.scans(county, merchant, base + minutes(draw.uniform(0, BUS_MINUTES)))


def _regulars(county: County, draw: Random) -> Iterator[Event]:
    for merchant in county.merchants:
        if draw.random() >= REGULARS:
            continue
        phone = _phone(county, name_of("regular", merchant.id), draw, Consent.REMEMBERED)
        for day in county.days[draw.randrange(7) :: 7]:
            _sit_down(phone, merchant, draw)
            yield phone.scans(county, merchant, _arrival(county, merchant, day, draw, None))


def _neighbours(county: County, draw: Random) -> Iterator[Event]:
    """Yield merchants' own people, logged in, who eat at another's place, as neighbours do."""
    for merchant in county.merchants:
        if draw.random() < NEIGHBOURS:
            other = draw.choice([each for each in county.merchants if each is not merchant])
            phone = _phone(county, name_of("neighbour", merchant.id), draw, Consent.DAY)
            phone.staff_of = merchant.id
            _sit_down(phone, other, draw)
            yield phone.scans(county, other, _arrival(county, other, draw.choice(county.days), draw, None))


def _arrival(county: County, merchant: Merchant, day: date, draw: Random, after: datetime | None) -> datetime:
    """Draw a time within the hours, an hour apart from what came before; rarely one after closing."""
    if draw.random() < LATE:
        return county.at(day, merchant.closes + draw.uniform(1.1, 2))
    drawn = county.at(day, draw.triangular(merchant.opens, merchant.closes - 0.1))
    return drawn if after is None else max(drawn, after + minutes(draw.uniform(60, 120)))


def _phone(county: County, visitor: str, draw: Random, consent: Consent) -> Phone:
    model = draw.choices(*county.models)[0]
    return Phone(visitor, model, draw.choices(*county.carriers)[0], None, consent=consent)


def _sit_down(phone: Phone, merchant: Merchant, draw: Random) -> None:
    """Set what the telephone says at this merchant's: its network and, when the guest agrees, its cell."""
    if merchant.has_wifi and draw.random() < ON_WIFI:
        phone.network = merchant.network
    phone.cell = None
    if draw.random() < merchant.locating:
        wrong = draw.random() < WRONG_CELL
        lat, lon = draw.gauss(merchant.lat, 0.1 if wrong else 0.002), draw.gauss(merchant.lon, 0.002)
        phone.cell = h3.latlng_to_cell(lat, lon, CELL_RESOLUTION)


def _poisson(mean: float, draw: Random) -> int:
    """Draw a Poisson number by its exponential gaps (D. Knuth, "The Art of Computer Programming", 3.4.1)."""
    number, left = 0, draw.expovariate(1.0)
    while left < mean:
        number += 1
        left += draw.expovariate(1.0)
    return number
