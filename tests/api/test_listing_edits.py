from typing import Any

import pytest
from sqlalchemy import Engine

from api import accounts
from api.accounts import Holder, ListingEdit, Role
from api.listing_edits import change_listing, edits_page, take_back
from index.database import reading, writing
from index.errors import Conflict, NotFound
from index.listing import Listing
from tests.api.accounts.builders import NOW, add_login, add_place

ADMIN = Holder(Role.ADMIN, None, "0123456789ab")


def _owner(engine: Engine, name: str = "laoban", place: str = "tea-house") -> Holder:
    owner = add_login(engine, name)
    with writing(engine) as session:
        accounts.add_listing(session, owner.merchant or "", add_place(session, place), now=NOW)
    return owner


def _listing(engine: Engine, place: str = "tea-house") -> Listing:
    with reading(engine) as session:
        found = session.get(Listing, place)
    assert found is not None
    return found


def _change(engine: Engine, owner: Holder, **values: Any) -> ListingEdit | None:
    seen = _listing(engine).content_hash
    with writing(engine) as session:
        return change_listing(session, owner, "tea-house", values, seen=seen, now=NOW)


def _back(engine: Engine, holder: Holder, edit: ListingEdit | None) -> ListingEdit:
    assert edit is not None
    assert edit.id is not None
    with writing(engine) as session:
        return take_back(session, holder, edit.id, now=NOW)


def test_an_edit_is_kept_with_what_stood_there_before(any_engine: Engine) -> None:
    owner = _owner(any_engine)
    edit = _change(any_engine, owner, price=68.0, phone=None)
    assert edit is not None
    assert edit.before == {"price": {"own": False, "value": None}}
    assert edit.after == {"price": {"own": True, "value": 68.0}}
    assert _listing(any_engine).price == 68
    assert _change(any_engine, owner, price=68.0) is None, "nothing differs"


def test_undo_puts_back_what_stood_there_and_can_be_undone(any_engine: Engine) -> None:
    owner = _owner(any_engine)
    _change(any_engine, owner, price=60.0)
    second = _change(any_engine, owner, price=68.0, dishes=["笋"])
    undone = _back(any_engine, owner, second)
    assert (_listing(any_engine).price, _listing(any_engine).dishes) == (60, [])
    assert undone.undoes == (second.id if second else None)
    _back(any_engine, owner, undone)
    assert (_listing(any_engine).price, _listing(any_engine).dishes) == (68, ["笋"])


def test_an_edit_below_a_later_one_is_not_undone_blindly(engine: Engine) -> None:
    owner = _owner(engine)
    first = _change(engine, owner, price=60.0)
    _change(engine, owner, price=68.0)
    with pytest.raises(Conflict):
        _back(engine, owner, first)
    assert _listing(engine).price == 68


def test_an_edit_is_undone_once(engine: Engine) -> None:
    owner = _owner(engine)
    edit = _change(engine, owner, price=60.0)
    _back(engine, owner, edit)
    with pytest.raises(Conflict):
        _back(engine, owner, edit)


def test_a_person_reverts_any_edit_and_the_owner_reads_who_did(engine: Engine) -> None:
    owner = _owner(engine)
    edit = _change(engine, owner, website="https://example.org")
    _back(engine, ADMIN, edit)
    assert _listing(engine).website is None
    with reading(engine) as session:
        newest = accounts.audit_page(session, owner.merchant or "").entries[0]
    assert (newest.action, newest.actor, newest.role) == ("undo", "0123456789ab", "admin")


def test_nobody_changes_or_takes_back_what_is_anothers(engine: Engine) -> None:
    owner, other = _owner(engine), add_login(engine, "other")
    staff = add_login(engine, "wang", role=Role.STAFF, merchant=owner.merchant)
    edit = _change(engine, owner, price=60.0)
    for stranger in (other, staff, Holder(Role.BOARD, None, "key"), ADMIN):
        with pytest.raises(NotFound):
            _change(engine, stranger, price=1.0)
    for stranger in (other, staff, Holder(Role.BOARD, None, "key")):
        with pytest.raises(NotFound):
            _back(engine, stranger, edit)
    with pytest.raises(NotFound), writing(engine) as session:
        take_back(session, owner, 999_999, now=NOW)
    assert _listing(engine).price == 60


def test_who_wrote_on_an_old_copy_is_told_so(engine: Engine) -> None:
    owner = _owner(engine)
    seen = _listing(engine).content_hash
    _change(engine, owner, price=60.0)
    with pytest.raises(Conflict), writing(engine) as session:
        change_listing(session, owner, "tea-house", {"price": 50.0}, seen=seen, now=NOW)


def test_a_value_put_back_to_the_sources_own_follows_the_source_again(engine: Engine) -> None:
    owner = _owner(engine)
    _change(engine, owner, price=60.0)
    edit = _change(engine, owner, price=None)
    assert edit is not None
    assert edit.after == {"price": {"own": False, "value": None}}


def test_edits_are_paged_newest_first(engine: Engine) -> None:
    owner = _owner(engine)
    for price in range(1, 6):
        _change(engine, owner, price=float(price))
    with reading(engine) as session:
        first = edits_page(session, listing="tea-house", limit=3)
        rest = edits_page(session, before=first.before, limit=3)
        assert edits_page(session, listing="elsewhere").edits == []
    assert [edit.after["price"]["value"] for edit in (*first.edits, *rest.edits)] == [5, 4, 3, 2, 1]
    assert rest.before is None
