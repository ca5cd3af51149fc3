import pytest
from sqlalchemy import Engine

from api import accounts
from api.accounts.claims import PENDING_LIMIT
from index.database import writing
from index.errors import Conflict, NotFound
from tests.api.accounts.builders import NOW, add_place


def test_an_approved_claim_makes_a_merchant_with_an_invitation(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        place = add_place(session)
        claim = accounts.claim_listing(session, place, name="王小竹", contact="0572-5550123", now=NOW)
        assert [one.id for one in accounts.pending_claims(session)] == [claim.id]
        made = accounts.decide_claim(session, claim.id, approve=True, by="admin", now=NOW)
        assert made is not None
        assert made.invitation is not None
        assert [listing.id for listing in accounts.listings_of(session, made.merchant)] == [place]
        invited = accounts.invitation_merchant(session, made.invitation, now=NOW)
        assert invited is not None
        assert invited.id == made.merchant
        assert accounts.pending_claims(session) == []


def test_a_merchant_who_claims_gets_the_listing_and_no_invitation(engine: Engine) -> None:
    with writing(engine) as session:
        merchant = accounts.make_merchant(session, "茶馆", now=NOW).id
        claim = accounts.claim_listing(
            session, add_place(session), name="王", contact="123", merchant=merchant, now=NOW
        )
        made = accounts.decide_claim(session, claim.id, approve=True, by="admin", now=NOW)
        assert made == accounts.Approval(merchant, None)


def test_a_claim_is_decided_once(engine: Engine) -> None:
    with writing(engine) as session:
        claim = accounts.claim_listing(session, add_place(session), name="王", contact="123", now=NOW)
        assert accounts.decide_claim(session, claim.id, approve=False, by="admin", reason="no papers", now=NOW) is None
        assert (claim.status, claim.reason, claim.decided_by) == ("rejected", "no papers", "admin")
        with pytest.raises(Conflict):
            accounts.decide_claim(session, claim.id, approve=True, by="admin", now=NOW)
        with pytest.raises(NotFound):
            accounts.decide_claim(session, "c_unknown", approve=True, by="admin", now=NOW)


def test_of_two_claims_on_a_listing_one_can_be_approved(engine: Engine) -> None:
    with writing(engine) as session:
        place = add_place(session)
        first, second = (accounts.claim_listing(session, place, name=name, contact="123", now=NOW) for name in "甲乙")
        accounts.decide_claim(session, first.id, approve=True, by="admin", now=NOW)
        with pytest.raises(Conflict):
            accounts.decide_claim(session, second.id, approve=True, by="admin", now=NOW)
        with pytest.raises(Conflict):
            accounts.claim_listing(session, place, name="丙", contact="123", now=NOW)


def test_a_listing_takes_a_bounded_number_of_claims(engine: Engine) -> None:
    with writing(engine) as session:
        place = add_place(session)
        for number in range(PENDING_LIMIT):
            accounts.claim_listing(session, place, name=f"n{number}", contact="123", now=NOW)
        with pytest.raises(Conflict):
            accounts.claim_listing(session, place, name="one more", contact="123", now=NOW)
        with pytest.raises(NotFound):
            accounts.claim_listing(session, "nowhere", name="王", contact="123", now=NOW)
