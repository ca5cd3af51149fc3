"""Which entries of the ledger a figure of the merchant's page was counted from, and how to compute it again."""

import shlex
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.asked_periods import DAYS
from api.auth import ContainerDep
from api.indicators import windows_of
from api.pages.merchants import KINDS, own_listings, period_named
from api.pages.page import Link, frame_of, render
from api.pages.route import PageRoute
from index.database import reading
from ledger.counted import counted_entries
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period, moment

router = APIRouter(route_class=PageRoute)

#: Entries on one page.
PAGE = 50
#: Beyond what any log holds, and within what both databases compare.
_LAST = 2**53


@router.get("/merchant/proof")
def proof_page(
    request: Request,
    container: ContainerDep,
    figure: str = "visits",
    period: str = "",
    before: Annotated[int, Query()] = _LAST,
) -> Response:
    """Show a figure's entries, each with the way to its inclusion proof, and the command that computes it again."""
    frame = frame_of(request, container)
    own = [listing.id for listing in own_listings(frame, staff_too=True)]
    figure, name = figure if figure in KINDS else "visits", period_named(period)
    tz = container.settings.tz
    days = Period.last_days(DAYS[name], container.clock(), tz)
    with reading(container.engine) as session:
        windows = windows_of(container.settings)
        total = getattr(merchant_summary(session, own, days, windows=windows, weigh=container.weigh), figure)
        asked = max(0, min(before, _LAST))
        found = counted_entries(session, own, days, KINDS[figure], before=asked, limit=PAGE + 1)
    shown = found[:PAGE]
    following = {"figure": figure, "period": name, "before": shown[-1].index} if len(found) > PAGE else None
    t = frame.t
    listings = " ".join(f"--listing {shlex.quote(listing)}" for listing in own)
    return render(
        frame,
        "merchant_proof.html",
        label=t(f"merchant.{figure}"),
        counted=t(
            "proof.counted", label=t(f"merchant.{figure}"), n=f"{total:,}", first=str(days.first), last=str(days.last)
        ),
        definition=t(f"define.{figure}"),
        entries=[
            (
                t("proof.entry", index=entry.index),
                f"{moment(entry.at_ms, tz):%Y-%m-%d}",
                f"/v1/ledger/inclusion/{entry.event_id}",
            )
            for entry in shown
        ],
        older=Link(f"/merchant/proof?{urlencode(following)}", t("proof.older")) if following else None,
        back=Link(f"/merchant?{urlencode({'period': name})}", t("proof.back")),
        commands=[
            "baicha ledger verify ledger.jsonl",
            f"baicha ledger recompute ledger.jsonl {listings} --on {days.last} --days {days.days}",
        ],
    )
