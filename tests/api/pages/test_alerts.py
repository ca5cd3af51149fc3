import re
from datetime import timedelta

from api.accounts import Role
from index.database import writing
from ledger.append import append
from ledger.events import Event, Grade, Visit
from tests.api.builders import TEA_HOUSE, Served
from tests.api.pages.reading import words
from tests.api.pages.signing_in import signed_in

ALERT = re.compile(r'name="alert" value="([^"]+)"')


def spiked(served: Served) -> None:
    """Five visits on each of eight Mondays, and thirty on the last."""
    now = served.clock()
    events = [
        Event(
            id=f"visit-{week}-{number:03d}",
            at=now - timedelta(days=1 + 7 * week),
            listing=TEA_HOUSE,
            visitor=f"guest-{week}-{number}",
            payload=Visit(grade=Grade.SCANNED),
        )
        for week in range(9)
        for number in range(5 if week else 30)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=now, trusted=True)


def test_the_owner_is_led_to_an_alert_and_dismisses_it_for_good(served: Served) -> None:
    spiked(served)
    owner = signed_in(served)
    assert "1 thing to look at" in words(owner.open("/merchant"))
    page = owner.open("/merchant/alerts")
    assert "On Monday 2026-11-23 there were 30 verified visits; about 5 are usual" in words(page)
    [alert] = ALERT.findall(page.text)
    assert "it is not shown again" in words(owner.send("/merchant/alerts", "/merchant/alerts/dismiss", alert=alert))
    assert "Nothing to look at" in words(owner.open("/merchant/alerts"))
    assert "thing to look at" not in words(owner.open("/merchant"))


def test_staff_read_alerts_and_do_not_dismiss_them(served: Served) -> None:
    spiked(served)
    page = signed_in(served, "wang", role=Role.STAFF, language="zh-CN").open("/merchant/alerts")
    assert "2026-11-23（周一）有 30 次核实的到访" in words(page)
    assert ALERT.findall(page.text) == []


def test_nobody_dismisses_what_another_has(served: Served) -> None:
    spiked(served)
    other = signed_in(served, "other", merchant=served.other_merchant)
    page = other.open("/merchant/alerts")
    assert "Nothing to look at" in words(page)
    token = re.search(r'name="csrf-token" content="([0-9a-f]{64})"', page.text)
    assert token
    reply = other.post("/merchant/alerts/dismiss", csrf=token[1], alert="spike:visit:2026-11-23")
    assert reply.status_code == 404
    assert "1 thing to look at" in words(signed_in(served).open("/merchant"))
