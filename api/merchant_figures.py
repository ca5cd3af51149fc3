"""A merchant's figures as the interface gives them."""

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from api.routes.merchants import Share
from ledger.merchant_rows import Row
from ledger.merchant_statistics import DayTotals, Totals


class Counts(BaseModel):
    """Counts of a period. `visitors` made a verified visit, `referred_visitors` of them found the place here.

    These are as counted; `weighted_visits`, `share` and `interval` go by what each visit weighs.
    """

    impressions: int
    opens: int
    calls: int
    directions: int
    shares: int
    visits: int
    stated_visits: int
    visitors: int
    referred_visitors: int
    interval: Share | None
    weighted_visits: float = Field(description="Visits, doubtful ones by their weight.")
    doubtful_visits: int
    share: float | None = Field(description="Weighted share of visitors who found the place here.")
    effective_visitors: float = Field(description="Kish's effective number, which the interval goes by.")
    payments: int = Field(description="Payments imported: what the recorded visits are a part of.")
    paid_visits: int = Field(description="Visits for which a payment's issuer attests a payment (grade A).")

    @classmethod
    def of(cls, totals: Totals) -> Self:
        """Return the counts of a period."""
        counts = {name: getattr(totals, name) for name in cls.model_fields if name != "interval"}
        return cls(**counts, interval=Share.of(totals.interval))


class DayCounts(BaseModel):
    """Counts of one local day."""

    day: date
    impressions: int
    opens: int
    calls: int
    directions: int
    shares: int
    visits: int

    @classmethod
    def of(cls, totals: DayTotals) -> Self:
        """Return the counts of a day."""
        return cls(**{name: getattr(totals, name) for name in cls.model_fields})


class Middle(BaseModel):
    """Quartiles of a figure a place, over like merchants, rounded to two significant figures; `own` is yours."""

    own: float
    low: float
    median: float
    high: float


class WishCount(BaseModel):
    """One thing that was understood of searches, and how many visitors asked for it; never fewer than five."""

    id: str = Field(examples=["facility:@parking"])
    label: str = Field(examples=["停车"])
    visitors: int


class Wished(BaseModel):
    """What visitors asked for, the most wanted first. `since`: only what was shown from then on was read."""

    wishes: list[WishCount]
    since: datetime | None


class Place(BaseModel):
    """A place that visitors say they come from; never of fewer than five."""

    place: str
    visitors: int


class CameFrom(BaseModel):
    """Where visitors say that they come from. `told` said so at all; null below five."""

    told: int | None
    places: list[Place]


class CameBack(BaseModel):
    """Of the visitors who asked to be remembered, those who had come on an earlier day. Nobody else can be known."""

    remembered: int
    returned: int


class StepCounts(BaseModel):
    """The counts of one step, from `since` up to `until`. Of an hour, what fewer than five visitors did is null."""

    since: datetime
    until: datetime
    impressions: int | None
    opens: int | None
    calls: int | None
    directions: int | None
    shares: int | None
    visits: int | None
    stated_visits: int | None
    payments: int | None

    @classmethod
    def of(cls, row: Row, tz: ZoneInfo) -> Self:
        """Return a step, with the county's offset."""
        return cls(since=row.span.since.replace(tzinfo=tz), until=row.span.until.replace(tzinfo=tz), **row.counts)


class Stats(BaseModel):
    """A merchant's figures; which of them are there says `fields`. `sentence` is the one that counts."""

    merchant: str
    listings: list[str]
    first: date
    last: date
    impressions: int = 0
    opens: int = 0
    calls: int = 0
    directions: int = 0
    shares: int = 0
    visits: int = 0
    stated_visits: int = 0
    visitors: int = 0
    referred_visitors: int = 0
    interval: Share | None = None
    weighted_visits: float = 0.0
    doubtful_visits: int = 0
    share: float | None = None
    effective_visitors: float = 0.0
    payments: int = 0
    paid_visits: int = 0
    sentence: str = Field("", examples=["3 of your 12 recorded visitors found you here (95% interval 9–53%)"])
    by_day: list[DayCounts] = Field(default_factory=list)
    by_hour: list[list[int | None]] = Field(
        default_factory=list,
        description="Verified visits by weekday, Monday first, and hour; null where fewer than five visitors came.",
    )
    made_up: bool = Field(
        default=False, description="Whether made-up events of the starter data are among those counted."
    )
    searches: Wished | None = Field(None, description="What those asked for who then opened you.")
    wanted: Wished | None = Field(
        None, description="What was asked for when you or like merchants nearby were shown, and you do not have."
    )
    origins: CameFrom | None = None
    returning: CameBack | None = None
    previous: Counts | None = Field(None, description="The period of the same length just before.")
    peers: dict[str, Middle] | None = Field(
        None, description="Like merchants nearby: the same category within 20 km. Null where they are fewer than five."
    )
    rows: list[StepCounts] = Field(default_factory=list, description="The steps that `grain` asks for, in order.")
    next: str | None = Field(None, description="Cursor of the next page of `rows`, null on the last.")
