"""What is noticed when a code is scanned or typed, for the checks on visits: coarse, hashed, and new every day.

A device's model and its network become hashes under the service's secret and the day, so that two scans of one day can
be told to be of one device, and no two days can be connected. A position, where the visitor gives one, becomes an H3
cell of about 0.7 square kilometres; nothing finer is kept.
"""

import base64
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session
from starlette.requests import Request

from api import accounts
from api.auth import client_address, is_https
from api.container import Container
from api.staff_devices import staff_of
from api.visitors import new_event_id
from index.database import reading
from index.listing import Listing
from ledger.codes import check_arrival, read_at, step_of
from ledger.events import Counter, Event, Scan
from ledger.periods import Period
from ledger.reading import LoggedEvent, events_of

_log = structlog.get_logger(__name__)

#: Resolution of the cells that are kept.
RESOLUTION = 8
#: Opening hours are kept loosely: a visit so long before or after them is within them.
GRACE = timedelta(hours=1)
#: Addresses of one network: those that share so many leading bits.
_NETWORK_BITS = {4: 24, 6: 48}
#: Coordinates that are this uncertain, metres, say nothing about where a device was.
_TOO_COARSE_M = 2_000
_NORTHMOST, _EASTMOST = 90.0, 180.0
#: Where browsers tell a position without HTTPS.
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a request: what it says of itself, its network, the merchant whose device it is, its position.

    `asked` says that the visitor was asked for a position, whether or not one was given.
    """

    model: str
    network: str
    merchant: str | None = None
    position: tuple[float, float] | None = None
    asked: bool = False


def device_of(
    request: Request, container: Container, *, position: tuple[float, float] | None = None, asked: bool = False
) -> Device:
    """Return the device that sent a request."""
    said = (request.headers.get(name, "") for name in ("user-agent", "accept-language", "sec-ch-ua"))
    return Device(
        "\n".join(said),
        network_of(client_address(request)),
        staff_of(request, container),
        position,
        asked or position is not None,
    )


def can_be_asked(request: Request, container: Container) -> bool:
    """Whether a browser would tell its position here: it does so over HTTPS, and on the machine itself.

    The server decides this and not the form, or whoever has something to hide would say that nobody asked.
    """
    return is_https(container) or request.url.hostname in _LOCAL


def position_of(lat: str, lon: str) -> tuple[float, float] | None:
    """Return the position that a form's fields hold, None when there is none that can be one."""
    try:
        found = float(lat), float(lon)
    except ValueError:
        return None
    return found if abs(found[0]) <= _NORTHMOST and abs(found[1]) <= _EASTMOST else None


def network_of(address: str) -> str:
    """Return the network of an address: an IPv4 /24 or an IPv6 /48, or the text itself where it is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS[parsed.version]), strict=False))


def scan_of(
    session: Session, container: Container, listing: Listing, device: Device, *, token: str | None, now: datetime
) -> Scan:
    """Return what is kept of a scan; `token` is the code or the arrival that was read, None for typed digits."""
    import h3

    read = read_at(container.secret, token) if token is not None else None
    exchanged = token is not None and check_arrival(container.secret, token, now) is not None
    located = listing.lat is not None and (listing.coordinates_accuracy_m or 0) <= _TOO_COARSE_M
    network = _hashed(container, now, "network", device.network)
    return Scan(
        step=step_of(read or now),
        exchange=_hashed(container, now, "exchange", token) if exchanged and token is not None else None,
        place=h3.latlng_to_cell(listing.lat, listing.lon, RESOLUTION) if located else None,
        asked=device.asked,
        cell=h3.latlng_to_cell(*device.position, RESOLUTION) if device.position is not None else None,
        device=_hashed(container, now, "device", device.model),
        network=network,
        staff_of=_staff_of(session, device, listing),
        own_network=network in _counter_networks(session, container, listing, now),
        open=_is_open(container, listing, now),
    )


def note_counter(request: Request, container: Container, listing: str) -> None:
    """Record that a merchant's device showed the counter's code: once a day for each device and network.

    A failure to record is logged and does not keep the merchant from the code.
    """
    device, now = device_of(request, container), container.clock()
    payload = Counter(
        device=_hashed(container, now, "device", device.model),
        network=_hashed(container, now, "network", device.network),
    )
    try:
        with reading(container.engine) as session:
            if payload in (logged.event.payload for logged in _counters(session, container, listing, now)):
                return
        container.recorder.record([Event(id=new_event_id(), at=now, listing=listing, payload=payload)])
    except Exception:  # noqa: BLE001 - the code is worth more than its record
        _log.exception("counter not recorded", listing=listing)


def _counters(session: Session, container: Container, listing: str, now: datetime) -> list[LoggedEvent]:
    return list(events_of(session, [listing], Period.day_of(now, container.settings.tz), ["counter"]))


def _counter_networks(session: Session, container: Container, listing: Listing, now: datetime) -> set[str]:
    payloads = (logged.event.payload for logged in _counters(session, container, listing.id, now))
    return {payload.network for payload in payloads if isinstance(payload, Counter)}


def _staff_of(session: Session, device: Device, listing: Listing) -> str | None:
    if device.merchant is None:
        return None
    own = [each.id for each in accounts.listings_of(session, device.merchant)]
    return listing.id if listing.id in own else next(iter(own), None)


def _is_open(container: Container, listing: Listing, now: datetime) -> bool | None:
    from index.hours import parse_hours

    week = parse_hours(listing.hours) if listing.hours else None
    if week is None:
        return None
    local = now.astimezone(container.settings.tz)
    return any(week.is_open(local + shift) for shift in (-GRACE, timedelta(0), GRACE))


def _hashed(container: Container, now: datetime, purpose: str, said: str) -> str:
    day = now.astimezone(container.settings.tz).date()
    key = hmac.digest(container.secret, f"scan {purpose} {day}".encode(), "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, said.encode("utf-8", "replace"), "sha256")[:12]).decode()
