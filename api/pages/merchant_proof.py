"""Which entries of the ledger a figure was counted from, what each adds to it, and how to compute it again.

Every figure that a merchant is shown has its page here, over the period that it is of. What was searched is proved by
the impressions that were read, and never by those of one wish: who is in the lists of two wishes would be one visitor,
with what they asked for. What like merchants did is theirs, and is not listed.
"""

import shlex
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.asked_periods import DAYS
from api.auth import ContainerDep
from api.pages.merchant_proof_credit import months_proof, signals_proof, terms_proof
from api.pages.merchant_proof_others import alert_proof, effect_proof, searches_proof, theirs
from api.pages.merchant_proof_parts import PAGE, Asked, Line, Proof
from api.pages.merchant_proof_visits import (
    COUNTS,
    counts_proof,
    credit_proof,
    doubtful_proof,
    hours_proof,
    origins_proof,
    paid_proof,
    returning_proof,
    sentence_proof,
)
from api.pages.merchants import own_listings, period_named
from api.pages.page import Frame, Link, frame_of, render
from api.pages.route import PageRoute
from index.database import reading
from ledger.periods import Period, moment

router = APIRouter(route_class=PageRoute)

#: How each figure is proved; those that only the owner sees are `OWNERS`.
PROOFS: Mapping[str, Callable[[Asked], Proof]] = {
    **{figure: partial(counts_proof, figure=figure) for figure in COUNTS},
    "sentence": sentence_proof,
    "credit": credit_proof,
    "paid_visits": paid_proof,
    "doubtful": doubtful_proof,
    "hours": hours_proof,
    "origins": origins_proof,
    "returning": returning_proof,
    "searches": partial(searches_proof, figure="searches"),
    "wanted": partial(searches_proof, figure="wanted"),
    "peers": partial(theirs, figure="peers"),
    "displacement": partial(theirs, figure="displacement"),
    "effect": effect_proof,
    "alert": alert_proof,
    "signal": signals_proof,
    "term": terms_proof,
    "month": months_proof,
}
OWNERS = frozenset({"signal", "term", "month"})
#: Beyond what any log holds, and within what both databases compare.
_LAST = 2**53
_MOST_DAYS = 366
_LONGEST_ID = 500


@router.get("/merchant/proof")
def proof_page(
    request: Request,
    container: ContainerDep,
    *,
    figure: str = "visits",
    period: str = "",
    first: str = "",
    last: str = "",
    id: str = "",  # noqa: A002 - as the address names it
    before: Annotated[int, Query()] = _LAST,
) -> Response:
    """Show a figure's entries, each with the way to its inclusion proof, and the command that computes it again.

    The days are those from `first` to `last`, or the period's that is named.
    """
    frame = frame_of(request, container)
    figure = figure if figure in PROOFS else "visits"
    own = own_listings(frame, staff_too=figure not in OWNERS)
    days = _between(frame, first, last)
    if days is None:
        name = period_named(period)
        chosen: dict[str, str] = {"period": name}
        days = Period.last_days(DAYS[name], container.clock(), container.settings.tz)
        back = Link(f"/merchant?{urlencode(chosen)}", frame.t("proof.back"))
    else:
        chosen = {"first": str(days.first), "last": str(days.last)}
        back = Link("/merchant", frame.t("proof.back"))
    with reading(container.engine) as session:
        asked = Asked(frame, session, own, days, max(0, min(before, _LAST)), id[:_LONGEST_ID])
        proof = PROOFS[figure](asked)
    following = {"figure": figure, **({"id": id} if id else {}), **chosen}
    return render(
        frame,
        "merchant_proof.html",
        proof=proof,
        entries=[_shown(frame, each) for each in proof.lines[:PAGE]],
        is_first=before >= _LAST,
        newest=f"/merchant/proof?{urlencode(following)}",
        older=_older(following, proof),
        back=proof.back or back,
        commands=[
            "baicha ledger verify ledger.jsonl",
            f"baicha ledger recompute ledger.jsonl --facts facts.jsonl {_whose(frame)} {_on(frame, figure, days)}",
        ],
    )


def _between(frame: Frame, first: str, last: str) -> Period | None:
    """Return the days from one to another, a year at most and none to come; None where these are no such days."""
    tz = frame.container.settings.tz
    try:
        since, until = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    days = (until - since).days + 1
    if not 1 <= days <= _MOST_DAYS or until > frame.now.date() or since.year < 2000:  # noqa: PLR2004 - no ledger before
        return None
    return Period(since, days, tz)


def _shown(frame: Frame, line: Line) -> dict[str, object]:
    entry, t = line.entry, frame.t
    return {
        "label": t("proof.entry", index=entry.index),
        "href": f"/v1/ledger/inclusion/{entry.event_id}",
        "kind": t(f"entry.{entry.kind}"),
        # Days are told and hours are not, so that no guest can be made out.
        "day": f"{moment(entry.at_ms, frame.container.settings.tz):%Y-%m-%d}",
        "leaf": entry.leaf,
        "adds": f"{line.mark.adds:.10g}",
        "said": line.mark.said,
        "notes": line.mark.notes,
    }


def _older(following: Mapping[str, str], proof: Proof) -> str | None:
    if len(proof.lines) <= PAGE:
        return None
    return f"/merchant/proof?{urlencode({**following, 'before': str(proof.lines[PAGE - 1].entry.index)})}"


def _whose(frame: Frame) -> str:
    return f"--merchant {shlex.quote(frame.holder.merchant or '')}"


def _on(frame: Frame, figure: str, days: Period) -> str:
    """Return the options of the command; what the owner alone sees is of today, whatever the days."""
    return f"--on {frame.now.date()}" if figure in OWNERS else f"--on {days.last} --days {days.days}"
