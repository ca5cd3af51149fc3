"""What can happen, as data: one envelope, and one payload schema for each kind of event.

An event is made by the client with an id of its own, so that sending it twice stores it once. It names a listing, a
pseudonymous visitor and a time; what else it holds belongs to its kind. Money is in the currency's minor unit.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    model_serializer,
    model_validator,
)

#: What an id made by a client may look like.
ID_PATTERN = r"^[A-Za-z0-9_-]{8,64}$"
EventId = Annotated[str, Field(pattern=ID_PATTERN)]
#: Control characters are refused: PostgreSQL cannot store NUL, and none belongs in an id.
ListingId = Annotated[str, Field(min_length=1, max_length=401, pattern=r"^[^\x00-\x1f\x7f]+$")]
VisitorId = Annotated[str, Field(pattern=ID_PATTERN)]
#: A keyed hash that names a device, a network or a scan for a day.
Hash = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,44}$")]
#: An H3 cell, as hexadecimal text.
Cell = Annotated[str, Field(pattern=r"^[0-9a-f]{15}$")]
#: What a place that guests come from is called in the log; what it is called for readers is looked up.
PlaceCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


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
    """A listing was shown in an answer. `position` counts from 0; `understood` are chip ids, never raw words.

    `propensity` is the probability with which it was shown: below 1 when it could have been withheld.
    """

    kind: Literal["impression"] = "impression"
    query_id: EventId
    position: int = Field(ge=0)
    propensity: float = Field(1.0, gt=0, le=1)
    terms: dict[str, FiniteFloat] = Field(default_factory=dict)
    understood: tuple[str, ...] = ()


class Withheld(_Payload):
    """A listing would have been shown at `position`, and was withheld at random, with the probability `propensity`."""

    kind: Literal["withheld"] = "withheld"
    query_id: EventId
    position: int = Field(ge=0)
    propensity: float = Field(gt=0, lt=1)


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


class Website(_Payload):
    """A visitor went to the listing's own website."""

    kind: Literal["website"] = "website"


class Save(_Payload):
    """A visitor kept the listing for later."""

    kind: Literal["save"] = "save"


class Booking(_Payload):
    """A visitor booked, for a day and so many people."""

    kind: Literal["booking"] = "booking"
    day: date
    people: int = Field(1, ge=1, le=1_000)


class Stay(_Payload):
    """A guest stayed for so many nights, as the merchant's register says."""

    kind: Literal["stay"] = "stay"
    nights: int = Field(ge=1, le=365)


class Review(_Payload):
    """A visitor rates the listing, 1 to 5."""

    kind: Literal["review"] = "review"
    rating: int = Field(ge=1, le=5)
    text: str = Field("", max_length=2_000)


class Arm(StrEnum):
    """What the hold-out drew for a visitor, a listing and a window: that it may be shown, or that it is withheld."""

    SHOWN = "shown"
    WITHHELD = "withheld"


class Ticket(BaseModel):
    """That a device opened this listing on a day, as sealed on the device by the server and presented at a visit.

    `arm` is what the hold-out had drawn for who opened it; None where nothing is drawn.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    opened_at: Moment
    arm: Arm | None = None

    @model_serializer(mode="wrap")
    def _without_an_absent_arm(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Tickets from before arms were kept must give the same canonical JSON again.
        written: dict[str, Any] = handler(self)
        if self.arm is None:
            del written["arm"]
        return written


class Scan(BaseModel):
    """What was noticed when a code was scanned or typed, for the checks of `ledger.checks`. Nothing here is precise.

    `step` is the 30-second step of the counter's code, `exchange` names the scan that the visit was exchanged for.
    `place` and `cell` are H3 cells (resolution 8, about 0.7 km2) of the listing and of the device; `asked` says that
    the visitor was asked for a location, and `cell` is None when none was given. `device` and `network` are hashes
    under the service's secret that change daily.
    `staff_of` names a listing whose merchant, or one of their staff, has this device; `own_network` says that the
    listing's own counter was shown on the same network that day. `open` says whether the listing's hours, with an
    hour's grace, allow a visit; None where they are not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: int | None = None
    exchange: Hash | None = None
    place: Cell | None = None
    asked: bool = False
    cell: Cell | None = None
    device: Hash | None = None
    network: Hash | None = None
    staff_of: ListingId | None = None
    own_network: bool = False
    open: bool | None = None


class Visit(_Payload):
    """A visitor was there. `ticket` is the open that led to it, when the device presents one; `origin` is coarse.

    `instead_of` is the id of an earlier visit of the same visitor, place and day that was attested less well: both stay
    in the log, and this one alone counts.
    """

    kind: Literal["visit"] = "visit"
    grade: Grade
    ticket: Ticket | None = None
    origin: str | None = Field(None, max_length=100)
    scan: Scan | None = None
    instead_of: EventId | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Visits from before these were kept must give the same canonical JSON again, or a retry would be refused.
        written: dict[str, Any] = handler(self)
        for name in ("scan", "instead_of"):
            if written[name] is None:
                del written[name]
        return written


class Origin(_Payload):
    """A visitor said after a visit, when asked, where they had come from that day; `visit` is the id of its event.

    `place` is a code and coarse: `county` for the county itself, else one of those that were offered.
    """

    kind: Literal["origin"] = "origin"
    visit: EventId
    place: PlaceCode


class Counter(_Payload):
    """The counter's code was shown on a device of the merchant's: whose, and on which network (as in `Scan`)."""

    kind: Literal["counter"] = "counter"
    device: Hash
    network: Hash


class Attester(StrEnum):
    """Who says that money was paid: the payment's issuer, by a signature, or the merchant, by word."""

    ISSUER = "issuer"
    MERCHANT = "merchant"


class Payment(_Payload):
    """Money was paid at the listing. `amount` is in the currency's minor unit.

    `reference` is the issuer's or the till's own number; `visit` the visit that it belongs to, when the payment names
    one. `signature` (Ed25519, hexadecimal) is the issuer's, over `ledger.payments.signed_bytes`.
    """

    kind: Literal["payment"] = "payment"
    amount: int = Field(gt=0)
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")
    attested_by: Attester
    issuer: str | None = Field(None, max_length=100)
    reference: str = Field(min_length=1, max_length=200)
    visit: EventId | None = None
    signature: str | None = Field(None, pattern=r"^[0-9a-f]{128}$")

    @model_validator(mode="after")
    def _an_issuer_signs(self) -> Self:
        if (self.attested_by is Attester.ISSUER) != (self.issuer is not None and self.signature is not None):
            raise ValueError("a payment attested by its issuer names the issuer and has a signature; others have none")
        return self


#: What the bills of a business are for.
Service = Literal["electricity", "water", "gas", "telephone", "rent", "other"]


class BillPaid(_Payload):
    """The merchant paid a bill for a service of his business; `on_time` as the one who attests it says."""

    kind: Literal["bill_paid"] = "bill_paid"
    service: Service
    attested_by: Attester
    issuer: str | None = Field(None, max_length=100)
    on_time: bool


#: Amounts of a bill, in yuan, at which each band after the first begins.
BILL_BANDS = (100, 500, 2_000, 10_000)


class Bill(_Payload):
    """A bill for a service of the merchant's business: when it was due and paid, and in which of `BILL_BANDS` it lies.

    `reference` is the issuer's own number. `signature` (Ed25519, hexadecimal) is the issuer's, over
    `ledger.bills.signed_bytes`.
    """

    kind: Literal["bill"] = "bill"
    service: Service
    due: date
    paid: date
    band: int = Field(ge=0, le=len(BILL_BANDS), strict=True)
    attested_by: Attester
    issuer: str | None = Field(None, max_length=100)
    reference: str = Field("", max_length=200)
    signature: str | None = Field(None, pattern=r"^[0-9a-f]{128}$")

    @model_validator(mode="after")
    def _an_issuer_signs(self) -> Self:
        given = (self.issuer is not None, self.signature is not None, bool(self.reference))
        if not (all(given) if self.attested_by is Attester.ISSUER else not any(given)):
            raise ValueError("a bill attested by its issuer has issuer, reference and signature; others have none")
        return self

    @property
    def on_time(self) -> bool:
        """Whether it was paid on the day on which it was due, or before."""
        return self.paid <= self.due


class Dispute(_Payload):
    """The merchant says that a visit was weighed wrongly, or that a payment or a bill is not right; a person decides.

    `visit_index` is its place in the log.
    """

    kind: Literal["dispute"] = "dispute"
    visit_index: int = Field(ge=0)
    note: str = Field("", max_length=1_000)


class Decision(_Payload):
    """A person decided on what was disputed. The latest decision holds.

    A visit counts in full, or stays weighed down. A bill counts as paid on time after all, or stays as it is, as a
    payment does; one that shall leave the sums is withdrawn by a `Withdrawal`.
    """

    kind: Literal["decision"] = "decision"
    visit_index: int = Field(ge=0)
    counts: bool
    decided_by: str = Field(min_length=1, max_length=100)
    note: str = Field("", max_length=1_000)


class Withdrawal(_Payload):
    """A payment or a bill leaves every sum: a person decided so, or the merchant takes back what they stated.

    `input_index` is its place in the log. A later decision on it brings it back.
    """

    kind: Literal["withdrawal"] = "withdrawal"
    input_index: int = Field(ge=0)
    decided_by: str = Field(min_length=1, max_length=100)
    note: str = Field("", max_length=1_000)


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
    Impression
    | Withheld
    | Open
    | Call
    | Directions
    | Share
    | Website
    | Save
    | Booking
    | Visit
    | Origin
    | Payment
    | Stay
    | BillPaid
    | Bill
    | Review
    | Counter
    | Dispute
    | Decision
    | Withdrawal
    | Correction
    | Erasure,
    Field(discriminator="kind"),
]


class Event(BaseModel):
    """One thing that happened.

    `at` is when it happened, by the client's clock, with an offset, and is kept in UTC; `made_up` marks the starter
    history. Every kind but an erasure names a listing; a visit, and what is said of it, name their visitor.
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
        if self.visitor is None and self.kind in {"visit", "origin"}:
            raise ValueError(f"an event of kind {self.kind!r} names its visitor")
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
