"""Eight kinds of attackers, each at its published strength, with what it costs them.

Every attacker also opens the merchant's page before each visit, so that the visits would count as referred.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random

import h3

from api.simulating.county import County, Merchant, name_of
from api.simulating.scanning import Phone, minutes
from ledger.events import Event


class Attack(StrEnum):
    """What an attacker does."""

    SELF = "self-visits"
    DEVICE = "one device"
    FORWARDED = "forwarded photo"
    REPLAY = "replayed scan"
    BURST = "burst of emulators"
    CLOSED = "closed hours"
    TRAVEL = "sold identities"
    RING = "merchant ring"


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong an attack is: merchants who take part, telephones, scans a day at all of them, and how it is done."""

    merchants: int
    telephones: int
    scans_a_day: int
    how: str


STRENGTHS = {
    Attack.SELF: Strength(1, 3, 10, "owner and two of staff scan with telephones that are logged in as the merchant"),
    Attack.DEVICE: Strength(1, 1, 20, "one telephone clears its cookies before each scan, and gives its location"),
    Attack.FORWARDED: Strength(
        1, 30, 30, "a photograph of the code in a chat; 7 of 10 give no location, others theirs"
    ),
    Attack.REPLAY: Strength(1, 25, 25, "one scan's link is passed on for ten minutes; all fake the place's location"),
    Attack.BURST: Strength(1, 40, 40, "emulators behind one router scan within eight minutes and fake the location"),
    Attack.CLOSED: Strength(1, 12, 12, "borrowed telephones of guests scan at night, at the place"),
    Attack.TRAVEL: Strength(10, 6, 60, "six identities are sold to ten merchants and scan at all within half an hour"),
    Attack.RING: Strength(6, 6, 18, "six merchants send their people, logged in, to three others each day"),
}


@dataclass(frozen=True, slots=True)
class Attacked:
    """One event of an attack, and of which."""

    event: Event
    attack: Attack


def attack_events(county: County, attacks: Sequence[Attack] = tuple(Attack)) -> Iterator[Attacked]:
    """Yield what the attackers do; each attack has victims or buyers of its own, as far as there are merchants."""
    draw = Random(f"attackers {county.seed}")  # noqa: S311 - must come out the same again
    # The order is drawn, so that no attack always falls on merchants of one township.
    pool = draw.sample(list(county.merchants), len(county.merchants))
    for attack in attacks:
        wanted = STRENGTHS[attack].merchants
        buyers, pool = pool[:wanted], pool[wanted:]
        if len(buyers) < wanted:
            raise ValueError(f"the county has too few merchants for the attack {attack.value!r}")
        for day in county.days:
            for event in _ATTACKS[attack](county, buyers, day, draw):
                yield Attacked(event, attack)


def _pair(
    county: County,
    merchant: Merchant,
    phone: Phone,
    day: date,
    hour: float,
    draw: Random,
    scanned_hour: float | None = None,
) -> Iterator[Event]:
    """Open the page, and scan later."""
    at = county.at(day, hour)
    opened = at - minutes(draw.uniform(5, 50))
    scanned = None if scanned_hour is None else county.at(day, scanned_hour)
    yield phone.opens(opened, merchant)
    yield phone.scans(county, merchant, at, opened=opened, scanned=scanned)


def _fresh(county: County, day: date, draw: Random, *key: object, cell: str | None) -> Phone:
    model, network = draw.choices(*county.models)[0], draw.choices(*county.carriers)[0]
    return Phone(name_of("attacker", county.seed, day, *key), model, network, cell)


def _self_visits(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    [merchant] = buyers
    for number in range(STRENGTHS[Attack.SELF].scans_a_day):
        phone = _fresh(county, day, draw, "self", number, cell=merchant.cell)
        phone.staff_of, phone.network = merchant.id, merchant.network
        yield from _pair(county, merchant, phone, day, draw.uniform(merchant.opens, merchant.closes), draw)


def _one_device(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    [merchant] = buyers
    same = _fresh(county, day, draw, "device", cell=merchant.cell)
    for number in range(STRENGTHS[Attack.DEVICE].scans_a_day):
        phone = Phone(name_of("attacker", county.seed, day, "device", number), same.model, same.network, merchant.cell)
        yield from _pair(county, merchant, phone, day, draw.uniform(merchant.opens, merchant.closes), draw)


def _forwarded_photo(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    [merchant] = buyers
    shown = draw.uniform(merchant.opens, merchant.closes - 1)
    for number in range(STRENGTHS[Attack.FORWARDED].scans_a_day):
        elsewhere = h3.latlng_to_cell(draw.uniform(30.0, 31.3), draw.uniform(120.3, 121.5), 8)
        cell = elsewhere if draw.random() < 0.3 else None  # noqa: PLR2004 - as `STRENGTHS` says
        phone = _fresh(county, day, draw, "forwarded", number, cell=cell)
        # A code is taken for at most a minute; who is late by a step has the next one's photograph.
        yield from _pair(county, merchant, phone, day, shown + draw.uniform(0, 50) / 3600, draw, shown)


def _replayed_scan(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    [merchant] = buyers
    read = draw.uniform(merchant.opens, merchant.closes - 1)
    for number in range(STRENGTHS[Attack.REPLAY].scans_a_day):
        phone = _fresh(county, day, draw, "replay", number, cell=merchant.cell)
        yield from _pair(county, merchant, phone, day, read + draw.uniform(0, 10) / 60, draw, read)


def _burst(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    [merchant] = buyers
    start = draw.uniform(merchant.opens, merchant.closes - 1)
    for number in range(STRENGTHS[Attack.BURST].scans_a_day):
        phone = _fresh(county, day, draw, "burst", number, cell=merchant.cell)
        phone.network = "farm"
        yield from _pair(county, merchant, phone, day, start + draw.uniform(0, 8) / 60, draw)


def _closed_hours(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    [merchant] = buyers
    for number in range(STRENGTHS[Attack.CLOSED].scans_a_day):
        phone = _fresh(county, day, draw, "closed", number, cell=merchant.cell)
        yield from (
            _pair(county, merchant, phone, day, draw.uniform(merchant.closes + 1.2, 24), draw)
            if (
                merchant.closes + 1.2 < 24  # noqa: PLR2004 - midnight
            )
            else _pair(county, merchant, phone, day, draw.uniform(1, merchant.opens - 1.2), draw)
        )


def _sold_identities(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    for number in range(STRENGTHS[Attack.TRAVEL].telephones):
        phone = _fresh(county, day, draw, "travel", number, cell=None)
        start = draw.uniform(10, 16)
        route = draw.sample(list(buyers), len(buyers))
        for stop, merchant in enumerate(route):
            phone.cell = merchant.cell
            yield from _pair(county, merchant, phone, day, start + 3 * stop / 60, draw)


def _ring(county: County, buyers: Sequence[Merchant], day: date, draw: Random) -> Iterator[Event]:
    for visiting in buyers:
        for stop, merchant in enumerate(draw.sample([each for each in buyers if each is not visiting], 3)):
            phone = _fresh(county, day, draw, "ring", visiting.id, stop, cell=merchant.cell)
            phone.staff_of = visiting.id
            yield from _pair(county, merchant, phone, day, draw.uniform(merchant.opens, merchant.closes), draw)


_ATTACKS: dict[Attack, Callable[[County, Sequence[Merchant], date, Random], Iterator[Event]]] = {
    Attack.SELF: _self_visits,
    Attack.DEVICE: _one_device,
    Attack.FORWARDED: _forwarded_photo,
    Attack.REPLAY: _replayed_scan,
    Attack.BURST: _burst,
    Attack.CLOSED: _closed_hours,
    Attack.TRAVEL: _sold_identities,
    Attack.RING: _ring,
}
