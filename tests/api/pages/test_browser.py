"""What needs a browser: script, the map, the charts, the counter, and what a screen reader would say."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from api import accounts
from api.auth import SESSION_COOKIE
from index.database import writing
from ledger import codes
from tests.api.builders import FARM_STAY, GARDEN, TEA_HOUSE, Served
from tests.api.conftest import PATIENCE_MS
from tests.api.pages.reading import events_of_kind

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "api" / "pages" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
#: The first screen, as sent, without what a map or a chart adds.
LARGEST_FIRST_SCREEN = 100_000

Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, site: str) -> Iterator[Open]:
    """Open an address in a fresh browser; at the end nothing may stand in its console."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(path: str, *, language: str = "zh-CN", size: ViewportSize = PHONE, **options: Any) -> Page:
        context = chromium.new_context(base_url=site, locale=language, viewport=size, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # A refused form and a line that is cut on purpose stand there too.
    assert [line for line in said if "status of 4" not in line and "ERR_FAILED" not in line] == []


def log_in(page: Page, served: Served, site: str) -> None:
    """Give a browser the session of the tea house's merchant."""
    holder = accounts.Holder(accounts.Role.MERCHANT, served.merchant, "laoban")
    with writing(served.container.engine) as session:
        made = accounts.open_session(session, holder, now=served.clock())
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": made.token, "url": site}])


PATHS = (
    "/",
    "/?q=农家乐",
    f"/listings/{FARM_STAY}",
    f"/listings/{GARDEN}",
    "/visit",
    "/login",
    "/board",
    "/privacy",
    "/admin",
)


@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("zh-CN", PHONE, "light"), ("en-GB", DESK, "light"), ("en-GB", PHONE, "dark")]
)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    opened: Open, served: Served, site: str, language: str, size: ViewportSize, scheme: str
) -> None:
    page = opened("/", language=language, size=size, color_scheme=scheme)
    for path in PATHS:
        _check(page, path, size["width"])
    log_in(page, served, site)
    for path in ("/merchant", "/merchant/counter"):
        _check(page, path, size["width"])


def _check(page: Page, path: str, width: int) -> None:
    page.goto(path)
    if page.locator("[data-map]").count():
        page.locator("[data-map]").first.scroll_into_view_if_needed()
        expect(page.locator(".map-drawn").first).to_be_attached(timeout=15_000)
    found = page.evaluate(AXE.read_text(encoding="utf-8") + "\n;axe.run()")
    bad = [
        (path, rule["id"], [node["html"][:200] for node in rule["nodes"]])
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    assert bad == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_map_shows_each_result_and_list_and_map_light_up_together(opened: Open) -> None:
    page = opened("/?q=农家乐", size=DESK)
    markers = page.locator("a.marker")
    expect(markers).to_have_count(10)
    page.locator("#place-3 h2 a").focus()
    expect(page.locator('a.marker[href="#place-3"]')).to_have_class(re.compile(r"\bactive\b"))
    page.locator('a.marker[href="#place-5"]').focus()
    expect(page.locator("#place-5")).to_have_class(re.compile(r"\bactive\b"))
    page.keyboard.press("Enter")
    assert page.url.endswith("#place-5")


def test_a_place_that_is_only_approximate_has_a_mark_that_says_so(opened: Open) -> None:
    page = opened(f"/listings/{GARDEN}", language="en-GB")
    expect(page.locator("a.marker.approximate")).to_have_attribute("aria-label", "Bamboo Garden (approximate)")


def test_location_is_explained_before_it_is_asked_and_sent_rounded(opened: Open) -> None:
    page = opened(
        "/",
        language="en-GB",
        geolocation={"latitude": 30.5512345, "longitude": 119.6154321},
        permissions=["geolocation"],
    )
    page.get_by_label("What are you looking for?").fill("farm stay nearby")
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("dialog")).to_contain_text("rounded to about 100 m")
    page.get_by_role("button", name="Agree and use it").click()
    page.wait_for_url("**lat=**")
    assert "lat=30.551&lon=119.615" in page.url
    expect(page.locator("[data-location-status]")).to_have_text("Distances are from your approximate position.")


def test_who_refuses_to_give_a_location_is_not_asked_by_the_browser(opened: Open) -> None:
    page = opened("/", language="en-GB")
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = () => { window.asked = true; }; }")
    page.get_by_role("button", name="Use my location").click()
    page.get_by_role("button", name="No, thanks").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("window.asked") is None


def test_a_location_that_cannot_be_had_is_told(opened: Open) -> None:
    page = opened("/", language="en-GB")
    page.get_by_role("button", name="Use my location").click()
    page.get_by_role("button", name="Agree and use it").click()
    expect(page.locator("[data-location-status]")).to_contain_text("No position to be had")


def test_everything_a_tourist_needs_works_without_script(opened: Open, served: Served) -> None:
    page = opened("/", language="en-GB", java_script_enabled=False)
    page.get_by_label("What are you looking for?").fill("Bamboo Hamlet farm stay")
    page.get_by_role("button", name="Search").click()
    page.locator(".card").get_by_role("link", name="Bamboo Hamlet").first.click()
    page.get_by_label("Six digits").fill(codes.six_digits(served.container.secret, FARM_STAY, served.clock()))
    page.get_by_role("button", name="Record my visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, recorded")
    expect(page.get_by_text("It is noted that you found this place here.")).to_be_visible()


def test_taps_on_the_telephone_and_on_sharing_are_recorded(opened: Open, served: Served) -> None:
    page = opened(f"/listings/{FARM_STAY}", language="en-GB", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelectorAll('[href^=\"tel:\"]').forEach((link) => (link.href = '#'))")
    with page.expect_response("**/tap") as answered:
        page.get_by_role("link", name="Call").click()
    assert answered.value.status == 204
    with page.expect_response("**/tap"):
        page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/listings/{FARM_STAY}")
    assert [len(events_of_kind(served.container, kind)) for kind in ("call", "share")] == [1, 1]


def test_the_counter_shows_the_next_code_by_itself(opened: Open, served: Served, site: str) -> None:
    page = opened("/login")
    log_in(page, served, site)
    page.goto("/merchant/counter")
    before = page.locator(".counter .code").inner_text()
    served.clock.forward(timedelta(seconds=30))
    expect(page.locator(".counter .code")).not_to_have_text(before)
    digits = codes.six_digits(served.container.secret, TEA_HOUSE, served.clock())
    expect(page.locator(".counter .code")).to_have_text(f"{digits[:3]} {digits[3:]}")


def test_a_counter_that_lost_its_connection_says_so(opened: Open, served: Served, site: str) -> None:
    page = opened("/login", language="en-GB")
    log_in(page, served, site)
    page.goto("/merchant/counter")
    page.route("**/merchant/counter/code*", lambda route: route.abort())
    expect(page.get_by_text("No connection")).to_be_visible(timeout=15_000)
    page.unroute("**/merchant/counter/code*")
    expect(page.get_by_text("No connection")).to_be_hidden(timeout=15_000)


def test_charts_are_drawn(opened: Open, served: Served, site: str) -> None:
    from ledger.append import append
    from ledger.events import Event, Grade, Visit

    visit = Visit(grade=Grade.SCANNED)
    events = [
        Event(id=f"a-visit-{number}", at=served.clock(), listing=TEA_HOUSE, visitor=f"visitor-{number}", payload=visit)
        for number in range(5)  # fewer in an hour are not shown
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)
    page = opened("/login", size=DESK)
    log_in(page, served, site)
    page.goto("/merchant")
    for fold in ("客人什么时候来", "每天"):
        page.locator("summary", has_text=fold).click()
    expect(page.locator("[data-chart] svg")).to_have_count(2)


@pytest.mark.parametrize("path", ["/", "/?q=农家乐", "/merchant"])
def test_the_first_screen_is_small(opened: Open, served: Served, site: str, path: str) -> None:
    page = opened("/login", service_workers="block")
    log_in(page, served, site)
    page.route(re.compile(r"/static/(map|charts|maplibre)"), lambda route: route.abort())
    page.goto(path)
    sent = page.evaluate(
        "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
        ".map((entry) => entry.encodedBodySize).reduce((sum, bytes) => sum + bytes, 0)"
    )
    assert 5_000 < sent < LARGEST_FIRST_SCREEN
