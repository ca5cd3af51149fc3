from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api import accounts
from api.accounts import Holder, Role
from api.accounts.staff import STAFF_LIMIT
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from tests.api.accounts.builders import NOW, PASSWORD, add_login


def test_staff_join_by_an_invitation_of_the_owner_as_staff(any_engine: Engine) -> None:
    owner = add_login(any_engine)
    with writing(any_engine) as session:
        token = accounts.invite(session, owner.merchant or "", role=Role.STAFF, label="小王 🍵", by=owner, now=NOW)
        assert [one.label for one in accounts.open_invitations(session, owner.merchant or "", now=NOW)] == ["小王 🍵"]
        accounts.accept_invitation(session, token, "wang", PASSWORD, now=NOW)
        holder = accounts.authenticate(session, "wang", PASSWORD, now=NOW)
        assert holder == Holder(Role.STAFF, owner.merchant, "wang")
        assert not holder.owns(owner.merchant or "")
        assert holder.works_for(owner.merchant or "")
        assert accounts.open_invitations(session, owner.merchant or "", now=NOW) == []
        assert [(one.name, one.role) for one in accounts.logins_of(session, owner.merchant or "")] == [
            ("laoban", "merchant"),
            ("wang", "staff"),
        ]


def test_a_withdrawn_invitation_opens_nothing(any_engine: Engine) -> None:
    owner = add_login(any_engine)
    with writing(any_engine) as session:
        token = accounts.invite(session, owner.merchant or "", role=Role.STAFF, label="王", by=owner, now=NOW)
        [invitation] = accounts.open_invitations(session, owner.merchant or "", now=NOW)
        accounts.withdraw_invitation(session, owner, invitation.token_hash, now=NOW)
        with pytest.raises(NotFound):
            accounts.withdraw_invitation(session, owner, invitation.token_hash, now=NOW)
        with pytest.raises(NotFound):
            accounts.accept_invitation(session, token, "wang", PASSWORD, now=NOW)


def test_removing_staff_ends_their_sessions_at_once(any_engine: Engine) -> None:
    owner = add_login(any_engine)
    staff = add_login(any_engine, "wang", role=Role.STAFF, merchant=owner.merchant)
    with writing(any_engine) as session:
        made = [accounts.open_session(session, holder, now=NOW) for holder in (owner, staff)]
        accounts.remove_staff(session, owner, "wang", now=NOW)
    with reading(any_engine) as session:
        assert accounts.session_holder(session, made[0].token, now=NOW) is not None
        assert accounts.session_holder(session, made[1].token, now=NOW) is None
    with writing(any_engine) as session:
        assert accounts.authenticate(session, "wang", PASSWORD, now=NOW) is None
        # Logged in at the very moment of being removed: the session that comes too late opens nothing.
        late = accounts.open_session(session, staff, now=NOW)
        assert accounts.session_holder(session, late.token, now=NOW) is None


def test_nobody_removes_or_withdraws_what_is_anothers(engine: Engine) -> None:
    owner, other = add_login(engine), add_login(engine, "other")
    add_login(engine, "wang", role=Role.STAFF, merchant=owner.merchant)
    with writing(engine) as session:
        accounts.invite(session, owner.merchant or "", role=Role.STAFF, label="李", by=owner, now=NOW)
        [invitation] = accounts.open_invitations(session, owner.merchant or "", now=NOW)
        for login in ("wang", "laoban", "nobody"):
            with pytest.raises(NotFound):
                accounts.remove_staff(session, other, login, now=NOW)
        with pytest.raises(NotFound):
            accounts.withdraw_invitation(session, other, invitation.token_hash, now=NOW)
        with pytest.raises(NotFound):
            accounts.remove_staff(session, owner, "laoban", now=NOW)  # an owner is not staff


def test_an_invitation_ends_after_seven_days_and_is_no_longer_listed(engine: Engine) -> None:
    owner = add_login(engine)
    with writing(engine) as session:
        accounts.invite(session, owner.merchant or "", role=Role.STAFF, label="王", by=owner, now=NOW)
        assert accounts.open_invitations(session, owner.merchant or "", now=NOW + timedelta(days=7)) == []


def test_a_merchant_has_a_bounded_number_of_staff(engine: Engine) -> None:
    owner = add_login(engine)
    with writing(engine) as session:
        for number in range(STAFF_LIMIT - 1):
            accounts.ensure_room(session, owner.merchant or "", now=NOW)
            accounts.invite(session, owner.merchant or "", role=Role.STAFF, label=str(number), by=owner, now=NOW)
        with pytest.raises(Conflict):
            accounts.ensure_room(session, owner.merchant or "", now=NOW)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.BOARD, Role.NOBODY])
def test_nobody_is_invited_as_anything_else(engine: Engine, role: Role) -> None:
    owner = add_login(engine)
    with writing(engine) as session, pytest.raises(UsageError):
        accounts.invite(session, owner.merchant or "", role=role, now=NOW)
