"""An issuer sends its feed over HTTP: the signature lets it in, and nothing else does."""

import json

import pytest

from api.routes.feeds import MOST_LINES, MOST_WRONG
from index.database import reading, writing
from ledger.events import Attester, Event, Payment
from ledger.payments import signed_bytes
from ledger.payments_import import trust_issuer
from ledger.reading import events_of
from tests.api.builders import TEA_HOUSE, Served
from tests.ledger.test_payments import BANK, KEY

TEXT = {"Content-Type": "text/plain"}


def line(number: int, listing: str = TEA_HOUSE) -> str:
    """A payment that the bank signs."""
    said = {"issuer": "bank", "listing": listing, "at": "2026-11-23T04:10:00Z", "amount": 8_800, "currency": "CNY"}
    reference = f"till-{number}"
    payload = Payment(
        amount=8_800, attested_by=Attester.ISSUER, issuer="bank", reference=reference, signature="0" * 128
    )
    event = Event(id="event-0001", at=said["at"], listing=listing, payload=payload)
    signature = BANK.sign(signed_bytes(event)).hex()
    return json.dumps(said | {"reference": reference, "visit": None, "signature": signature})


@pytest.fixture
def trusted(served: Served) -> Served:
    """The county, whose operator trusts the bank."""
    with writing(served.container.engine) as session:
        trust_issuer(session, "bank", KEY.hex(), now=served.clock())
    return served


def payments(served: Served) -> int:
    with reading(served.container.engine) as session:
        return sum(1 for _ in events_of(session, [TEA_HOUSE], kinds=["payment"]))


def test_what_a_trusted_issuer_signs_goes_in_once_however_often_it_is_sent(trusted: Served) -> None:
    feed = f"{line(1)}\n{line(2)}\n"
    first, again = (trusted.client.post("/v1/feeds/payments", content=feed, headers=TEXT) for _ in range(2))
    assert first.json() == {"inserted": 2, "unchanged": 0, "wrong": [], "stopped_after": None}
    assert (again.json()["inserted"], again.json()["unchanged"]) == (0, 2)
    assert payments(trusted) == 2


def test_what_nobody_trusted_signs_or_what_was_changed_does_not(served: Served) -> None:
    for content, reason in ((line(1), "not trusted"), ("{", "Expecting")):
        reply = served.client.post("/v1/feeds/payments", content=content, headers=TEXT).json()
        assert reply["inserted"] == 0
        assert reason in reply["wrong"][0]["reason"]
    with writing(served.container.engine) as session:
        trust_issuer(session, "bank", KEY.hex(), now=served.clock())
    feed = "\n".join([line(1).replace("8800", "8801"), line(2, "no-such-place"), line(3)])
    reply = served.client.post("/v1/feeds/payments", content=feed, headers=TEXT).json()
    assert [one["line"] for one in reply["wrong"]] == [1, 2]
    assert "signature is not that of bank" in reply["wrong"][0]["reason"]
    assert payments(served) == 1


def test_a_feed_is_bounded_and_one_that_is_wrong_throughout_is_not_read_to_its_end(trusted: Served) -> None:
    reply = trusted.client.post("/v1/feeds/payments", content="{}\n" * MOST_LINES + line(1), headers=TEXT)
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
    assert trusted.client.post("/v1/feeds/payments", content="", headers=TEXT).status_code == 422
    stopped = trusted.client.post("/v1/feeds/payments", content="{}\n" * 50 + line(1), headers=TEXT).json()
    assert (len(stopped["wrong"]), stopped["stopped_after"], stopped["inserted"]) == (MOST_WRONG, MOST_WRONG, 0)
    assert payments(trusted) == 0
