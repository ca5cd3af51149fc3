"""Signed feeds: what an issuer attests of payments and bills, sent by the issuer itself."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from api.auth import ContainerDep, LimitWrites
from api.problems import responses
from index.errors import UsageError
from ledger.payments_import import take_feed

router = APIRouter(prefix="/v1/feeds", tags=["feeds"])

#: Lines of one request. A signature takes a millisecond or two to verify.
MOST_LINES = 1_000
#: After so many lines that cannot go in the rest of a feed is not read.
MOST_WRONG = 20
_LONGEST = 1_000_000
_LINE = (
    '{"kind": "bill", "issuer": "Anji Water", "listing": "bamboo-garden", "service": "water", "due": "2026-10-31", '
    '"paid": "2026-10-28", "band": 1, "reference": "W-2026-10-0093", "signature": "5f…"}\n'
)


class WrongLine(BaseModel):
    """A line that did not go in, counted from 1, and why."""

    line: int
    reason: str


class FeedTaken(BaseModel):
    """What became of a feed. `wrong` lines can be mended and sent again: what is known adds nothing."""

    inserted: int = Field(description="Payments and bills that are in the ledger from now on.")
    unchanged: int = Field(description="Those that were in it before.")
    wrong: list[WrongLine]
    stopped_after: int | None = Field(
        None, description=f"The last line that was read, where {MOST_WRONG} could not go in; send the rest once mended."
    )


@router.post(
    "/payments",
    summary="Send payments and bills that an issuer signs",
    dependencies=[LimitWrites],
    responses=responses(413, 422, 429, 503),
)
def take(
    feed: Annotated[
        str,
        Body(
            media_type="text/plain",
            min_length=1,
            max_length=_LONGEST,
            examples=[_LINE],
            description=f"JSON lines as `docs/credit.md` and `docs/visits.md` have them, at most {MOST_LINES:,}.",
        ),
    ],
    container: ContainerDep,
) -> FeedTaken:
    """Take lines of issuers whose key the operator trusts: each signature is the credential, and no key is needed.

    Sending a feed again adds nothing.
    """
    if len(feed.splitlines()) > MOST_LINES:
        raise UsageError(f"a feed holds at most {MOST_LINES:,} lines; send the others by themselves")
    settings = container.settings
    report = take_feed(container.engine, feed, now=container.clock(), tz=settings.tz, most_wrong=MOST_WRONG)
    wrong = [WrongLine(line=one.line, reason=one.reason) for one in report.rejected]
    stopped = wrong[-1].line if len(wrong) >= MOST_WRONG else None
    return FeedTaken(inserted=report.inserted, unchanged=report.unchanged, wrong=wrong, stopped_after=stopped)
