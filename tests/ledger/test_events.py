from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from ledger.events import Arm, Grade, Payload, Ticket, parse_event

GOOD = {
    "id": "event-0001",
    "at": "2026-11-24T12:00:00+08:00",
    "listing": "tea-house",
    "visitor": "visitor-1",
    "payload": {"kind": "open"},
}


def test_a_time_is_kept_in_utc_so_that_a_moment_has_one_form() -> None:
    event = parse_event(GOOD)

    assert event.at == datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert event.at.tzinfo is UTC


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-11-24T12:00:00"},
        {"at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))},
        {"id": "short"},
        {"id": "a" * 65},
        {"id": "with space"},
        {"listing": None},
        {"listing": "nul\x00"},
        {"listing": "half\ud800"},
        {"listing": "x" * 402},
        {"visitor": "v"},
        {"unknown": 1},
        {"payload": {"kind": "visit", "grade": "E"}},
        {"payload": {"kind": "visit", "grade": "B"}, "visitor": None},
        {"payload": {"kind": "impression", "query_id": "query-001", "position": -1}},
        {"payload": {"kind": "impression", "query_id": "query-001", "position": 0, "propensity": 0}},
        {"payload": {"kind": "impression", "query_id": "query-001", "position": 0, "terms": {"words": float("nan")}}},
        {"payload": {"kind": "rumour"}},
    ],
)
def test_what_does_not_fit_its_kind_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_event(GOOD | change)


def test_only_a_stated_visit_is_unverified() -> None:
    assert [grade.value for grade in Grade if grade.is_verified] == ["A", "B", "C"]


SIGNED = {"attested_by": "issuer", "issuer": "a bank", "signature": "0" * 128}
#: One payload of each kind that the ledger knows, as it is sent.
PAYLOADS: tuple[dict[str, Any], ...] = (
    {
        "kind": "impression",
        "query_id": "query-001",
        "position": 3,
        "propensity": 0.95,
        "terms": {"meaning": 0.5},
        "understood": ["category:restaurant"],
    },
    {"kind": "withheld", "query_id": "query-001", "position": 3, "propensity": 0.05},
    {"kind": "open", "query_id": "query-001"},
    {"kind": "call"},
    {"kind": "directions", "map": "amap"},
    {"kind": "share"},
    {"kind": "website"},
    {"kind": "save"},
    {"kind": "booking", "day": "2026-12-01", "people": 4},
    {"kind": "visit", "grade": "C", "ticket": {"opened_at": "2026-11-20T04:00:00Z", "arm": "shown"}, "origin": None},
    {"kind": "visit", "grade": "B", "ticket": None, "origin": None, "instead_of": "visit-0001"},
    {"kind": "origin", "visit": "visit-0001", "place": "county"},
    {"kind": "payment", "amount": 8_800, "currency": "CNY", "reference": "r-1", "visit": None, **SIGNED},
    {"kind": "stay", "nights": 2},
    {"kind": "bill_paid", "service": "water", "attested_by": "merchant", "issuer": None, "on_time": True},
    {
        "kind": "bill",
        "service": "water",
        "due": "2026-11-10",
        "paid": "2026-11-09",
        "band": 1,
        "reference": "w-1",
        **SIGNED,
    },
    {"kind": "review", "rating": 4, "text": "清静"},
    {"kind": "counter", "device": "device-01", "network": "network-1"},
    {"kind": "dispute", "visit_index": 7, "note": ""},
    {"kind": "decision", "visit_index": 7, "counts": True, "decided_by": "admin", "note": ""},
    {"kind": "withdrawal", "input_index": 7, "decided_by": "admin", "note": ""},
    {"kind": "correction", "what": "closed", "note": ""},
    {"kind": "erasure", "indices": [1, 2], "digest": "0" * 64},
)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload["kind"])
def test_every_kind_is_read_and_written_again_and_takes_nothing_that_it_does_not_know(payload: dict[str, Any]) -> None:
    event = parse_event({**GOOD, "payload": payload})

    assert event.model_dump(mode="json")["payload"] == payload
    with pytest.raises(ValidationError):
        parse_event({**GOOD, "payload": {**payload, "phone": "0572-5550100"}})


def test_no_kind_is_left_out_above() -> None:
    kinds = {each.model_fields["kind"].default for each in get_args(get_args(Payload)[0])}
    assert {payload["kind"] for payload in PAYLOADS} == kinds


@pytest.mark.parametrize(
    "payload",
    [
        {"kind": "booking", "day": "2026-12-01", "people": 0},
        {"kind": "booking", "day": "someday"},
        {"kind": "stay", "nights": 0},
        {"kind": "review", "rating": 6},
        {"kind": "bill_paid", "service": "tea", "attested_by": "merchant", "on_time": True},
        {"kind": "payment", "amount": 0, "attested_by": "merchant", "reference": "r-1"},
        {"kind": "payment", "amount": 1, "attested_by": "issuer", "reference": "r-1"},
        {"kind": "withdrawal", "input_index": -1, "decided_by": "admin"},
        {"kind": "bill", "service": "water", "due": "2026-11-10", "paid": "2026-11-09", "band": 1, **SIGNED},
        {"kind": "correction", "what": "ugly"},
        {"kind": "erasure", "indices": "all"},
        {"kind": "withheld", "query_id": "query-001", "position": 3, "propensity": 1},
    ],
)
def test_a_payload_outside_its_bounds_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_event({**GOOD, "payload": payload})


AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_a_ticket_from_before_arms_were_kept_is_written_as_it_was() -> None:
    assert Ticket(opened_at=AT).model_dump(mode="json") == {"opened_at": "2026-11-24T04:00:00Z"}
    assert Ticket(opened_at=AT, arm=Arm.WITHHELD).model_dump(mode="json")["arm"] == "withheld"
