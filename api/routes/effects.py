"""What showing a merchant's places did: credit by three rules, and what it caused, as the hold-out measures it."""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import ContainerDep, OwnOnly
from api.indicators import BoardDays, listing_facts, windows_of
from api.problems import responses
from api.routes.merchants import summarise
from api.seeing import Seen, noted
from index.database import reading
from ledger.experiments import Caused, run_experiment
from ledger.touches import ReferralCredit, referral_credit

router = APIRouter(prefix="/v1/merchants/{merchant_id}", tags=["merchants"], dependencies=[OwnOnly, noted(Seen.EFFECT)])


class Credit(BaseModel):
    """The weighted referred visitors, by what each is credited to; the sums of the three rules are the same."""

    first: dict[str, float] = Field(examples=[{"shown": 7.0, "opened": 3.0}])
    last: dict[str, float]
    shared: dict[str, float]

    @classmethod
    def of(cls, credit: ReferralCredit) -> "Credit":
        """Return the three rules."""
        return cls(first=dict(credit.first), last=dict(credit.last), shared=dict(credit.shared))


class CausedVisits(BaseModel):
    """Visits caused per eligible visitor and window, with a 95% interval; `shown` and `withheld` are the two arms."""

    per_visitor: float
    low: float
    high: float
    shown: int
    withheld: int
    visits: float = Field(description="The estimate for all who were shown the place.")

    @classmethod
    def of(cls, caused: Caused) -> "CausedVisits":
        """Return an estimate."""
        return cls(
            per_visitor=caused.per_unit,
            low=caused.low,
            high=caused.high,
            shown=caused.shown,
            withheld=caused.withheld,
            visits=caused.visits,
        )


class Shift(BaseModel):
    """What showing a place did to visits to others like it, over the whole county; below zero, it drew them away."""

    per_visitor: float
    low: float
    high: float


class Effect(BaseModel):
    """Of those recorded: who found the places here, by three rules, and what showing them caused, by listing.

    A listing is missing from `caused` when nobody took part in the hold-out there.
    """

    first_day: date
    last_day: date
    referred_visitors: int
    credit: Credit
    caused: dict[str, CausedVisits]
    displacement: Shift | None


@router.get("/effect", summary="What being shown here brought and caused", responses=responses(401, 403, 422))
def effect(merchant_id: str, container: ContainerDep, days: BoardDays = 30) -> Effect:
    """Return credit and effect over the last 7, 30 or 90 local days; like places are those of the same category."""
    period, listings, summary = summarise(container, merchant_id, days)
    with reading(container.engine) as session:
        alike = {name: facts.category for name, facts in listing_facts(session).items()}
        windows = windows_of(container.settings)
        visits = container.weigh(session, listings, period.start_ms, period.end_ms, windows)
        credit = referral_credit(session, visits, windows)
        days_drawn = container.settings.hold_out_window_days
        found = run_experiment(session, period, alike, window_days=days_drawn, weigh=container.weigh)
    shift = found.displacement
    return Effect(
        first_day=period.first,
        last_day=period.last,
        referred_visitors=summary.referred_visitors,
        credit=Credit.of(credit),
        caused={name: CausedVisits.of(found.by_listing[name]) for name in listings if name in found.by_listing},
        displacement=Shift(per_visitor=shift.per_unit, low=shift.low, high=shift.high) if shift else None,
    )
