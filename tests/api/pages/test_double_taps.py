"""A double tap on a slow phone: the same form sent twice, or the same link followed twice, is one event."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, events_of_kind
from tests.api.pages.test_merchants import log_in
from tests.api.test_feeds import trusted
from tests.api.test_sent_twice import an_input, dispute, feed

__all__ = ["trusted"]
_EVENT = re.compile(r'name="event" value="([^"]+)"')


def tapped_twice(reader: Reader, page: str, path: str, **fields: str) -> list[Any]:
    """Send the form of a page twice, with the id that the page gave it where it has one."""
    found = _EVENT.search(reader.open(page).text)
    sent = fields | ({"event": found[1]} if found else {})
    return [reader.send(page, path, follow=False, **sent) for _ in range(2)]


def a_bill(served: Served, reader: Reader) -> list[Any]:
    log_in(reader, served, served.merchant)
    fields = {"listing": TEA_HOUSE, "service": "water", "due": "2026-11-20", "paid": "2026-11-18", "amount": "80"}
    return tapped_twice(reader, "/merchant/credit", "/merchant/credit/bill", **fields)


def a_disputed_input(served: Served, reader: Reader) -> list[Any]:
    assert feed(served)().json()["inserted"] == 1
    log_in(reader, served, served.merchant)
    return tapped_twice(reader, "/merchant/credit", "/merchant/credit/dispute", index="0", note="not ours")


def taken_back(served: Served, reader: Reader) -> list[Any]:
    index = an_input(served)
    log_in(reader, served, served.merchant)
    return tapped_twice(reader, "/merchant/credit", "/merchant/credit/take-back", index=str(index))


def a_decision(served: Served, reader: Reader) -> list[Any]:
    dispute(served)()
    reader.send("/admin", "/admin/login", key=served.keys.admin)
    fields = {"visit": "0", "decision": "withdrawn", "note": "seen"}
    found = _EVENT.search(reader.open("/admin/disputes").text)
    assert found is not None
    # The form's page is gone after the first time: the second tap was on its way before.
    return [reader.send("/admin/accounts", "/admin/disputes", follow=False, event=found[1], **fields) for _ in range(2)]


def a_report(_: Served, reader: Reader) -> list[Any]:
    place = f"/listings/{FARM_STAY}"
    return tapped_twice(reader, place, f"{place}/report", what="closed", note="the door was locked")


def a_call(_: Served, reader: Reader) -> list[Any]:
    place = f"/listings/{FARM_STAY}"
    return tapped_twice(reader, place, f"{place}/tap", kind="call")


def the_way(_: Served, reader: Reader) -> list[Any]:
    reader.open(f"/listings/{FARM_STAY}")
    return [reader.client.get(f"/listings/{FARM_STAY}/go/amap", follow_redirects=False) for _ in range(2)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("tap", "kind"),
    [
        (a_bill, "bill"),
        (a_disputed_input, "dispute"),
        (taken_back, "withdrawal"),
        (a_decision, "withdrawal"),
        (a_report, "correction"),
        (a_call, "call"),
        (the_way, "directions"),
    ],
)
def test_a_double_tap_on_a_page_is_one_event(
    served: Served, en: Reader, tap: Callable[[Served, Reader], list[Any]], kind: str
) -> None:
    first, again = tap(served, en)

    assert first.status_code in {204, 302, 303}, first.text
    assert again.status_code == first.status_code, again.text
    assert len(events_of_kind(served.container, kind)) == 1
