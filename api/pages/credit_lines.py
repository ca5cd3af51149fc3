"""A payment or a bill in words: what it is, who attests it, what was disputed and decided."""

from dataclasses import dataclass
from itertools import pairwise

from api.pages.my_account import moment
from api.pages.page import Frame
from ledger.credit_inputs import Input
from ledger.disputes import Disputed
from ledger.events import BILL_BANDS, Attester


@dataclass(frozen=True, slots=True)
class Line:
    """One payment or bill; `said` is how a dispute stands, `more` what follows from it.

    `can_dispute`: the owner may ask for a person; `can_take_back`: it is their own word.
    """

    index: int
    what: str
    detail: str
    said: str
    more: str
    can_dispute: bool
    can_take_back: bool


def line_of(frame: Frame, one: Input) -> Line:
    """Return a payment or a bill in the reader's language."""
    t, said = frame.t, one.dispute
    is_attested = one.attested_by is Attester.ISSUER
    by = t("credit.attested", issuer=one.issuer) if is_attested else t("credit.stated")
    return Line(
        index=one.index,
        what=t("credit.bill", service=t(f"credit.service_{one.service}")) if one.is_bill else t("credit.payment"),
        detail=" · ".join([*(_bill(frame, one) if one.is_bill else _payment(frame, one)), by]),
        said=t(_state(one, said)) if said is not None else "",
        more=_more(frame, said) if said is not None else "",
        can_dispute=is_attested and not (said is not None and said.is_open),
        can_take_back=not is_attested and not one.is_withdrawn,
    )


def bands(frame: Frame) -> list[str]:
    """Return what the bands of a bill's amount are called, the lowest first."""
    t = frame.t
    between = [t("credit.band", low=f"{low:,}", high=f"{high:,}") for low, high in pairwise(BILL_BANDS)]
    return [t("credit.band_low", high=BILL_BANDS[0]), *between, t("credit.band_high", low=f"{BILL_BANDS[-1]:,}")]


def _payment(frame: Frame, one: Input) -> list[str]:
    return [moment(frame, one.at), f"{one.amount / 100:,.2f} {one.currency}"]


def _bill(frame: Frame, one: Input) -> list[str]:
    state = frame.t("credit.on_time" if one.on_time else "credit.late")
    if one.due is None or one.paid is None or one.band is None:
        return [f"{one.at:%Y-%m-%d}", state]
    return [frame.t("credit.days_of", due=one.due, paid=one.paid), bands(frame)[one.band], state]


def _more(frame: Frame, said: Disputed) -> str:
    if said.is_open:
        return frame.t("credit.until_decided")
    return frame.t("credit.answer", note=said.answer) if said.answer else ""


def _state(one: Input, said: Disputed) -> str:
    if said.is_open:
        return "credit.waiting"
    if said.withdrawn:
        return "credit.decided_withdrawn" if one.attested_by is Attester.ISSUER else "credit.taken_back"
    return "credit.decided_counts" if said.counts and one.is_bill else "credit.decided_stays"
