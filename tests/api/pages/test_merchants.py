from datetime import timedelta

import pytest

from api import accounts
from api.auth import SESSION_COOKIE
from index.database import writing
from ledger import codes
from ledger.append import append
from ledger.events import Call, Event, Grade, Impression, Open, Scan, Ticket, Visit
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
    assert "银行会看到什么" in said
    assert "记录还不够" in words(zh.open("/merchant/signals"))


def test_a_merchant_sees_the_sentence_that_counts_with_its_interval(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant"))
    assert "4 of your 12 recorded visitors found you here (95% interval 14–61%)" in said
    assert "Shown in searches 4" in said
    assert "Pages opened 4" in said
    assert "Calls 12" in said
    assert "made-up sample records" in said
    assert "No place of five guests yet" in said
    assert "Verified visits 12" in words(en.open("/merchant/signals"))


def test_beside_the_sentence_stands_from_where_most_came_once_five_said_the_same(en: Reader, served: Served) -> None:
    visits = [
        Event(
            id=f"from-somewhere-{number}",
            at=served.clock() - timedelta(days=1, minutes=number),
            listing=TEA_HOUSE,
            visitor=f"from-somewhere-{number}",
            payload=Visit(grade=Grade.SCANNED, origin="hangzhou"),
        )
        for number in range(5)
    ]
    log_in(en, served, served.merchant)
    for many, said in ((4, "No place of five guests yet"), (5, "Most of the 5 who said so came from hangzhou: 5")):
        with writing(served.container.engine) as session:
            append(session, visits[:many], now=served.clock(), trusted=True)
        assert said in words(en.open("/merchant"))


def test_another_merchant_sees_nothing_of_it(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.other_merchant)
    assert "Nothing recorded yet" in words(en.open("/merchant"))


@pytest.mark.parametrize(
    ("period", "shown"), [("today", "Today"), ("month", "30 days"), ("year", "A year"), ("decade", "7 days")]
)
def test_the_period_can_be_changed(en: Reader, served: Served, busy: None, period: str, shown: str) -> None:
    log_in(en, served, served.merchant)
    page = en.open(f"/merchant?period={period}")
    [current] = [part.split("<")[0] for part in page.text.split('aria-current="true">')[1:]]
    assert current == shown


def test_a_period_is_set_against_the_one_before(en: Reader, zh: Reader, served: Served, busy: None) -> None:
    for reader in (en, zh):
        log_in(reader, served, served.merchant)
    assert "12 visits 12 more than the 7 days before (0)." in words(en.open("/merchant"))
    assert "0 visits 12 fewer than all of yesterday (12)." in words(en.open("/merchant?period=today"))
    assert "12 次到访 比之前 30 天（0 次）多 12 次。" in words(zh.open("/merchant?period=month"))


def test_few_visits_are_said_to_be_few(en: Reader, served: Served) -> None:
    came(served, 3)
    log_in(en, served, served.merchant)
    assert "3 visits 3 more than the 7 days before (0). So few" in words(en.open("/merchant"))


def test_the_charts_are_tables_too(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.merchant)
    page = en.open("/merchant")
    said = words(page)
    assert "11-23" in said
    assert page.text.count('data-chart="') == 2
    # Monday, eleven to twelve: twelve visitors.
    assert "11:00 12 – – – – – –" in said


def test_an_hour_of_fewer_than_five_visitors_is_not_shown(en: Reader, served: Served) -> None:
    came(served, 4)
    log_in(en, served, served.merchant)
    assert "No hour has five visitors yet" in words(en.open("/merchant"))


def test_a_year_is_told_by_months(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant?period=year"))
    assert "Month by month" in said
    assert "2026-11 12 12 0 4 4" in said


def test_the_funnel_gives_a_share_only_where_a_step_is_part_of_the_one_before(
    en: Reader, served: Served, busy: None
) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant"))
    assert "Shown in searches 4 – 0 Pages opened 4 100% 0 Asked the way 0 0% 0 Visits 12 – 0" in said
    assert "Paid, as the issuer attests 0 0% 0" in said


def came(served: Served, many: int, *, origin: str | None = None, chips: tuple[str, ...] = ()) -> None:
    """Let guests search, open and come, an hour ago."""
    at = served.clock() - timedelta(hours=1)
    payloads = (
        Impression(query_id="a-search-1", position=0, understood=chips),
        Open(),
        Visit(grade=Grade.SCANNED, origin=origin),
    )
    events = [
        Event(
            id=f"came-{number:03d}-{payload.kind}",
            at=at,
            listing=TEA_HOUSE,
            visitor=f"guest-{number:03d}",
            payload=payload,
        )
        for number in range(many)
        for payload in payloads
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


def test_what_was_searched_is_told_from_five_visitors_and_what_is_lacking_is_advice(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    came(served, 4, chips=("facility:@charging", "price:..80"))
    assert "price 80" not in words(en.open("/merchant"))
    came(served, 12, chips=("facility:@charging", "price:..80"))
    page = en.open("/merchant")
    said = words(page)
    assert "Those who opened your page had searched for" in said
    # The four that came before are told again by the second call, and count once.
    assert "price 80 or less (8 people)" in said or "price 80 or less (12 people)" in said
    assert "people wanted “" in said
    assert links(page, f"/merchant/listing?listing={TEA_HOUSE}")


def test_where_guests_come_from_is_told_from_five_on(en: Reader, served: Served) -> None:
    came(served, 5, origin="杭州")
    log_in(en, served, served.merchant)
    assert "From Visitors 杭州 5" in words(en.open("/merchant"))


def test_missing_hours_are_the_first_advice(en: Reader, served: Served) -> None:
    from index.listing import Listing

    with writing(served.container.engine) as session:
        session.get_one(Listing, TEA_HOUSE).hours = None
    came(served, 1)
    log_in(en, served, served.merchant)
    assert "“Brook Tea House” states no opening hours" in words(en.open("/merchant"))


def test_staff_see_the_figures_and_are_given_no_advice_that_they_cannot_follow(en: Reader, served: Served) -> None:
    came(served, 1)
    holder = accounts.Holder(accounts.Role.STAFF, served.merchant, "xiaowang")
    with writing(served.container.engine) as session:
        token = accounts.invite(session, served.merchant, role=accounts.Role.STAFF, now=served.clock())
        accounts.accept_invitation(session, token, "xiaowang", "a cup of green tea", now=served.clock())
        made = accounts.open_session(session, holder, now=served.clock())
    en.client.cookies.set(SESSION_COOKIE, made.token)
    page = en.open("/merchant")
    assert "How was it?" in words(page)
    assert "What should I do?" not in words(page)
    assert links(page, "/merchant/listing") == []


def test_a_closed_place_says_so_and_keeps_its_figures(en: Reader, served: Served, busy: None) -> None:
    from index.listing import Listing

    with writing(served.container.engine) as session:
        session.get_one(Listing, TEA_HOUSE).closed = True
    log_in(en, served, served.merchant)
    page = en.open("/merchant")
    said = words(page)
    assert "marked as closed: it is not found any more" in said
    assert "12 visits" in said
    # Nothing can be done about it here, and the counter's code is off.
    assert "What should I do?" not in said
    assert "Open the counter code" not in said


def test_one_of_two_places_that_is_closed_is_named(en: Reader, served: Served, busy: None) -> None:
    from index.listing import Listing

    with writing(served.container.engine) as session:
        accounts.add_listing(session, served.merchant, "place-03", now=served.clock())
        session.get_one(Listing, "place-03").closed = True
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant"))
    assert "Marked as closed and not found any more: Place 3." in said
    assert "What should I do?" in said


def test_many_doubtful_visits_are_spoken_of_calmly(en: Reader, served: Served) -> None:
    at = served.clock() - timedelta(hours=1)
    late = Visit(grade=Grade.SCANNED, scan=Scan(open=False))
    events = [
        Event(id=f"late-{n:04d}", at=at, listing=TEA_HOUSE, visitor=f"guest-{n:03d}", payload=late) for n in range(9)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant"))
    assert "9 of them are doubtful" in said
    assert "9 visits do not look like guests (mostly: " in said


def test_nothing_in_a_period_is_not_a_new_merchant(en: Reader, served: Served, busy: None) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant?period=today"))
    assert "look at a longer one" in said
    assert "Nothing recorded yet" not in said


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
