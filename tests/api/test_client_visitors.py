"""Clients without cookies: their pseudonym is logged by the day, and who holds it may have it forgotten."""

from datetime import datetime, timedelta
from typing import Any

from index.database import reading
from ledger.reading import events_of
from tests.api.builders import GARDEN, Served

PSEUDONYM = "sGx1lD0JkQ0aKqv3m8Tn5w"


def _send(served: Served, name: str, at: datetime, visitor: str = PSEUDONYM, **more: Any) -> dict[str, Any]:
    event = {"id": name, "at": at.isoformat(), "listing": GARDEN, "visitor": visitor, "payload": {"kind": "share"}}
    reply = served.browser().post("/v1/events", json={"events": [event | more]})
    assert reply.status_code == 200
    [receipt] = reply.json()["receipts"]
    return dict(receipt)


def _visitors(served: Served) -> dict[str, str | None]:
    with reading(served.container.engine) as session:
        return {one.event.id: one.event.visitor for one in events_of(session, kinds=["share"])}


def _forget(served: Served, visitor: str) -> int:
    reply = served.browser().delete("/v1/visitor", headers={"Baicha-Visitor": visitor})
    assert reply.status_code == 200
    return int(reply.json()["erased"])


def test_a_pseudonym_has_another_id_each_local_day_whatever_the_client_sends(served: Served) -> None:
    now = served.clock()
    for name, at in (("share-today", now), ("share-again", now), ("share-before", now - timedelta(days=1))):
        assert _send(served, name, at)["status"] == "recorded"
    # The same day in UTC as a day before, and an hour before midnight in the county.
    assert _send(served, "share-at-night", now - timedelta(hours=13))["status"] == "recorded"
    ids = _visitors(served)
    assert ids["share-today"] == ids["share-again"]
    assert ids["share-before"] == ids["share-at-night"]
    assert len({*ids.values(), PSEUDONYM}) == 3


def test_a_pseudonym_that_asks_to_be_remembered_stays(served: Served) -> None:
    _send(served, "share-today", served.clock(), consent="remembered")
    assert set(_visitors(served).values()) == {PSEUDONYM}


def test_an_event_sent_again_on_another_day_is_a_duplicate(served: Served) -> None:
    at = served.clock()
    first = _send(served, "share-once", at)
    served.clock.forward(timedelta(days=2))
    again = _send(served, "share-once", at)
    assert (again["status"], again["index"]) == ("duplicate", first["index"])


def test_who_holds_a_pseudonym_has_all_its_days_erased_and_nobody_elses(served: Served) -> None:
    start = served.clock()
    _send(served, "share-first", start)
    _send(served, "share-other", start, visitor="another-pseudonym-0002")
    served.clock.forward(timedelta(days=200))
    _send(served, "share-later", served.clock())
    _send(served, "share-remembered", served.clock(), consent="remembered")
    assert _forget(served, PSEUDONYM) == 3
    assert set(_visitors(served)) == {"share-other"}


def test_nothing_comes_late_under_a_forgotten_pseudonym_on_any_day(served: Served) -> None:
    _send(served, "share-first", served.clock())
    _forget(served, PSEUDONYM)
    late = _send(served, "share-late", served.clock() - timedelta(days=3))
    assert (late["status"], late["reason"]) == ("rejected", "its visitor asked to be forgotten")
    assert _send(served, "share-kept", served.clock(), visitor="another-pseudonym-0002")["status"] == "recorded"


def test_a_header_that_is_no_pseudonym_is_refused(served: Served) -> None:
    assert served.client.delete("/v1/visitor", headers={"Baicha-Visitor": "x" * 500}).status_code == 422
