"""Which devices are a merchant's own, and that their visits count nothing."""

from datetime import timedelta

from api import accounts
from api.auth import SESSION_COOKIE
from api.staff_devices import STAFF_COOKIE, link_token
from index.database import reading, writing
from ledger.checks.findings import Reason
from ledger.codes import qr_token
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, words


def log_in(reader: Reader, served: Served) -> None:
    holder = accounts.Holder(accounts.Role.MERCHANT, served.merchant, "laoban")
    with writing(served.container.engine) as session:
        made = accounts.open_session(session, holder, now=served.clock())
    reader.client.cookies.set(SESSION_COOKIE, made.token)


def scan(reader: Reader, served: Served, listing: str = TEA_HOUSE) -> None:
    token = qr_token(served.container.secret, listing, served.clock())
    assert reader.client.post("/v1/visits", json={"token": token}).json()["outcome"] == "recorded"


def summary(served: Served, listing: str = TEA_HOUSE) -> MerchantSummary:
    with reading(served.container.engine) as session:
        period = Period.last_days(7, served.clock(), served.container.settings.tz)
        return merchant_summary(session, [listing], period)


def reader_of(served: Served) -> Reader:
    return Reader(served.browser(), "en")


def test_a_telephone_that_took_the_staffs_link_counts_nothing_at_its_own_place_only(served: Served) -> None:
    reader = reader_of(served)
    path = f"/staff/{link_token(served.container, served.merchant)}"
    assert "Do you work at Brook Tea House?" in words(reader.open(path))
    assert STAFF_COOKIE not in reader.client.cookies
    assert "marked as one of the staff" in words(reader.send(path, path))

    scan(reader, served)
    scan(reader, served, FARM_STAY)

    own = summary(served)
    assert (own.visits, own.weighted_visits, own.reasons) == (1, 0, {Reason.SELF: 1})
    assert summary(served, FARM_STAY).reasons == {}


def test_a_browser_that_is_logged_in_is_the_merchants_own(served: Served) -> None:
    reader = reader_of(served)
    log_in(reader, served)
    scan(reader, served)
    assert summary(served).reasons == {Reason.SELF: 1}


def test_a_device_that_was_marked_or_showed_the_counter_stays_the_merchants_after_the_login(served: Served) -> None:
    for way in ("button", "counter"):
        reader = reader_of(served)
        log_in(reader, served)
        if way == "button":
            reader.send("/merchant/devices", "/merchant/devices")
        else:
            reader.open("/merchant/counter")
        reader.client.cookies.delete(SESSION_COOKIE)
        scan(reader, served)
        # With one code the two would be one device under two names, too.
        served.clock.forward(timedelta(minutes=1))
    assert summary(served).reasons == {Reason.SELF: 2}


def test_a_telephone_that_changed_hands_is_a_guests_again(served: Served) -> None:
    reader = reader_of(served)
    path = f"/staff/{link_token(served.container, served.merchant)}"
    reader.send(path, path)
    assert "a guest's again" in words(reader.send(path, "/staff-device/forget"))
    scan(reader, served)
    assert summary(served).reasons == {}


def test_an_old_or_invented_link_marks_nothing(served: Served) -> None:
    reader = reader_of(served)
    path = f"/staff/{link_token(served.container, served.merchant)}"
    served.clock.forward(timedelta(days=1, seconds=1))
    for wrong in (path, "/staff/nonsense"):
        assert reader.open(wrong).status_code == 410
        assert reader.send("/privacy", wrong).status_code == 410
    assert STAFF_COOKIE not in reader.client.cookies


def test_a_forged_mark_is_a_guests(served: Served) -> None:
    reader = reader_of(served)
    reader.client.cookies.set(STAFF_COOKIE, "bWVyY2hhbnQ.AAAAAAAAAAAAAAAAAAAAAA")
    scan(reader, served)
    assert summary(served).reasons == {}


def test_who_is_not_logged_in_has_no_devices_to_mark(served: Served) -> None:
    assert reader_of(served).open("/merchant/devices").url.path == "/login"
