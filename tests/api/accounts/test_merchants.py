from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api import accounts
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from tests.api.accounts.builders import NOW, add_place

PASSWORD = "bamboo in the rain"


def test_a_listing_belongs_to_one_merchant(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        place = add_place(session)
        first = accounts.make_merchant(session, "茶馆", listings=[place], now=NOW)
        accounts.add_listing(session, first.id, place, now=NOW)  # twice changes nothing
        assert [listing.id for listing in accounts.listings_of(session, first.id)] == [place]
        assert accounts.counter_listings(session) == [place]
        with pytest.raises(Conflict):
            accounts.make_merchant(session, "另一家", listings=[place], now=NOW)
        with pytest.raises(NotFound):
            accounts.add_listing(session, first.id, "nowhere", now=NOW)


def test_an_invitation_is_good_once(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        merchant = accounts.make_merchant(session, "茶馆", now=NOW).id
        token = accounts.invite(session, merchant, now=NOW)
        known = accounts.invitation_merchant(session, token, now=NOW)
        assert known is not None
        assert known.id == merchant
        accounts.accept_invitation(session, token, "Tea.House", PASSWORD, now=NOW)
        assert accounts.invitation_merchant(session, token, now=NOW) is None
        with pytest.raises(NotFound):
            accounts.accept_invitation(session, token, "tea2", PASSWORD, now=NOW)
    with writing(any_engine) as session:
        holder = accounts.authenticate(session, "tea.house", PASSWORD, now=NOW)
    assert holder is not None
    assert holder.merchant == merchant


def test_an_invitation_ends_after_seven_days(engine: Engine) -> None:
    with writing(engine) as session:
        merchant = accounts.make_merchant(session, "茶馆", now=NOW).id
        token = accounts.invite(session, merchant, now=NOW)
        assert accounts.invitation_merchant(session, token, now=NOW + timedelta(days=7, seconds=-1)) is not None
        with pytest.raises(NotFound):
            accounts.accept_invitation(session, token, "tea", PASSWORD, now=NOW + timedelta(days=7))


@pytest.mark.parametrize(
    ("login", "password"), [("ab", PASSWORD), ("with space", PASSWORD), ("tea", "too short"), ("tea", "x" * 201)]
)
def test_a_login_of_another_form_leaves_the_invitation_open(engine: Engine, login: str, password: str) -> None:
    with writing(engine) as session:
        token = accounts.invite(session, accounts.make_merchant(session, "茶馆", now=NOW).id, now=NOW)
        with pytest.raises(UsageError):
            accounts.accept_invitation(session, token, login, password, now=NOW)
        assert accounts.invitation_merchant(session, token, now=NOW) is not None


def test_a_taken_login_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("茶馆", "农家乐"):
            token = accounts.invite(session, accounts.make_merchant(session, name, now=NOW).id, now=NOW)
            if name == "茶馆":
                accounts.accept_invitation(session, token, "tea", PASSWORD, now=NOW)
        with pytest.raises(Conflict):
            accounts.accept_invitation(session, token, "TEA", PASSWORD, now=NOW)


def test_merchants_are_listed_with_what_is_theirs(engine: Engine) -> None:
    with writing(engine) as session:
        place = add_place(session)
        accounts.make_merchant(session, "乙", now=NOW)
        accounts.make_merchant(session, "甲", listings=[place], now=NOW)
    with reading(engine) as session:
        assert {(one.name, tuple(listings)) for one, listings in accounts.list_merchants(session)} == {
            ("乙", ()),
            ("甲", (place,)),
        }


def test_nobody_is_invited_for_a_merchant_that_does_not_exist(engine: Engine) -> None:
    with writing(engine) as session, pytest.raises(NotFound):
        accounts.invite(session, "m_unknown", now=NOW)
