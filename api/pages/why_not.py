"""The question of a merchant why a search does not show their place, as a part of the merchant's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import ValidationError

from api.asked_periods import PeriodName
from api.explaining import WhyNotParams, WhyNotReply, explain
from api.pages.page import Frame, Link
from api.replies import in_language
from index.errors import SnapshotError
from index.listing import Listing

#: Longest question that the form takes.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Advice:
    """A limit that the place misses, and what would help."""

    note: str
    advice: str


@dataclass(frozen=True, slots=True)
class WhyNotForm:
    """What stands in the form, and below it. `places` are links whose address is the listing's id."""

    text: str
    places: Sequence[Link]
    period: PeriodName
    longest: int = LONGEST
    error: str | None = None
    summary: str | None = None
    missed: Sequence[Advice] = ()
    change: Link | None = None


def why_not_form(frame: Frame, own: Sequence[Listing], period: PeriodName) -> WhyNotForm | None:
    """Return the form, answered when something was asked in it; None for who has no place. `period` is kept."""
    if not own:
        return None
    query = frame.request.query_params
    text, asked = query.get("why", ""), query.get("listing", "")
    chosen = next((listing for listing in own if listing.id == asked), own[0])
    places = [Link(each.id, str(in_language(each, "name", frame.language)), here=each is chosen) for each in own]
    if not text.strip():
        return WhyNotForm("", places, period)
    if len(text) > LONGEST:
        return WhyNotForm(text, places, period, error=frame.t("error.too_long", n=LONGEST))
    try:
        reply = explain(frame.container, WhyNotParams(q=text, listing=chosen.id, lang=frame.language))
    except SnapshotError:
        return WhyNotForm(text, places, period, error=frame.t("error.unready"))
    except ValidationError as error:
        return WhyNotForm(text, places, period, error=frame.t("error.query", reason=error.errors()[0]["msg"]))
    missed = [Advice(one.note, one.advice) for one in reply.missed]
    change = _link(frame, text, reply)
    return WhyNotForm(text, places, period, summary=reply.summary, missed=missed, change=change)


def _link(frame: Frame, text: str, reply: WhyNotReply) -> Link | None:
    """Return the search with the change made, where there is one."""
    if reply.change is None:
        return None
    query = [("q", text), *(("without", chip) for chip in reply.change.without)]
    return Link(f"/?{urlencode(query)}", frame.t("why.changed"))
