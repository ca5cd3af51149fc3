"""A place as it is shown in a list: everything worked out, so that templates only lay it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.directions import ROUGHEST_M
from api.pages import wording
from api.pages.page import Frame
from api.replies import ListingBrief, ResultBrief
from index.hours import parse_hours
from index.settings import Language


@dataclass(frozen=True, slots=True)
class Card:
    """A place in a list. Texts are in the reader's language; `*_lang` marks those that are not."""

    id: str
    href: str
    anchor: str
    position: int
    name: str
    name_lang: Language | None
    other_name: str | None
    other_lang: Language | None
    kind: str
    area: str | None
    price: str | None
    rating: str | None
    hours: str | None
    state: str | None
    open_now: bool
    distance: str | None
    reasons: tuple[str, ...]
    made_up: bool


def place_path(listing_id: str) -> str:
    """Return the address of a place's page."""
    return f"/listings/{quote(listing_id, safe='')}"


def card_of(frame: Frame, result: ResultBrief, position: int = 0, *, query: str = "") -> Card:
    """Return a result as a card; `query` is put behind the address, to say which search led there."""
    name, other = wording.names(result, frame.language)
    return Card(
        id=result.id,
        href=place_path(result.id) + query,
        anchor=f"place-{position}",
        position=position,
        name=name,
        name_lang=wording.foreign(name, frame.language),
        other_name=other,
        other_lang=wording.foreign(other, frame.language) if other else None,
        kind=wording.kind(result, frame.t),
        area=wording.text(result.area, result.area_en, frame.language),
        price=wording.price(result, frame.t),
        rating=rating(frame, result),
        hours=hours_today(frame, result),
        state=open_state(frame, result),
        open_now=bool(result.open_now),
        distance=_distance(frame, result),
        reasons=tuple(result.reasons),
        made_up=result.made_up,
    )


def rating(frame: Frame, listing: ListingBrief) -> str | None:
    """Return how guests rate it, and its stars, None when neither is known."""
    said = []
    if listing.rating is not None:
        said.append(frame.t("place.rating", rating=f"{listing.rating:g}"))
    if listing.stars:
        said.append(frame.t("place.stars", stars=f"{listing.stars:g}"))
    return " · ".join(said) or None


def open_state(frame: Frame, listing: ListingBrief) -> str | None:
    """Return whether it is open now, None where that is not known."""
    if listing.open_now is None:
        return None
    return frame.t("place.open_now" if listing.open_now else "place.closed_now")


def hours_today(frame: Frame, listing: ListingBrief) -> str | None:
    """Return today's hours, None where they are not known."""
    week = parse_hours(listing.hours)
    return wording.hours_today(week, frame.now, frame.t) if week is not None else None


def map_data(frame: Frame, points: Sequence[dict[str, Any]], origin: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the map draws: points with marks and labels, where the asker is, the tiles, and its own words."""
    t = frame.t
    return {
        "places": list(points),
        "origin": origin,
        "tiles": frame.container.settings.tiles,
        "words": {
            "NavigationControl.ZoomIn": t("map.zoom_in"),
            "NavigationControl.ZoomOut": t("map.zoom_out"),
            "Map.Title": t("map.title"),
            "CooperativeGesturesHandler.WindowsHelpText": t("map.use_ctrl"),
            "CooperativeGesturesHandler.MacHelpText": t("map.use_cmd"),
            "CooperativeGesturesHandler.MobileHelpText": t("map.two_fingers"),
        },
    }


def map_point(
    frame: Frame, listing: ListingBrief, *, mark: str, href: str, card: str | None = None, kind: str = ""
) -> dict[str, Any]:
    """Return a place with known coordinates as a point of the map."""
    name, _ = wording.names(listing, frame.language)
    rough = is_approximate(listing)
    label = (f"{mark}. {name}" if mark.isdecimal() else name) + (f" ({frame.t('map.approximate')})" if rough else "")
    return {
        "lat": listing.lat,
        "lon": listing.lon,
        "accuracy_m": listing.coordinates_accuracy_m or 0,
        "approximate": rough,
        "mark": mark,
        "label": label,
        "href": href,
        "card": card,
        "kind": kind,
    }


def is_approximate(listing: ListingBrief) -> bool:
    """Whether the coordinates may lie too far off to lead somebody there."""
    return (listing.coordinates_accuracy_m or 0) > ROUGHEST_M


def _distance(frame: Frame, result: ResultBrief) -> str | None:
    if result.distance_m is None:
        return None
    return wording.distance_away(result.distance_m, result.distance_accuracy_m, frame.t, approximate=result.approximate)
