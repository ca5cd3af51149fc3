"""Walked in a browser: the weekly letter is asked for, read, and ended by its link on a device without a login."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from api.auth import SESSION_COOKIE
from api.weekly import send_weekly, week_of
from tests.api.builders import Served
from tests.api.pages.signing_in import signed_in
from tests.api.pages.test_self_service_walk import KINDS, Screen
from tests.api.test_weekly import letters

pytestmark = pytest.mark.browser


@pytest.fixture
def screen(chromium: Browser, site: str, served: Served, language: str, size: ViewportSize) -> Iterator[Screen]:
    """A browser in which an owner who has an e-mail address is logged in."""
    owner = signed_in(served, language=language, email="laoban@example.org")
    context = chromium.new_context(base_url=site, locale=language, viewport=size)
    context.add_cookies([{"name": SESSION_COOKIE, "value": owner.client.cookies[SESSION_COOKIE], "url": site}])
    yield Screen(context.new_page(), language, size["width"])
    context.close()


@KINDS
def test_the_letter_is_asked_for_and_ended_by_its_link(
    screen: Screen, chromium: Browser, site: str, served: Served, language: str, size: ViewportSize
) -> None:
    container = served.container
    container.settings = container.settings.model_copy(update={"public_url": site})
    page = screen.page
    page.goto("/merchant/alerts")
    page.get_by_role("link", name=screen.said("每周小结", "Weekly letter")).click()
    screen.look("weekly")
    screen.press("每周寄给我", "Send it to me")
    expect(page.get_by_role("status")).to_contain_text(screen.said("已保存", "Saved"))
    expect(page.locator("main")).to_contain_text("laoban@example.org")
    screen.look("weekly-on")

    assert send_weekly(container, week_of(None, served.clock(), container)).sent == 1
    [letter] = letters(container)
    html = letter.get_body(("html",))
    assert html is not None
    told = html.get_content()
    reading = chromium.new_context(base_url=site, locale=language, viewport=size)
    mail = Screen(reading.new_page(), language, size["width"])
    mail.page.set_content(told)
    mail.look("weekly-letter")
    [leave] = re.findall(rf'href="({site}/weekly/[^"]+)"', told)
    mail.page.goto(leave)
    mail.look("weekly-leave")
    mail.press("不再接收每周小结", "Stop the weekly letter")
    expect(mail.page.get_by_role("heading", name=screen.said("已停止", "It has ended"))).to_be_visible()
    mail.look("weekly-left")
    mail.page.goto(leave[:-1] + ("0" if leave[-1] != "0" else "1"))
    mail.look("weekly-forged")
    reading.close()

    page.goto("/merchant/weekly")
    expect(page.locator("main")).to_contain_text(screen.said("还没有订阅", "You do not get it"))
