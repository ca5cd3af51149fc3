"""A merchant's own credit signals and counter; `merchant_statistics` has the figures."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api import accounts
from api.auth import ContainerDep, CreditOnly, StaffToo
from api.container import Container
from api.counters import counter_code
from api.indicators import windows_of
from api.languages import language_of_request
from api.problems import responses
from api.seeing import Seen, noted
from index.database import reading
from index.settings import Language
from ledger.attribution import Interval
from ledger.credit import Signal, credit_signals
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period

router = APIRouter(prefix="/v1/merchants/{merchant_id}", tags=["merchants"])

Lang = Annotated[Language | None, Query(description="Language of the reply; `Accept-Language` otherwise.")]


class Share(BaseModel):
    """A share with its 95% interval (Wilson), all in [0, 1]."""

    low: float
    high: float

    @classmethod
    def of(cls, interval: Interval | None) -> Self | None:
        """Return the interval, None without visitors."""
        return None if interval is None else cls(low=interval.low, high=interval.high)


class CreditSignal(BaseModel):
    """One signal. `value` is null where there is not yet enough to say, which counts against nobody."""

    id: str = Field(examples=["verified_visits"])
    label: str
    value: float | None
    unit: str
    definition: str
    interval: Share | None
    events: int = Field(description="How many events it was computed from.")
    first_index: int | None = Field(description="The first of them in the ledger.")
    last_index: int | None
    made_up: bool

    @classmethod
    def of(cls, signal: Signal, language: Language) -> Self:
        """Return a signal in a language."""
        return cls(
            id=signal.id,
            label=signal.label.of(language),
            value=signal.value,
            unit=signal.unit.of(language),
            definition=signal.definition.of(language),
            interval=Share.of(signal.interval),
            events=signal.evidence.events,
            first_index=signal.evidence.first_index,
            last_index=signal.evidence.last_index,
            made_up=signal.made_up,
        )


class CreditSignals(BaseModel):
    """A merchant's signals as of the end of today: evidence, not a verdict."""

    merchant: str
    as_of: datetime
    signals: list[CreditSignal]


class Counter(BaseModel):
    """What the counter shows just now."""

    listing: str
    name: str
    url: str = Field(description="What the QR code says.")
    token: str
    digits: str = Field(examples=["123456"])
    expires_at: datetime


@router.get(
    "/credit-signals",
    summary="The merchant's first credit signals",
    dependencies=[CreditOnly, noted(Seen.SIGNALS)],
    responses=responses(401, 403, 422),
)
def signals(merchant_id: str, request: Request, container: ContainerDep, lang: Lang = None) -> CreditSignals:
    """Return the signals that the merchant's verified visits give, each with its definition."""
    language = lang or language_of_request(request)
    as_of = Period.day_of(container.clock(), container.settings.tz).last_moment
    with reading(container.engine) as session:
        listings = [listing.id for listing in accounts.listings_of(session, merchant_id)]
        found = credit_signals(session, listings, as_of, windows=windows_of(container.settings), weigh=container.weigh)
    return CreditSignals(
        merchant=merchant_id, as_of=as_of, signals=[CreditSignal.of(signal, language) for signal in found]
    )


@router.get(
    "/counter",
    summary="The counter's present code",
    dependencies=[StaffToo, noted(Seen.COUNTER)],
    responses=responses(401, 403, 404, 422),
)
def counter(
    merchant_id: str,
    request: Request,
    response: Response,
    container: ContainerDep,
    listing: Annotated[str | None, Query(max_length=401, description="Which; the first if none is named.")] = None,
) -> Counter:
    """Return the code that changes every thirty seconds."""
    code = counter_code(container, merchant_id, listing)
    response.headers["Cache-Control"] = "no-store"
    base = (container.settings.public_url or str(request.base_url)).rstrip("/")
    return Counter(
        listing=code.listing.id,
        name=code.listing.name,
        url=base + code.path,
        token=code.token,
        digits=code.digits,
        expires_at=code.expires_at,
    )


def summarise(container: Container, merchant: str, days: int) -> tuple[Period, list[str], MerchantSummary]:
    """Return a merchant's period, listings and figures; the page shows the same."""
    period = Period.last_days(days, container.clock(), container.settings.tz)
    with reading(container.engine) as session:
        listings = [listing.id for listing in accounts.listings_of(session, merchant)]
        windows = windows_of(container.settings)
        return period, listings, merchant_summary(session, listings, period, windows=windows, weigh=container.weigh)
