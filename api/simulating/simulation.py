"""One simulated month: the events in the order of time, and the truth about each visit, kept aside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from api.simulating.attacks import Attack, attack_events
from api.simulating.county import County, make_county
from api.simulating.origins import answers_to
from api.simulating.scanning import counters
from api.simulating.tourists import honest_events
from ledger.events import Event

#: When nothing else is asked for.
FIRST_DAY = date(2026, 9, 1)
COUNTY_TZ = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Simulated:
    """A county's month. `truth` says of each visit, by the event's id, which attack made it; None for honest ones."""

    county: County
    events: Sequence[Event]
    truth: Mapping[str, Attack | None]

    def listings(self) -> Iterator[dict[str, object]]:
        """Yield the merchants as rows of a listings file, each marked as made up."""
        for number, merchant in enumerate(self.county.merchants):
            yield {
                "id": merchant.id,
                "source": "simulated",
                "category": merchant.kind,
                "name": f"模拟商户{number + 1}号",
                "name_en": f"Simulated Merchant {number + 1}",
                "lat": round(merchant.lat, 6),
                "lon": round(merchant.lon, 6),
                "hours": f"Mo-Su {merchant.opens:02d}:00-{merchant.closes:02d}:00",
                "made_up": True,
            }


def simulate(
    seed: int,
    *,
    merchants: int = 40,
    days: int = 30,
    first: date = FIRST_DAY,
    attacks: Sequence[Attack] = tuple(Attack),
) -> Simulated:
    """Simulate a county; the same seed and sizes give the same events.

    Args:
        seed: Not negative.
        merchants: How many; all eight attacks together need 22.
        days: Whole local days.
        first: The first of them.
        attacks: Which attackers there are.
    """
    county = make_county(seed, merchants=merchants, first=first, days=days, tz=COUNTY_TZ)
    honest = list(honest_events(county))
    attacked = list(attack_events(county, attacks))
    truth: dict[str, Attack | None] = {event.id: None for event in honest if event.kind == "visit"}
    truth |= {each.event.id: each.attack for each in attacked if each.event.kind == "visit"}
    happened = [*counters(county), *honest, *(each.event for each in attacked)]
    # Attackers answer like everybody else, so that answers give nobody away.
    events = [*happened, *answers_to(happened)]
    return Simulated(county, sorted(events, key=lambda event: (event.at, event.id)), truth)
