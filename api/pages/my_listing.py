"""Edit my listing: a form that says at each field what is wrong with it, a preview, a history, and the way back."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts, listing_edits
from api.auth import ContainerDep, LimitWrites
from api.listing_drafts import ListingDraft, draft_of, drop_draft, keep_draft
from api.listing_form import Fault, Problem, Reading, nearest_week, read_form, typed_of
from api.pages.cards import place_path
from api.pages.csrf import FromOurPage
from api.pages.merchants import chosen_of, name_of, own_listings
from api.pages.my_account import moment
from api.pages.page import Form, Frame, Link, frame_of, message, render
from api.pages.route import PageRoute
from api.pages.wording import hours_of_week, money
from index.database import reading, writing
from index.errors import Conflict
from index.hours import parse_hours
from index.listing import Category, Listing
from index.overlay import EDITABLE

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
#: Largest id that both databases take.
LARGEST_ID = 2**31 - 1
_SAID = {
    "saved": "edit.done_saved",
    "undone": "edit.done_undone",
    "same": "edit.done_same",
    "dropped": "edit.done_dropped",
}


@router.get("/merchant/listing")
def edit_page(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Show the form of one of the merchant's places, of the first when none is named."""
    frame = frame_of(request, container)
    own = own_listings(frame)
    if not own:
        return RedirectResponse("/merchant", 303)
    said = _SAID.get(request.query_params.get("done", ""))
    chosen = chosen_of(own, listing)
    with reading(container.engine) as session:
        draft = draft_of(session, frame.holder.credential or "", chosen.id)
    if draft is None:
        return _page(frame, own, chosen, Form("edit", typed_of(chosen)), said=frame.t(said) if said else None)
    # What was wrong with it still is.
    typed = {key: draft.typed.get(key, "") for key in EDITABLE}
    form = Form("edit", typed, _errors(frame, read_form(typed, Category(chosen.category)), typed))
    return _page(frame, own, chosen, form, draft=draft)


@router.post("/merchant/listing", dependencies=[LimitWrites, FromOurPage])
def save(  # noqa: PLR0913 - a field of the form each
    request: Request,
    container: ContainerDep,
    *,
    listing: Typed = "",
    seen: Typed = "",
    do: Typed = "",
    hours: Typed = "",
    price: Typed = "",
    phone: Typed = "",
    website: Typed = "",
    dishes: Typed = "",
    dishes_en: Typed = "",
    facilities: Typed = "",
    facilities_en: Typed = "",
    photos: Typed = "",
) -> Response:
    """Show what guests would read, or publish it."""
    frame = frame_of(request, container)
    own = own_listings(frame)
    chosen = chosen_of(own, listing)
    if do == "drop":
        with writing(container.engine) as session:
            drop_draft(session, frame.holder.credential or "", chosen.id)
        return RedirectResponse(_address(chosen.id, done="dropped"), 303)
    given = (hours, price, phone, website, dishes, dishes_en, facilities, facilities_en, photos)
    typed = dict(zip(EDITABLE, given, strict=True))
    read = read_form(typed, Category(chosen.category))
    form = Form("edit", typed, _errors(frame, read, typed))
    if form.errors or do != "save":
        # Who leaves now finds what they typed when they come back.
        with writing(container.engine) as session:
            keep_draft(session, frame.holder.credential or "", chosen.id, typed, seen=seen, now=container.clock())
    if form.errors:
        return _page(frame, own, chosen, form, status=422)
    if do != "save":
        return _page(frame, own, chosen, form, preview=_preview(frame, chosen, read))
    try:
        with writing(container.engine) as session:
            edit = listing_edits.change_listing(
                session, frame.holder, chosen.id, read.values, seen=seen, now=container.clock()
            )
            drop_draft(session, frame.holder.credential or "", chosen.id)
    except Conflict:
        with writing(container.engine) as session:
            keep_draft(session, frame.holder.credential or "", chosen.id, typed, seen=seen, now=container.clock())
        with_note = Form("edit", typed, {"form": frame.t("edit.changed_since")})
        return _page(frame, own, chosen, with_note, preview=_preview(frame, chosen, read), status=409)
    return RedirectResponse(_address(chosen.id, done="saved" if edit is not None else "same"), 303)


@router.get("/merchant/listing/history")
def history_page(
    request: Request,
    container: ContainerDep,
    listing: str = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """Show what was changed, by whom, from what to what."""
    frame = frame_of(request, container)
    own = own_listings(frame)
    chosen = chosen_of(own, listing)
    with reading(container.engine) as session:
        page = listing_edits.edits_page(session, listing=chosen.id, before=before)
    older = _address(chosen.id, "/merchant/listing/history", before=str(page.before)) if page.before else None
    return render(
        frame,
        "edit_history.html",
        name=name_of(frame, chosen),
        edits=edits_shown(frame, page.edits),
        action="/merchant/listing/undo",
        back=_address(chosen.id),
        older=older,
    )


@router.post("/merchant/listing/undo", dependencies=[LimitWrites, FromOurPage])
def undo(request: Request, container: ContainerDep, edit: Annotated[int, FormField(ge=1, le=LARGEST_ID)]) -> Response:
    """Take one of the merchant's edits back."""
    frame = frame_of(request, container)
    own_listings(frame)
    try:
        with writing(container.engine) as session:
            done = listing_edits.take_back(session, frame.holder, edit, now=container.clock())
    except Conflict:
        return message(frame, frame.t("edit.later_title"), frame.t("edit.later"), status=409)
    return RedirectResponse(_address(done.listing_id, done="undone"), 303)


def edits_shown(frame: Frame, edits: Sequence[accounts.ListingEdit]) -> list[dict[str, Any]]:
    """Return edits as a list shows them: when, who, and each field before and after."""
    return [
        {
            "id": edit.id,
            "at": moment(frame, edit.at),
            "who": frame.t("role.of", who=edit.actor, role=frame.t(f"role.{edit.role}")),
            "undoes": edit.undoes is not None,
            "listing": edit.listing_id,
            "href": place_path(edit.listing_id),
            "changes": [
                _change(frame, key, edit.before[key]["value"], after["value"]) for key, after in edit.after.items()
            ],
        }
        for edit in edits
    ]


def _change(frame: Frame, key: str, before: Any, after: Any) -> dict[str, str]:
    return {"label": frame.t(f"edit.{key}"), "before": _told(frame, before), "after": _told(frame, after)}


def _told(frame: Frame, value: Any) -> str:
    if value is None or value == []:
        return frame.t("edit.nothing")
    if isinstance(value, list):
        return frame.t("edit.between").join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _address(listing: str, path: str = "/merchant/listing", **query: str) -> str:
    return f"{path}?{urlencode({'listing': listing, **query})}"


def _preview(frame: Frame, listing: Listing, read: Reading) -> dict[str, Any]:
    changes = listing_edits.changes_of(listing, read.values)
    week = read.week
    return {
        "hours": hours_of_week(week, frame.t) if week is not None else frame.t("edit.hours_unknown"),
        "price": money(read.values["price"], listing.currency) if read.values.get("price") is not None else None,
        "changes": [_change(frame, key, getattr(listing, key), value) for key, value in changes.items()],
    }


def _errors(frame: Frame, read: Reading, typed: Mapping[str, str]) -> dict[str, str]:
    return {key: _said(frame, problem, typed[key]) for key, problem in read.problems.items()}


def _said(frame: Frame, problem: Problem, typed: str) -> str:
    t = frame.t
    if problem.fault is Fault.HOURS:
        return t("edit.fault_hours", example=_nearest(frame, typed))
    return t(f"edit.fault_{problem.fault}", n=f"{problem.limit:,}", word=problem.word)


def _nearest(frame: Frame, typed: str) -> str:
    """Return the nearest form that can be read, in the reader's language where that can be read too."""
    week = nearest_week(typed)
    told = hours_of_week(week, frame.t) if week is not None else ""
    return told if told and parse_hours(told) == week else frame.t("edit.hours_example")


def _page(
    frame: Frame,
    own: Sequence[Listing],
    chosen: Listing,
    form: Form,
    *,
    said: str | None = None,
    draft: ListingDraft | None = None,
    preview: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    week = parse_hours(chosen.hours)
    return render(
        frame,
        "edit.html",
        status=status,
        name=name_of(frame, chosen),
        listing=chosen.id,
        # A draft is of the listing as it was then: publishing it over a later change is told first.
        seen=chosen.content_hash if draft is None else draft.seen,
        kept=None if draft is None else moment(frame, draft.at),
        form=form,
        said=said,
        preview=preview,
        public=place_path(chosen.id),
        history=_address(chosen.id, "/merchant/listing/history"),
        understood=hours_of_week(week, frame.t) if week is not None else None,
        price_label=frame.t(f"edit.price_{chosen.category}"),
        others=[Link(_address(each.id), name_of(frame, each), here=each.id == chosen.id) for each in own],
    )
