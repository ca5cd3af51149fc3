"""A merchant's changes of their own listing: made, listed, and taken back by them or by the operator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from api import accounts
from api.accounts import Action, Holder, ListingEdit, MerchantListing, Role
from index.errors import Conflict, NotFound
from index.listing import Listing
from index.overlay import ListingOverlay, lay_over, overlay_of

#: Edits on a page.
PAGE = 20


@dataclass(frozen=True, slots=True)
class EditPage:
    """One page of edits, newest first; `before` asks for the next, None on the last."""

    edits: Sequence[ListingEdit]
    before: int | None


def changes_of(listing: Listing, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that differ from what guests read now."""
    return {key: value for key, value in values.items() if value != getattr(listing, key)}


def change_listing(
    session: Session, holder: Holder, listing: str, values: Mapping[str, Any], *, seen: str, now: datetime
) -> ListingEdit | None:
    """Make a merchant's values what guests read; None when nothing differs.

    Args:
        session: That writes.
        holder: The owner.
        listing: One of theirs.
        values: Read by `api.listing_form`.
        seen: Content hash of the listing that the owner saw when they wrote.
        now: The service's clock.

    Raises:
        NotFound: It is not the holder's.
        Conflict: It was changed since by somebody else.
    """
    stored = _own(session, holder, listing)
    if stored.content_hash != seen:
        raise Conflict("this listing was changed by somebody else just now; look at it again")
    changed = changes_of(stored, values)
    if not changed:
        return None
    overlay = session.get(ListingOverlay, listing)
    source = overlay.record if overlay is not None else {key: getattr(stored, key) for key in changed}
    words = dict(overlay_of(session, listing))
    for key, value in changed.items():
        if overlay is not None and value == source.get(key):
            words.pop(key, None)  # back to what the source says, which may go on changing it
        else:
            words[key] = value
    return _apply(session, holder, stored, words, sorted(changed), now=now)


def take_back(session: Session, holder: Holder, edit_id: int, *, now: datetime) -> ListingEdit:
    """Put back what an edit changed; the owner's own, or any for an admin.

    Raises:
        NotFound: There is no such edit of the holder's.
        Conflict: What it changed was changed again since, or it was taken back before.
    """
    edit = session.get(ListingEdit, edit_id)
    if edit is None or (holder.role is not Role.ADMIN and not holder.owns(edit.merchant_id)):
        raise NotFound("edit", str(edit_id))
    stored = session.get(Listing, edit.listing_id, with_for_update=True)
    if stored is None:
        raise NotFound("listing", edit.listing_id)
    words = dict(overlay_of(session, edit.listing_id))
    for key, after in edit.after.items():
        if (key in words) != after["own"] or (after["own"] and words[key] != after["value"]):
            raise Conflict("what this edit changed was changed again since; take the later one back first")
    for key, before in edit.before.items():
        if before["own"]:
            words[key] = before["value"]
        else:
            words.pop(key, None)
    return _apply(session, holder, stored, words, list(edit.after), now=now, undoes=edit)


def edits_page(
    session: Session, *, listing: str | None = None, before: int | None = None, limit: int = PAGE
) -> EditPage:
    """Return edits, newest first: of one listing, or of all for the operator."""
    query = select(ListingEdit)
    if listing is not None:
        query = query.where(ListingEdit.listing_id == listing)
    if before is not None:
        query = query.where(col(ListingEdit.id) < before)
    found = session.exec(query.order_by(col(ListingEdit.id).desc()).limit(limit + 1)).all()
    return EditPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def _own(session: Session, holder: Holder, listing: str) -> Listing:
    held = session.get(MerchantListing, listing)
    stored = session.get(Listing, listing, with_for_update=True)
    if held is None or stored is None or not holder.owns(held.merchant_id):
        raise NotFound("listing of yours", listing)
    return stored


def _apply(
    session: Session,
    holder: Holder,
    stored: Listing,
    words: Mapping[str, Any],
    keys: Sequence[str],
    *,
    now: datetime,
    undoes: ListingEdit | None = None,
) -> ListingEdit:
    held = session.get(MerchantListing, stored.id)
    merchant = undoes.merchant_id if undoes is not None else held.merchant_id if held is not None else ""
    old = overlay_of(session, stored.id)
    before = {key: {"own": key in old, "value": getattr(stored, key)} for key in keys}
    lay_over(session, stored.id, words, now=now)
    after = {key: {"own": key in words, "value": getattr(stored, key)} for key in keys}
    edit = ListingEdit(
        listing_id=stored.id,
        merchant_id=merchant,
        at=now,
        actor=holder.credential or str(holder.role),
        role=holder.role,
        undoes=undoes.id if undoes is not None else None,
        before=before,
        after=after,
    )
    session.add(edit)
    action = Action.EDIT if undoes is None else Action.UNDO
    accounts.note(session, merchant, action, by=holder, subject=f"{stored.name}: {', '.join(keys)}", now=now)
    return edit
