"""What the interface says of a listing, shared by search, browse, similar and near."""

from datetime import datetime
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from api.naming import ShownName, shown_name, shown_names
from index.hours import WeekHours, parse_hours
from index.listing import Category, Listing
from index.settings import Language
from recommender.result import Result


class ListingBrief(BaseModel):
    """A listing as lists show it. Prices are a head, a night or a ticket; distances metres; coordinates WGS 84."""

    id: str = Field(examples=["made-up-zhulinrenjia"])
    source: str = Field(examples=["starter"])
    name: str = Field(examples=["竹里人家农家乐"])
    name_en: str | None = Field(None, examples=["Bamboo Hamlet Farm Stay"])
    shown: dict[Language, ShownName] = Field(
        description="What it is called for a reader of each language: their own, English, pinyin, or as it stands."
    )
    category: Category
    subtype: str | None = Field(None, examples=["农家乐"])
    subtype_en: str | None = Field(None, examples=["farm stay"])
    area: str | None = Field(None, examples=["天荒坪镇"])
    area_en: str | None = Field(None, examples=["Tianhuangping"])
    address: str | None = None
    address_en: str | None = None
    price: float | None = Field(None, examples=[68])
    price_unit: str = Field(description="`head`, `night` or `ticket`.", examples=["head"])
    price_level: int | None = None
    currency: str = Field(examples=["RMB"])
    rating: float | None = Field(None, examples=[4.6])
    stars: float | None = None
    hours: str | None = Field(None, examples=["Mo-Su 09:00-21:00"])
    open_now: bool | None = Field(None, description="Null where the hours are not known.")
    phone: str | None = None
    lat: float | None = Field(None, examples=[30.55])
    lon: float | None = Field(None, examples=[119.61])
    coordinates_accuracy_m: float | None = Field(None, description="How far off the coordinates may be.")
    made_up: bool = Field(description="True for the made-up sample merchants of the starter data.")

    @classmethod
    def of(cls, listing: Listing, local: datetime) -> Self:
        """Return the brief of a listing at a local time of the county."""
        return cls(**_facts(listing, local))


class ResultBrief(ListingBrief):
    """A listing of an answer: `terms` sum to `score`, `reasons` are true of the listing."""

    score: float = Field(examples=[1.83])
    terms: dict[str, float] = Field(examples=[{"meaning": 0.61, "price": 0.2}])
    reasons: list[str] = Field(examples=[["人均68元，在80元以内"]])
    distance_m: float | None = Field(None, description="From the place asked about; null where there is none.")
    distance_accuracy_m: float = Field(0.0, description="How far off the distance may be.")
    approximate: bool = Field(description="Whether the distance is only known roughly.")

    @classmethod
    def of_result(cls, result: Result, local: datetime) -> Self:
        """Return the brief of a result at a local time of the county."""
        return cls(
            **_facts(result.listing, local),
            score=result.score,
            terms=result.terms,
            reasons=list(result.reasons),
            distance_m=result.distance_m,
            distance_accuracy_m=result.accuracy_m,
            approximate=result.approximate,
        )


class ListingFull(ListingBrief):
    """All that is known of a listing. `display` repeats its words in the language of the reply."""

    description: str | None = None
    description_en: str | None = None
    website: str | None = None
    photos: list[str] = Field(default_factory=list)
    duration_min: float | None = Field(None, description="Hours that a visit takes, at least.")
    duration_max: float | None = None
    facilities: list[str] = Field(default_factory=list)
    facilities_en: list[str] = Field(default_factory=list)
    dishes: list[str] = Field(default_factory=list)
    dishes_en: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    tags_en: list[str] = Field(default_factory=list)
    metro: str | None = None
    closed: bool
    updated_at: str | None = None
    display: "Display"

    @classmethod
    def of_listing(cls, listing: Listing, local: datetime, language: Language) -> Self:
        """Return all facts of a listing at a local time of the county."""
        more = {name: getattr(listing, name) for name in _FULL}
        return cls(**_facts(listing, local), **more, display=Display.of(listing, language))


class Display(BaseModel):
    """A listing's words in one language, in the other one where that is all there is."""

    language: Language
    name: str
    subtype: str | None
    description: str | None
    address: str | None
    area: str | None
    facilities: list[str]
    dishes: list[str]
    tags: list[str]

    @classmethod
    def of(cls, listing: Listing, language: Language) -> Self:
        """Return a listing's words in a language."""
        words = {name: in_language(listing, name, language) for name in _TRANSLATED}
        return cls(language=language, **words | {"name": shown_name(listing.name, listing.name_en, language).text})


def in_language(listing: Listing, name: str, language: Language) -> str | list[str] | None:
    """Return one of a listing's fields in a language, in the other one where that is all there is."""
    own, english = getattr(listing, name), getattr(listing, f"{name}_en")
    value: str | list[str] | None = (english or own) if language == "en" else (own or english)
    return value


def price_unit(category: Category) -> str:
    """Return what a listing's price is for."""
    return _PRICE_UNITS[Category(category)]


def is_open(listing: Listing, local: datetime) -> bool | None:
    """Whether a listing is open at a local time of the county; None where its hours are not known."""
    week = _week(listing.hours)
    if week is None:
        return None
    zone = _zone(listing.timezone)
    return week.is_open(local.astimezone(zone) if zone is not None else local)


_PRICE_UNITS = {Category.RESTAURANT: "head", Category.HOTEL: "night", Category.ATTRACTION: "ticket"}
_TRANSLATED = ("name", "subtype", "description", "address", "area", "facilities", "dishes", "tags")
_COMPUTED = frozenset({"open_now", "price_unit", "shown"})
_BRIEF = tuple(name for name in ListingBrief.model_fields if name not in _COMPUTED)
_FULL = tuple(name for name in ListingFull.model_fields if name not in {*ListingBrief.model_fields, "display"})


def _facts(listing: Listing, local: datetime) -> dict[str, object]:
    facts = {name: getattr(listing, name) for name in _BRIEF}
    return facts | {
        "shown": shown_names(listing.name, listing.name_en),
        "price_unit": price_unit(listing.category),
        "open_now": is_open(listing, local),
    }


@lru_cache(maxsize=20_000)
def _week(hours: str | None) -> WeekHours | None:
    return parse_hours(hours)


@lru_cache(maxsize=1_000)
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


ListingFull.model_rebuild()
