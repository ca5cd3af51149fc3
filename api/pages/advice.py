"""What a merchant can do today: at most two pieces of advice, each true of their listing and its figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from sqlmodel import Session

from api.pages.page import Frame, Link
from api.replies import in_language
from api.wishes import Wish
from index.hours import parse_hours
from index.listing import Listing
from index.overlay import overlay_of
from ledger.merchant_statistics import MerchantSummary

#: More would not be done after supper.
MOST = 2
#: From so many opens on, asking the way or calling less often than this share says something about the page.
ENOUGH_OPENS = 20
_CAN_ADD = ("facility:", "dish:", "open:")
FEW_ASK = 0.05


@dataclass(frozen=True, slots=True)
class Advice:
    """What was noticed, and a link to where something can be done about it."""

    said: str
    do: Link


def advice(
    frame: Frame, session: Session, own: Sequence[Listing], summary: MerchantSummary, wanted: Sequence[Wish]
) -> list[Advice]:
    """Return what is worth doing first; nothing for who has no open place."""
    opened = [listing for listing in own if not listing.closed]
    if not opened:
        return []
    return list(islice(_all(frame, session, opened, summary, wanted), MOST))


def _all(
    frame: Frame, session: Session, own: Sequence[Listing], summary: MerchantSummary, wanted: Sequence[Wish]
) -> Iterator[Advice]:
    """Yield every advice that holds, the one that loses most guests first."""
    for listing in own:
        yield from _of_hours(frame, listing)
    yield from _of_figures(frame, own[0], summary, wanted)
    for listing in own:
        yield from _of_facts(frame, session, listing)


def _of_hours(frame: Frame, listing: Listing) -> Iterator[Advice]:
    t, name = frame.t, str(in_language(listing, "name", frame.language))
    if not listing.hours:
        yield Advice(t("todo.hours", place=name), _edit(listing, t("todo.hours_do")))
    elif parse_hours(listing.hours) is None:
        yield Advice(t("todo.unread", place=name), _edit(listing, t("todo.unread_do")))


def _of_figures(frame: Frame, listing: Listing, summary: MerchantSummary, wanted: Sequence[Wish]) -> Iterator[Advice]:
    t, asked = frame.t, summary.directions + summary.calls
    if summary.directions and not summary.visits:
        yield Advice(t("todo.counter"), Link("/merchant/counter", t("todo.counter_do")))
    # What a search limits the price to, or another kind of place, is nothing that can be added.
    for wish in [wish for wish in wanted if wish.id.startswith(_CAN_ADD)][:1]:
        yield Advice(t("todo.wanted", n=wish.visitors, label=wish.label), _edit(listing, t("todo.wanted_do")))
    if summary.opens >= ENOUGH_OPENS and asked < FEW_ASK * summary.opens:
        said = t("todo.leaving" if asked else "todo.leaving_none", opens=f"{summary.opens:,}", asked=f"{asked:,}")
        yield Advice(said, _edit(listing, t("todo.leaving_do")))


def _of_facts(frame: Frame, session: Session, listing: Listing) -> Iterator[Advice]:
    t, name = frame.t, str(in_language(listing, "name", frame.language))
    if listing.price is None:
        yield Advice(t("todo.price", place=name), _edit(listing, t("todo.price_do")))
    if not listing.phone:
        yield Advice(t("todo.phone", place=name), _edit(listing, t("todo.phone_do")))
    if listing.hours and not listing.made_up and "hours" not in overlay_of(session, listing.id):
        yield Advice(t("todo.confirm", place=name), _edit(listing, t("todo.confirm_do")))


def _edit(listing: Listing, label: str) -> Link:
    return Link(f"/merchant/listing?{urlencode({'listing': listing.id})}", label)
