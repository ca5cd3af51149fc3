from datetime import timedelta

import pytest

from api import accounts
from api.auth import SESSION_COOKIE
from index.database import writing
from ledger import codes
from ledger.append import append
from ledger.events import Call, Event, Grade, Impression, Open, Ticket, Visit
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, links, words


def log_in(reader: Reader, served: Served, merchant: str) -> None:
    """Give a browser the session of a merchant."""
    holder = accounts.Holder(accounts.Role.MERCHANT, merchant, "laoban")
    with writing(served.container.engine) as session:
        made = accounts.open_session(session, holder, now=served.clock())
    reader.client.cookies.set(SESSION_COOKIE, made.token)


@pytest.fixture
def busy(served: Served) -> None:
    """Twelve made-up visitors of the tea house yesterday, a third of whom had seen and opened it here."""
    at = served.clock() - timedelta(days=1)
    events = []
    for number in range(12):
        who = f"visitor-number-{number:02d}"
        ticket = Ticket(opened_at=at - timedelta(hours=5)) if number % 3 == 0 else None
        payloads: tuple[Impression | Open | Call | Visit, ...] = (
            Impression(query_id="a-search-1", position=number),
            Open(),
            Call(),
            Visit(grade=Grade.SCANNED, ticket=ticket),
        )
        for index, payload in enumerate(payloads):
            if payload.kind in {"impression", "open"} and ticket is None:
                continue
            name = f"made-up-{number:02d}-{index}"
            when = at - timedelta(hours=4 - index)
            events.append(Event(id=name, at=when, listing=TEA_HOUSE, visitor=who, made_up=True, payload=payload))
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


@pytest.mark.parametrize("path", ["/merchant", "/merchant/counter"])
def test_who_is_not_logged_in_is_led_to_the_login(zh: Reader, path: str) -> None:
    page = zh.open(path)
    assert page.url.path == "/login"
    assert "商家登录" in words(page)


def test_a_new_merchant_is_told_how_to_begin(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    said = words(zh.open("/merchant"))
    assert "还没有记录" in said
    assert "打开柜台码" in said
    assert "记录还不够" in said


def test_a_merchant_sees_the_sentence_that_counts_with_its_interval(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant"))
    assert "4 of your 12 recorded visitors found you here (95% interval 14–61%)" in said
    assert "Shown in searches 4" in said
    assert "Pages opened 4" in said
    assert "Calls 12" in said
    assert "made-up sample records" in said
    assert "Verified visits 12" in said


def test_another_merchant_sees_nothing_of_it(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.other_merchant)
    assert "Nothing recorded yet" in words(en.open("/merchant"))


@pytest.mark.parametrize(("days", "shown"), [("7", "Last 7 days"), ("90", "Last 90 days"), ("8", "Last 30 days")])
def test_the_period_can_be_changed(en: Reader, served: Served, busy: None, days: str, shown: str) -> None:
    log_in(en, served, served.merchant)
    page = en.open(f"/merchant?days={days}")
    [current] = [part.split("<")[0] for part in page.text.split('aria-current="true">')[1:]]
    assert current == shown


def test_the_charts_are_tables_too(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.merchant)
    page = en.open("/merchant?days=7")
    assert "2026-11-23" in words(page)
    assert page.text.count("<table>") == 2


def test_the_counter_shows_the_code_of_the_moment(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    page = zh.open("/merchant/counter")
    digits = codes.six_digits(served.container.secret, TEA_HOUSE, served.clock())
    assert f"{digits[:3]} {digits[3:]}" in words(page)
    assert "<svg" in page.text
    assert page.headers["cache-control"] == "no-store"


def test_the_counters_code_is_sent_again_only_when_it_changed(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    first = zh.open("/merchant/counter/code")
    etag = first.headers["etag"]
    assert zh.open("/merchant/counter/code", **{"If-None-Match": etag}).status_code == 304
    served.clock.forward(codes.STEP)
    fresh = zh.open("/merchant/counter/code", **{"If-None-Match": etag})
    assert fresh.status_code == 200
    assert words(fresh) != words(first)


def test_the_counters_code_ends_with_the_session(zh: Reader, served: Served) -> None:
    assert zh.open("/merchant/counter/code").status_code == 401


def test_nobody_shows_the_counter_of_another(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    assert en.open(f"/merchant/counter?listing={FARM_STAY}").status_code == 404
    assert en.open(f"/merchant/counter/code?listing={FARM_STAY}").status_code == 404


def test_a_merchant_with_two_places_chooses_the_counter(en: Reader, served: Served) -> None:
    with writing(served.container.engine) as session:
        accounts.add_listing(session, served.merchant, "place-03", now=served.clock())
    log_in(en, served, served.merchant)
    page = en.open("/merchant/counter?listing=place-03")
    assert "Place 3" in words(page)
    assert "Brook Tea House" in words(page)


def test_a_login_without_a_place_is_told_so(en: Reader, served: Served) -> None:
    with writing(served.container.engine) as session:
        empty = accounts.make_merchant(session, "nobody's", now=served.clock())
    log_in(en, served, empty.id)
    assert "No place belongs to this login yet" in words(en.open("/merchant"))
    assert en.open("/merchant/counter").url.path == "/merchant"


def test_a_code_to_print_leads_to_a_guests_word(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    [path] = links(en.open("/merchant/counter"), "/counter/printed")
    assert "grade D" in words(en.open(path))
    assert en.open(f"/merchant/counter/printed?listing={FARM_STAY}").status_code == 404


@pytest.mark.parametrize(("days", "share"), [(7.0, "1 of your 1"), (2.0, "0 of your 1")])
def test_how_long_an_open_refers_is_a_setting(en: Reader, served: Served, days: float, share: str) -> None:
    served.container.settings = served.container.settings.model_copy(update={"open_window_days": days})
    visit = Visit(grade=Grade.SCANNED, ticket=Ticket(opened_at=served.clock() - timedelta(days=3)))
    event = Event(id="a-visit-today", at=served.clock(), listing=TEA_HOUSE, visitor="visitor-0001", payload=visit)
    with writing(served.container.engine) as session:
        append(session, [event], now=served.clock(), trusted=True)
    log_in(en, served, served.merchant)
    assert f"{share} recorded visitors" in words(en.open("/merchant"))
