"""What append writes by short ways is what the long ways give."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from ledger.events import Consent, Erasure, Event, Impression, Open
from ledger.proof.canonical import CanonicalError, canonical_json
from ledger.rows import COLUMNS, event_json
from ledger.storing import stored_ids
from ledger.tables import StoredPayload
from tests.ledger.builders import NOW, a_visit, an_event, stored

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
EVENTS = st.builds(
    Event,
    id=st.from_regex(r"\A[A-Za-z0-9_-]{8,64}\Z"),
    at=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - naive bounds
    listing=TEXT,
    visitor=st.none() | st.from_regex(r"\A[A-Za-z0-9_-]{8,64}\Z"),
    consent=st.sampled_from(Consent),
    made_up=st.booleans(),
    payload=st.builds(
        Impression,
        query_id=st.just("query-0001"),
        position=st.integers(0, 2**53 - 1),
        propensity=st.floats(0, 1, exclude_min=True),
        terms=st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=4),
        understood=st.lists(TEXT, max_size=3).map(tuple),
    ),
)


@settings(deadline=None)
@given(EVENTS)
def test_the_short_way_to_an_events_text_gives_its_canonical_json(event: Event) -> None:
    assert event_json(event) == canonical_json(event.model_dump(mode="json"))


@pytest.mark.parametrize(
    "event",
    [
        a_visit(),
        a_visit(ticket=NOW),
        an_event(at=NOW.replace(microsecond=1)),
        an_event(Erasure(indices=(0, 1)), listing=None, visitor=None),
        an_event(Open(), listing='a "quoted" \\ place 茶'),
    ],
)
def test_times_within_and_absent_names_are_written_the_same_way(event: Event) -> None:
    assert event_json(event) == canonical_json(event.model_dump(mode="json"))


@pytest.mark.parametrize(
    "terms",
    [
        {"whole": 1.0, "zero": -0.0, "exact": 2.0**53, "beyond": 2.0**53 + 2},
        {"small": 1e-5, "smaller": 1.5e-7, "large": 1e16, "larger": 1e21, "least": 5e-324},
        {"\U0001f375": 0.5, "\uff21": 0.25, "a": 0.125},
    ],
)
@pytest.mark.parametrize("word", ["plain", "tea-house-e-1", "1.0,", 'a "quoted" \\ place', "茶"])
def test_numbers_and_names_that_other_writers_write_otherwise_are_canonical(terms: dict[str, float], word: str) -> None:
    event = an_event(Impression(query_id="query-0001", position=0, terms=terms, understood=(word,)))

    assert event_json(event) == canonical_json(event.model_dump(mode="json"))


def test_what_has_no_canonical_form_is_refused_by_the_short_way_too() -> None:
    with pytest.raises(CanonicalError):
        event_json(an_event(Impression(query_id="query-0001", position=2**53)))


def test_rows_hold_the_columns_in_the_order_of_their_table(any_engine: Engine) -> None:
    event: Any = a_visit(ticket=NOW)
    stored(any_engine, event)

    names = [column.name for column in StoredPayload.__table__.columns]  # type: ignore[attr-defined]
    assert names == ["entry_index", *COLUMNS, "salt", "body"]
    with any_engine.connect() as connection:
        assert stored_ids(connection, [event.id, "unknown-event"]) == [(event.id, 0, event_json(event))]
