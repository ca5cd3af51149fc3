"""A place's own page, worked out: facts, description, ways there, its map, and what is like it or near it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from api.directions import directions
from api.pages import cards, wording
from api.pages.page import Frame
from api.replies import ListingBrief, ResultBrief, in_language
from index.errors import NotFound, SnapshotError
from index.hours import parse_hours
from index.listing import Listing
from index.settings import Language

#: Words of a description that search engines and chat previews show, characters.
_SUMMARY = 160
#: Full rows on a desk: four beside each other.
_SIMILAR = 4
_NEARBY = 8
#: Map links that a browser opens in a page of their own; `geo:` belongs to an app on the phone.
_WEB_MAPS = ("amap", "baidu", "apple")


@dataclass(frozen=True, slots=True)
class Description:
    """The description in the reader's language, and in the other one where there is one."""

    text: str
    lang: Language
    only_other: bool
    other: str | None
    other_lang: Language


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the facts; `lang` marks words that are not in the reader's language."""

    label: str
    value: str
    href: str | None = None
    lang: Language | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words under a heading."""

    label: str
    words: Sequence[str]
    lang: Language | None


@dataclass(frozen=True, slots=True)
class Way:
    """A button that leads to a map. `tap_url` is set where opening it makes no request of its own to us."""

    app: str
    label: str
    href: str
    new_window: bool
    tap_url: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that a place's page says."""

    id: str
    url: str
    path: str
    name: str
    name_lang: Language | None
    other_name: str | None
    other_lang: Language | None
    kind: str
    area: str | None
    rating: str | None
    state: str | None
    open_now: bool
    hours: str | None
    made_up: bool
    closed: bool
    summary: str | None
    description: Description | None
    facts: Sequence[Fact]
    groups: Sequence[Words]
    source: str | None
    phone: str | None
    tel: str | None
    directions: Sequence[Way]
    no_directions: str | None
    map: dict[str, Any] | None
    accuracy: str | None
    similar: Sequence[cards.Card]
    nearby: Sequence[cards.Card]
    tap_url: str
    report_url: str
    claim_url: str


def place_of(frame: Frame, listing: Listing) -> Place:
    """Return what a listing's page says."""
    brief = ListingBrief.of(listing, frame.now)
    name, other = wording.names(brief, frame.language)
    path = cards.place_path(listing.id)
    described = _description(frame, listing)
    ways = directions(listing, frame.container.settings, frame.language)
    similar, nearby = _neighbours(frame, listing.id)
    return Place(
        id=listing.id,
        url=frame.root + path,
        path=path,
        name=name,
        name_lang=wording.foreign(name, frame.language),
        other_name=other,
        other_lang=wording.foreign(other, frame.language) if other else None,
        kind=wording.kind(brief, frame.t),
        area=wording.text(listing.area, listing.area_en, frame.language),
        rating=cards.rating(frame, brief),
        state=cards.open_state(frame, brief),
        open_now=bool(brief.open_now),
        hours=cards.hours_today(frame, brief),
        made_up=listing.made_up,
        closed=listing.closed,
        summary=described.text[:_SUMMARY] if described else None,
        description=described,
        facts=list(_facts(frame, listing, brief)),
        groups=list(_groups(frame, listing)),
        source=_source(frame, listing),
        phone=listing.phone,
        tel=_tel(listing.phone),
        directions=[_way(frame, app, url, path) for app, url in ways.links.items()],
        no_directions=ways.reason,
        map=_map(frame, brief, nearby),
        accuracy=_accuracy(frame, brief),
        similar=[cards.card_of(frame, one) for one in similar],
        nearby=[cards.card_of(frame, one) for one in nearby],
        tap_url=f"{path}/tap",
        report_url=f"{path}/report",
        claim_url=f"{path}/claim",
    )


def _description(frame: Frame, listing: Listing) -> Description | None:
    text = wording.text(listing.description, listing.description_en, frame.language)
    if not text:
        return None
    lang = wording.language_of_words(text)
    other = listing.description_en if frame.language == "zh" else listing.description
    has_other = bool(other) and other != text
    return Description(
        text=text,
        lang=lang,
        only_other=lang != frame.language,
        other=other if has_other else None,
        other_lang="en" if frame.language == "zh" else "zh",
    )


def _facts(frame: Frame, listing: Listing, brief: ListingBrief) -> Iterator[Fact]:
    t = frame.t
    address = wording.text(listing.address, listing.address_en, frame.language)
    if address:
        yield Fact(t("listing.address"), address, lang=wording.foreign(address, frame.language))
    price = wording.price(brief, t)
    if price:
        yield Fact(t("listing.price"), price)
    if listing.hours:
        yield Fact(t("listing.hours"), _hours(frame, listing.hours))
    duration = _duration(frame, listing)
    if duration:
        yield Fact(t("listing.duration"), duration)
    if listing.phone:
        yield Fact(t("listing.phone"), listing.phone, _tel(listing.phone))
    website = website_of(listing)
    if website is not None:
        yield Fact(t("listing.website"), urlsplit(website).netloc, f"{cards.place_path(listing.id)}/go/website")
    if listing.metro and listing.metro != "yes":
        yield Fact(t("listing.metro"), listing.metro, lang=wording.foreign(listing.metro, frame.language))


def website_of(listing: Listing) -> str | None:
    """Return the listing's own website, None where there is none that a browser may be led to."""
    website = listing.website
    return website if website and urlsplit(website).scheme in ("http", "https") else None


def _hours(frame: Frame, text: str) -> str:
    week = parse_hours(text)
    return wording.hours_of_week(week, frame.t) if week is not None else text


def _duration(frame: Frame, listing: Listing) -> str | None:
    low, high = listing.duration_min, listing.duration_max
    if low is None and high is None:
        return None
    if low is None or high is None or low == high:
        return frame.t("listing.duration_one", low=f"{low or high:g}")
    return frame.t("listing.duration_value", low=f"{low:g}", high=f"{high:g}")


def _groups(frame: Frame, listing: Listing) -> Iterator[Words]:
    for name in ("dishes", "facilities", "tags"):
        words = in_language(listing, name, frame.language)
        if isinstance(words, list) and words:
            yield Words(frame.t(f"listing.{name}"), words, wording.foreign("".join(words), frame.language))


def _source(frame: Frame, listing: Listing) -> str | None:
    if listing.made_up:
        return None
    said = frame.t("listing.source", source=listing.source)
    return f"{said} · {frame.t('listing.updated', date=listing.updated_at)}" if listing.updated_at else said


def _tel(phone: str | None) -> str | None:
    # Several numbers may stand in one field; the first is called.
    first = (phone or "").replace("；", ";").split(";")[0]
    digits = "".join(char for char in first if char.isascii() and (char.isdigit() or char == "+"))
    return f"tel:{digits}" if digits else None


def _way(frame: Frame, app: str, url: str, path: str) -> Way:
    on_web = app in _WEB_MAPS
    return Way(
        app=app,
        label=frame.t(f"listing.{app}"),
        href=f"{path}/go/{app}" if on_web else url,
        new_window=on_web,
        tap_url=None if on_web else f"{path}/tap",
    )


def _map(frame: Frame, brief: ListingBrief, nearby: Sequence[ResultBrief]) -> dict[str, Any] | None:
    if brief.lat is None:
        return None
    around = [
        cards.map_point(frame, one, mark="·", href=cards.place_path(one.id), kind="other")
        for one in nearby
        if one.lat is not None
    ]
    return cards.map_data(frame, [*around, cards.map_point(frame, brief, mark="●", href="#main")])


def _accuracy(frame: Frame, brief: ListingBrief) -> str | None:
    if not cards.is_approximate(brief):
        return None
    return frame.t("place.accuracy", distance=wording.distance(brief.coordinates_accuracy_m or 0))


def _neighbours(frame: Frame, listing_id: str) -> tuple[list[ResultBrief], list[ResultBrief]]:
    """Return what is like a place and what is near it; nothing for one that the index does not have yet or any more."""
    try:
        finder, hidden = frame.container.finder(), frame.container.hidden_ids()
        similar = finder.similar(listing_id, frame.language, limit=_SIMILAR, hidden=hidden)
        nearby = finder.nearby(listing_id, frame.language, limit=_NEARBY, hidden=hidden)
    except (NotFound, SnapshotError):
        return [], []
    now = frame.now
    return (
        [ResultBrief.of_result(result, now) for result in similar],
        [ResultBrief.of_result(result, now) for result in nearby],
    )
