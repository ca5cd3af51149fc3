"""The credit report and the alerts in a browser, telephone and desk: nothing serious for axe, nothing cut off.

Set `BAICHA_SCREENSHOTS` to a folder to have the pictures put there, to be looked at.
"""

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from api.auth import SESSION_COOKIE
from tests.api.builders import Served
from tests.api.pages.signing_in import signed_in
from tests.api.pages.test_alerts import spiked
from tests.api.pages.test_credit import known
from tests.api.pages.test_self_service_walk import KINDS, Screen

pytestmark = pytest.mark.browser


def owners_screen(chromium: Browser, site: str, served: Served, language: str, size: ViewportSize) -> Screen:
    """Open a page in a browser that the owner is logged in with."""
    token = signed_in(served).client.cookies[SESSION_COOKIE]
    context = chromium.new_context(base_url=site, locale=language, viewport=size)
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": site}])
    return Screen(context.new_page(), language, size["width"])


@KINDS
def test_the_owner_reads_the_report_and_lets_a_bank_read_it(
    chromium: Browser, site: str, served: Served, language: str, size: ViewportSize
) -> None:
    known(served)
    screen = owners_screen(chromium, site, served, language, size)
    screen.page.goto("/merchant/credit")
    screen.look("credit")
    screen.page.get_by_text(screen.said("记一张账单", "State a bill"), exact=True).click()
    screen.page.get_by_role("textbox", name=screen.said("金额（元）", "Amount (yuan)")).fill("-1")
    screen.press("记下", "Note it")
    screen.look("credit-bill-wrong")
    screen.page.get_by_label(screen.said("什么账单", "What for")).select_option("rent")
    for name in (("应缴日期", "Due on"), ("缴费日期", "Paid on")):
        screen.page.get_by_label(screen.said(*name), exact=True).fill("2026-11-20")
    screen.page.get_by_role("textbox", name=screen.said("金额（元）", "Amount (yuan)")).fill("1280.50")
    screen.press("记下", "Note it")
    expect(screen.page.get_by_role("status")).to_contain_text(screen.said("已记下", "Noted"))
    screen.page.get_by_text(screen.said("我有异议", "I dispute this"), exact=True).first.click()
    screen.press("请人来看", "Ask for a person")
    screen.look("credit-disputed")
    screen.page.get_by_role("textbox", name=screen.said("给谁看", "Who may read it")).fill("Ms Li")
    screen.press("同意并生成链接", "Consent and make the link")
    link = screen.page.get_by_role("status").get_by_role("link")
    screen.look("credit-shared-with")
    screen.page.goto(str(link.get_attribute("href")))
    screen.look("credit-shared")
    screen.page.context.close()


@KINDS
def test_the_owner_reads_alerts(
    chromium: Browser, site: str, served: Served, language: str, size: ViewportSize
) -> None:
    spiked(served)
    screen = owners_screen(chromium, site, served, language, size)
    screen.page.goto("/merchant/alerts")
    screen.look("alerts")
    screen.page.get_by_role("button", name=screen.said("知道了", "Dismiss")).click()
    screen.look("alerts-none")
    screen.page.context.close()
