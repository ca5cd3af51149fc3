"""A listing: one restaurant, hotel or attraction, as imported, validated and stored.

The keys are those of `docs/format.md`. `ListingRecord` is what an import file holds, `Listing` the table.
SQLModel does not validate tables, so that every write goes through a `ListingRecord`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import field_validator, model_validator
from sqlalchemy import JSON, Column, DateTime, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class Category(StrEnum):
    """What a place is, in the three kinds that tourists ask for."""

    RESTAURANT = "restaurant"
    HOTEL = "hotel"
    ATTRACTION = "attraction"


def _json_list() -> Any:
    return Field(default_factory=list, sa_type=JSON)


class ListingFields(SQLModel):
    """What an import file says of a listing, apart from its keys."""

    category: Category
    name: str = Field(min_length=1, max_length=300)
    name_en: str | None = Field(None, max_length=300)
    subtype: str | None = Field(None, max_length=100)
    subtype_en: str | None = Field(None, max_length=100)
    description: str | None = None
    description_en: str | None = None
    address: str | None = None
    address_en: str | None = None
    area: str | None = Field(None, max_length=100, description="District or township.")
    area_en: str | None = Field(None, max_length=100)
    lat: float | None = Field(None, ge=-90, le=90, description="Degrees, WGS 84.")
    lon: float | None = Field(None, ge=-180, le=180, description="Degrees, WGS 84.")
    coordinates_accuracy_m: float | None = Field(None, ge=0, description="How far off the coordinates may be.")
    phone: str | None = Field(None, max_length=100)
    website: str | None = Field(None, max_length=2000)
    photos: list[str] = _json_list()
    price: float | None = Field(None, ge=0, description="A head for a meal, a night for a room, an adult ticket.")
    currency: str = Field("RMB", max_length=3)
    price_level: int | None = Field(None, ge=1, le=4)
    rating: float | None = Field(None, ge=0, le=5)
    stars: float | None = Field(None, ge=0, le=7)
    hours: str | None = Field(None, max_length=2000, description="OSM opening_hours syntax, or free text.")
    timezone: str | None = Field(None, max_length=64)
    duration_min: float | None = Field(None, ge=0, description="Hours that a visit takes, at least.")
    duration_max: float | None = Field(None, ge=0, description="Hours that a visit takes, at most.")
    facilities: list[str] = _json_list()
    facilities_en: list[str] = _json_list()
    dishes: list[str] = _json_list()
    dishes_en: list[str] = _json_list()
    tags: list[str] = _json_list()
    tags_en: list[str] = _json_list()
    metro: str | None = Field(None, max_length=200, description="Nearest station; `yes` when one is near.")
    nearby: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    closed: bool = False
    made_up: bool = False
    updated_at: str | None = Field(None, max_length=40, description="ISO 8601 date, as the source says.")
    extra: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ListingRecord(ListingFields):
    """One valid row of an import file. `id` is the source's own."""

    model_config = {"extra": "forbid"}

    source: str = Field(min_length=1, max_length=200)
    id: str = Field(min_length=1, max_length=200)

    @field_validator("metro", mode="before")
    @classmethod
    def _metro_may_be_a_boolean(cls, value: Any) -> Any:
        return ("yes" if value else None) if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon must be given together")
        return self


class Listing(ListingFields, table=True):
    """A stored listing. `id` is unique over all sources and never changes: the source's own id where it was free."""

    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("source", "source_id", name="uq_listing_source"),
        Index("ix_listing_closed", "closed"),
    )

    id: str = Field(primary_key=True, max_length=401)
    source: str = Field(max_length=200)
    source_id: str = Field(max_length=200)
    content_hash: str = Field(max_length=64, description="SHA-256 of the canonical record, hex.")
    imported_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
