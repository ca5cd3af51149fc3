"""How somebody, honest or not, comes to a counter: an open before it, and the visit with what its scan would keep."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from api.simulating.county import County, Merchant, name_of
from ledger.events import Consent, Counter, Event, Grade, Open, Payload, Scan, Ticket, Visit

#: The code's step.
STEP_S = 30


@dataclass(slots=True)
class Phone:
    """One telephone under one visitor id: model, network, cell that it reports (None: none), and whose login it has."""

    visitor: str
    model: str
    network: str
    cell: str | None
    staff_of: str | None = None
    consent: Consent = Consent.DAY
    numbers: Iterator[int] = field(default_factory=count)

    def event(self, at: datetime, listing: str, payload: Payload) -> Event:
        """Return an event of this telephone; its id follows from the visitor and from how many came before."""
        return Event(
            id=name_of("event", self.visitor, next(self.numbers)),
            at=at,
            listing=listing,
            visitor=self.visitor,
            consent=self.consent,
            made_up=True,
            payload=payload,
        )

    def opens(self, at: datetime, merchant: Merchant) -> Event:
        """Open the merchant's page."""
        return self.event(at, merchant.id, Open())

    def scans(
        self,
        county: County,
        merchant: Merchant,
        at: datetime,
        *,
        opened: datetime | None = None,
        scanned: datetime | None = None,
    ) -> Event:
        """Visit; `opened` is on the ticket of the device, `scanned` says when the code was read, if not just now."""
        local = at.astimezone(county.tz)
        day, read = local.date(), scanned or at
        scan = Scan(
            step=int(read.timestamp()) // STEP_S,
            exchange=name_of("exchange", merchant.id, int(read.timestamp())),
            place=merchant.cell,
            asked=True,
            cell=self.cell,
            device=name_of("device", day, self.model),
            network=name_of("network", day, self.network),
            staff_of=self.staff_of,
            own_network=self.network == merchant.network and merchant.has_wifi,
            open=merchant.is_open(local.hour + local.minute / 60),
        )
        ticket = Ticket(opened_at=opened) if opened is not None else None
        return self.event(at, merchant.id, Visit(grade=Grade.SCANNED, ticket=ticket, scan=scan))


def counters(county: County) -> Iterator[Event]:
    """Yield that each merchant shows the counter's code each day."""
    for day in county.days:
        for merchant in county.merchants:
            payload = Counter(
                device=name_of("device", day, "counter", merchant.id), network=name_of("network", day, merchant.network)
            )
            yield Event(
                id=name_of("counter", merchant.id, day),
                at=county.at(day, merchant.opens),
                listing=merchant.id,
                made_up=True,
                payload=payload,
            )


def minutes(number: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=number)
