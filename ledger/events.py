"""What can happen, as data: one envelope, and one payload schema for each kind of event.

An event is made by the client with an id of its own, so that sending it twice stores it once. It names a listing, a
pseudonymous visitor and a time; what else it holds belongs to its kind. Money is in the currency's minor unit.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    TypeAdapter,
    model_validator,
)

#: What an id made by a client may look like.
ID_PATTERN = r"^[A-Za-z0-9_-]{8,64}$"
EventId = Annotated[str, Field(pattern=ID_PATTERN)]
#: Control characters are refused: PostgreSQL cannot store NUL, and none belongs in an id.
ListingId = Annotated[str, Field(min_length=1, max_length=401, pattern=r"^[^\x00-\x1f\x7f]+$")]
VisitorId = Annotated[str, Field(pattern=ID_PATTERN)]


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its offset from UTC, such as 2026-11-24T12:00:00+08:00")
    try:
        return value.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("a time lies outside the years 1 to 9999") from exc


#: A time with its offset, kept in UTC, so that one moment has one canonical form.
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Grade(StrEnum):
    """How well a visit is attested; see `docs/visits.md`."""

    PAID = "A"
    SCANNED = "B"
    GEOFENCED = "C"
    STATED = "D"

    @property
    def is_verified(self) -> bool:
        """Whether something other than the visitor's word attests the visit; only these are counted in shares."""
        return self is not Grade.STATED


class Consent(StrEnum):
    """What the visitor agreed to keep: a day's random id, or a lasting one."""

    DAY = "day"
    REMEMBERED = "remembered"


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Impression(_Payload):
    """A listing was shown in an answer. `position` counts from 0; `understood` are chip ids, never raw words."""

    kind: Literal["impression"] = "impression"
    query_id: EventId
    position: int = Field(ge=0)
    propensity: float = Field(1.0, gt=0, le=1)
    terms: dict[str, FiniteFloat] = Field(default_factory=dict)
    understood: tuple[str, ...] = ()


class Open(_Payload):
    """A visitor opened the listing's page."""

    kind: Literal["open"] = "open"
    query_id: EventId | None = None


class Call(_Payload):
    """A visitor tapped the telephone number."""

    kind: Literal["call"] = "call"


class Directions(_Payload):
    """A visitor asked the way."""

    kind: Literal["directions"] = "directions"
    map: Literal["amap", "baidu", "apple", "geo"]


class Share(_Payload):
    """A visitor shared the listing."""

    kind: Literal["share"] = "share"


class Ticket(BaseModel):
    """That a device opened this listing on a day, as sealed on the device by the server and presented at a visit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opened_at: Moment


class Visit(_Payload):
    """A visitor was there. `ticket` is the open that led to it, when the device presents one; `origin` is coarse."""

    kind: Literal["visit"] = "visit"
    grade: Grade
    ticket: Ticket | None = None
    origin: str | None = Field(None, max_length=100)


class Correction(_Payload):
    """A visitor says that something is wrong or closed."""

    kind: Literal["correction"] = "correction"
    what: Literal["closed", "wrong_hours", "wrong_price", "wrong_place", "wrong_phone", "other"]
    note: str = Field("", max_length=1000)


class Erasure(_Payload):
    """A visitor's events up to here were erased; `indices` names the entries whose payloads are gone.

    `digest` is SHA-256 over the hashes that are kept of their ids and of the visitor (`erasure.digest_of`).
    """

    kind: Literal["erasure"] = "erasure"
    indices: tuple[int, ...]
    digest: str | None = Field(None, pattern="^[0-9a-f]{64}$")


Payload = Annotated[
    Impression | Open | Call | Directions | Share | Visit | Correction | Erasure, Field(discriminator="kind")
]


class Event(BaseModel):
    """One thing that happened.

    `at` is when it happened, by the client's clock, with an offset, and is kept in UTC; `made_up` marks the starter
    history. Every kind but an erasure names a listing, and a visit its visitor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: EventId
    at: Moment
    listing: ListingId | None = None
    visitor: VisitorId | None = None
    consent: Consent = Consent.DAY
    made_up: bool = False
    payload: Payload

    @model_validator(mode="after")
    def _names_what_its_kind_needs(self) -> Self:
        if self.listing is None and self.kind != "erasure":
            raise ValueError(f"an event of kind {self.kind!r} names a listing")
        if self.visitor is None and self.kind == "visit":
            raise ValueError("a visit names its visitor")
        return self

    @property
    def kind(self) -> str:
        """The kind of the payload."""
        return self.payload.kind


_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def parse_event(raw: Any) -> Event:
    """Validate one event as received.

    Raises:
        pydantic.ValidationError: It does not fit the schema.
    """
    return _EVENT.validate_python(raw)
