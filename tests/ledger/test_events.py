from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.events import Arm, Grade, Ticket, parse_event

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


AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_a_ticket_from_before_arms_were_kept_is_written_as_it_was() -> None:
    assert Ticket(opened_at=AT).model_dump(mode="json") == {"opened_at": "2026-11-24T04:00:00Z"}
    assert Ticket(opened_at=AT, arm=Arm.WITHHELD).model_dump(mode="json")["arm"] == "withheld"
