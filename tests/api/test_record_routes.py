"""What a merchant's own register says, through the real route."""

from typing import Any

import pytest

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
