"""What a merchant's own register says, through the real route."""

from pathlib import Path
from typing import Any

import pytest

from index.database import writing
from ledger.append import append
from ledger.events import parse_event
from ledger.payments_import import import_statement
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import events_of_kind


def sent(served: Served, *payloads: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    events = [
        {"id": f"record-{number:04d}", "at": served.clock().isoformat(), "listing": TEA_HOUSE, "payload": payload}
        | fields
        for number, payload in enumerate(payloads)
    ]
    path = f"/v1/merchants/{served.merchant}/events"
    reply = served.client.post(path, json={"events": events}, headers=served.keys.header("merchant"))
    assert reply.status_code == 200, reply.text
    receipts: list[dict[str, Any]] = reply.json()["receipts"]
    return receipts


BOOKING = {"kind": "booking", "day": "2026-12-01", "people": 4}
STAY = {"kind": "stay", "nights": 2}
BILL = {"kind": "bill_paid", "service": "water", "attested_by": "merchant", "on_time": True}
PAYMENT = {"kind": "payment", "amount": 8_800, "attested_by": "merchant", "reference": "till-1"}


def test_a_merchants_word_is_recorded_once_without_any_visitor(served: Served) -> None:
    first = sent(served, BOOKING, STAY, BILL, PAYMENT)
    again = sent(served, BOOKING, STAY, BILL, PAYMENT)

    assert [one["status"] for one in first] == ["recorded"] * 4
    assert [one["status"] for one in again] == ["duplicate"] * 4
    [booking] = events_of_kind(served.container, "booking")
    assert (booking.listing, booking.visitor, booking.payload.people) == (TEA_HOUSE, None, 4)


@pytest.mark.parametrize(
    ("payload", "fields", "why"),
    [
        (STAY, {"listing": FARM_STAY}, "none of your listings"),
        (STAY, {"visitor": "visitor-0001"}, "names no visitor"),
        (STAY, {"at": "2030-01-01T00:00:00Z"}, "in the future"),
        (STAY, {"made_up": True}, "made-up events"),
        ({"kind": "visit", "grade": "D"}, {"visitor": "visitor-0001"}, "not a merchant's word"),
        ({"kind": "review", "rating": 5}, {}, "not a merchant's word"),
        (BILL | {"attested_by": "issuer"}, {}, "signed feed"),
        ({"kind": "stay", "nights": 0}, {}, "nights"),
    ],
)
def test_what_is_not_a_merchants_to_say_is_refused(
    served: Served, payload: dict[str, Any], fields: dict[str, Any], why: str
) -> None:
    [receipt] = sent(served, payload, **fields)

    assert receipt["status"] == "rejected"
    assert why in receipt["reason"]


def test_one_that_is_refused_keeps_no_other_back(served: Served) -> None:
    assert [one["status"] for one in sent(served, {"kind": "stay", "nights": 0}, STAY)] == ["rejected", "recorded"]


def test_a_payment_is_counted_once_under_however_many_ids(served: Served) -> None:
    at = served.clock().isoformat()
    tries = [{"id": f"payment-of-mine-{n}", "at": at, "listing": TEA_HOUSE, "payload": PAYMENT} for n in range(3)]
    path, header = f"/v1/merchants/{served.merchant}/events", served.keys.header("merchant")
    first = served.client.post(path, json={"events": tries[:2]}, headers=header).json()["receipts"]
    [later] = served.client.post(path, json={"events": tries[2:]}, headers=header).json()["receipts"]

    assert [one["status"] for one in [*first, later]] == ["recorded", "duplicate", "duplicate"]
    assert [one["id"] for one in [*first, later]] == [one["id"] for one in tries]
    assert len({one["index"] for one in [*first, later]}) == 1
    assert [event.id for event in events_of_kind(served.container, "payment")] == [later["logged_as"]]


def test_another_payment_under_a_reference_that_is_taken_is_refused_and_told(served: Served) -> None:
    [first, second] = sent(served, PAYMENT, PAYMENT | {"amount": 9_900})

    assert (first["status"], second["status"]) == ("recorded", "rejected")
    assert "reference" in second["reason"]
    assert len(events_of_kind(served.container, "payment")) == 1


def test_what_the_tills_file_brought_is_not_counted_again_when_it_is_sent(served: Served, tmp_path: Path) -> None:
    at = served.clock().replace(microsecond=0)
    local = at.astimezone(served.container.settings.tz)
    statement = tmp_path / "till.csv"
    statement.write_text(f"time,amount,reference\n{local:%Y-%m-%d %H:%M:%S},88.00,till-1\n")
    engine, tz = served.container.engine, served.container.settings.tz
    assert import_statement(engine, statement, TEA_HOUSE, mapping={}, now=at, tz=tz).inserted == 1

    [receipt] = sent(served, PAYMENT, at=at.isoformat())

    assert receipt["status"] == "duplicate"
    assert len(events_of_kind(served.container, "payment")) == 1


def test_a_payment_that_an_older_version_logged_under_the_senders_id_is_still_known(served: Served) -> None:
    old = parse_event({"id": "record-0000", "at": served.clock().isoformat(), "listing": TEA_HOUSE, "payload": PAYMENT})
    with writing(served.container.engine) as session:
        append(session, [old], now=served.clock(), trusted=True)

    [receipt] = sent(served, PAYMENT)

    assert (receipt["status"], receipt["logged_as"]) == ("duplicate", None)
    assert len(events_of_kind(served.container, "payment")) == 1
