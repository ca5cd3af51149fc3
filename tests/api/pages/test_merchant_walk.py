"""Walked in a browser: merchants with nothing yet, thirty visits, thirty thousand, an attack, and a closed place.

Set `BAICHA_SCREENSHOTS` to a folder to have each page's picture put there, to be looked at.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from api import accounts
from api.auth import SESSION_COOKIE
from index.database import writing
from index.listing import Listing
from ledger.append import append
from ledger.events import Consent, Directions, Event, Grade, Impression, Open, Payload, Scan, Visit
from tests.api.builders import TEA_HOUSE, Served
from tests.api.conftest import PATIENCE_MS
from tests.api.pages.test_self_service_walk import KINDS, PHONE, SCREENS, Screen

pytestmark = pytest.mark.browser

#: What is asked of the first screen: everything that the browser must have before it shows it, as sent.
LARGEST_FIRST_SCREEN = 100_000
CHIPS = ("facility:@charging", "price:..80", "category:restaurant")


@pytest.fixture
def context(chromium: Browser, site: str, served: Served) -> Iterator[BrowserContext]:
    """A browser in which the owner of the tea house is logged in."""
    holder = accounts.Holder(accounts.Role.MERCHANT, served.merchant, "laoban")
    with writing(served.container.engine) as session:
        made = accounts.open_session(session, holder, now=served.clock())
    opened = chromium.new_context(base_url=site)
    opened.set_default_timeout(PATIENCE_MS)
    opened.add_cookies([{"name": SESSION_COOKIE, "value": made.token, "url": site}])
    yield opened
    opened.close()


def happened(served: Served, name: str, many: int, *payloads: Payload, hours_ago: int = 20, over_days: int = 5) -> None:
    """Let so many guests do all of this, spread over some days, each once."""
    now = served.clock()
    events = [
        Event(
            id=f"{name}-{number:05d}-{payload.kind}",
            at=now - timedelta(days=number % over_days, hours=hours_ago - step * 0.1, minutes=number % 7),
            listing=TEA_HOUSE,
            visitor=f"{name}-{number:05d}",
            consent=Consent.REMEMBERED if number % 3 == 0 else Consent.DAY,
            payload=payload,
        )
        for number in range(many)
        for step, payload in enumerate(payloads)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=now, trusted=True)


def found_here(served: Served, many: int) -> None:
    """Let guests search, open the page and come; half of them ask the way."""
    came = (Impression(query_id="a-search-1", position=0, understood=CHIPS), Open())
    happened(served, "came-by-search", many, *came, Visit(grade=Grade.SCANNED, origin="杭州"))
    happened(served, "came-by-search", many // 2, Directions(map="amap"))


def unfold(page: Page) -> None:
    """Open everything that is folded up, and wait for what is drawn then."""
    for fold in page.locator("main details.panel").all():
        fold.evaluate("element => { element.open = true; }")
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg")).to_be_attached(timeout=PATIENCE_MS)


@KINDS
def test_the_page_helps_a_new_merchant_a_small_one_one_under_attack_and_a_closed_one(
    context: BrowserContext, served: Served, language: str, size: ViewportSize
) -> None:
    served.container.finder()
    context.set_extra_http_headers({"Accept-Language": language})
    screen = Screen(context.new_page(), language, size["width"])
    page = screen.page
    page.set_viewport_size(size)
    page.goto("/merchant")
    expect(page.get_by_role("heading", name=screen.said("还没有记录", "Nothing recorded yet"))).to_be_visible()
    screen.look("figures-new")

    found_here(served, 30)
    page.goto("/merchant")
    sent = page.evaluate(
        "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
        ".map((entry) => entry.encodedBodySize).reduce((sum, bytes) => sum + bytes, 0)"
    )
    assert 5_000 < sent < LARGEST_FIRST_SCREEN
    expect(page.locator(".headline")).to_contain_text(screen.said("30 次到访", "30 visits"))
    expect(page.locator("p.sentence")).to_contain_text("30")
    screen.look("figures-thirty")
    unfold(page)
    screen.look("figures-thirty-unfolded")
    page.locator("main dl.figures.compact details summary").nth(4).click()
    page.get_by_role("link", name=screen.said("依据: 到访", "Proof: Visits")).click()
    expect(page.locator('main a[href*="/inclusion/"]')).to_have_count(30)
    screen.look("figures-proof")

    late = Visit(grade=Grade.SCANNED, scan=Scan(open=False))
    happened(served, "at-night", 60, late)
    page.goto("/merchant")
    expect(page.locator(".note", has_text="60")).to_be_visible()
    screen.look("figures-attacked")

    with writing(served.container.engine) as session:
        session.get_one(Listing, TEA_HOUSE).closed = True
    page.goto("/merchant")
    expect(page.locator(".note").first).to_contain_text(screen.said("已标为停业", "marked as closed"))
    screen.look("figures-closed")


def test_thirty_thousand_visits_read_as_well_as_thirty(context: BrowserContext, served: Served) -> None:
    served.container.finder()
    happened(served, "in-a-year", 30_000, Visit(grade=Grade.SCANNED), over_days=300)
    happened(served, "in-a-year", 3_000, Impression(query_id="a-search-1", position=0, understood=CHIPS), Open())
    for language, size in SCREENS:
        context.set_extra_http_headers({"Accept-Language": language})
        screen = Screen(context.new_page(), language, size["width"])
        screen.page.set_viewport_size(size)
        for period in ("week", "year"):
            screen.page.goto(f"/merchant?period={period}")
            screen.look(f"figures-thousands-{period}")
        expect(screen.page.locator(".headline")).to_contain_text("30,000")
        unfold(screen.page)
        screen.look("figures-thousands-unfolded")


def the_menu_is_one_row_in_which_every_page_is_reached(page: Page) -> None:
    """Without script, by the keyboard alone; a page's own link is in view from the start."""
    menu = page.locator("nav.subnav")
    page.goto("/merchant/activity")
    expect(menu.locator("[aria-current]")).to_be_in_viewport(ratio=1)
    box = menu.bounding_box()
    assert box is not None
    assert box["height"] < 60
    first, last = menu.get_by_role("link").first, menu.get_by_role("link").last
    expect(first).not_to_be_in_viewport(ratio=1)
    first.focus()
    expect(first).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for _ in range(menu.get_by_role("link").count() - 1):
        page.keyboard.press("Tab")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()


def test_without_script_the_page_reads_and_every_chart_is_a_table(
    chromium: Browser, site: str, context: BrowserContext, served: Served
) -> None:
    found_here(served, 30)
    plain = chromium.new_context(base_url=site, java_script_enabled=False, viewport=PHONE, locale="en-GB")
    [token] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == SESSION_COOKIE]
    plain.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": site}])
    page = plain.new_page()
    page.goto("/merchant?period=month")
    page.locator("summary", has_text="Day by day").click()
    expect(page.get_by_role("table", name="Day by day")).to_be_visible()
    expect(page.get_by_role("table", name="Day by day").locator("tbody tr")).to_have_count(30)
    the_menu_is_one_row_in_which_every_page_is_reached(page)
    plain.close()
