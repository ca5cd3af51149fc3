"""What is kept of a scan at the counter, through the real routes."""

from datetime import timedelta
from typing import Any

import pytest

from api.scans import network_of, position_of
from index.database import reading
from ledger.checks.findings import Reason
from ledger.codes import qr_token, six_digits
from ledger.events import Scan, Visit
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period
from ledger.reading import events_of
from tests.api.builders import TEA_HOUSE, Served
from tests.api.builders import browser_with_visitor as with_visitor


def scans(served: Served) -> list[Scan]:
    with reading(served.container.engine) as session:
        payloads = [logged.event.payload for logged in events_of(session, kinds=["visit"])]
    return [payload.scan for payload in payloads if isinstance(payload, Visit) and payload.scan is not None]


def summary(served: Served) -> MerchantSummary:
    with reading(served.container.engine) as session:
        tz = served.container.settings.tz
        return merchant_summary(session, [TEA_HOUSE], Period.last_days(7, served.clock(), tz))


def visit(served: Served, browser: Any, **fields: Any) -> None:
    token = qr_token(served.container.secret, TEA_HOUSE, served.clock())
    reply = browser.post("/v1/visits", json={"token": token, **fields})
    assert reply.status_code == 200, reply.text


def test_a_scan_keeps_hashes_and_cells_and_nothing_precise(served: Served) -> None:
    browser, _ = with_visitor(served)
    visit(served, browser, lat=30.58123456, lon=119.64123456)

    [scan] = scans(served)

    assert scan.cell is not None
    assert scan.asked
    assert scan.open is True
    assert (scan.staff_of, scan.own_network) == (None, False)
    with reading(served.container.engine) as session:
        [logged] = events_of(session, kinds=["visit"])
    body = logged.event.model_dump_json()
    assert "30.58" not in body
    assert "testclient" not in body


def test_hashes_of_a_device_change_every_day(served: Served) -> None:
    browser, _ = with_visitor(served)
    visit(served, browser)
    served.clock.forward(timedelta(days=1))
    visit(served, browser)

    first, second = scans(served)

    assert first.device != second.device
    assert first.network != second.network


def test_typed_digits_are_a_scan_of_the_present_step(served: Served) -> None:
    browser, _ = with_visitor(served)
    digits = six_digits(served.container.secret, TEA_HOUSE, served.clock())
    assert browser.post("/v1/visits", json={"digits": digits, "listing": TEA_HOUSE}).status_code == 200

    [scan] = scans(served)

    assert scan.step == int(served.clock().timestamp()) // 30
    assert scan.exchange is None


@pytest.mark.parametrize("names", [2, 4])
def test_one_device_that_forgets_its_cookies_is_one_visitor_in_the_statistics(served: Served, names: int) -> None:
    for _ in range(names):
        browser, _ = with_visitor(served)
        visit(served, browser)

    found = summary(served)

    assert (found.visits, found.reasons[Reason.DEVICE]) == (names, names)
    assert found.weighted_visits == pytest.approx(1)


def test_a_visit_from_far_away_is_kept_and_weighed_down(served: Served) -> None:
    browser, _ = with_visitor(served)
    visit(served, browser, lat=31.23, lon=121.47)

    found = summary(served)

    assert (found.visits, found.reasons) == (1, {Reason.FAR: 1})


def test_a_position_has_both_coordinates(served: Served) -> None:
    token = qr_token(served.container.secret, TEA_HOUSE, served.clock())

    assert served.client.post("/v1/visits", json={"token": token, "lat": 30.0}).status_code == 422


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("testclient", "testclient")],
)
def test_an_address_is_only_known_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_visit_without_a_position_was_asked_for_one_whatever_the_client_says(served: Served) -> None:
    browser, _ = with_visitor(served)
    visit(served, browser, asked=False)

    [scan] = scans(served)

    assert (scan.asked, scan.cell) == (True, None)


@pytest.mark.parametrize(
    ("lat", "lon", "position"),
    [("30.581", "119.641", (30.581, 119.641)), ("", "", None), ("91", "0", None), ("nan", "0", None), ("x", "1", None)],
)
def test_a_forms_position_is_one_on_earth_or_none(lat: str, lon: str, position: tuple[float, float] | None) -> None:
    assert position_of(lat, lon) == position
