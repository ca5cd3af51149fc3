"""Walked in a browser: a new merchant, one of their staff, an owner who forgot; on a telephone and on a desk.

Set `BAICHA_SCREENSHOTS` to a folder to have each page's picture put there, to be looked at, in both languages at
both widths.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from api import accounts
from index.database import writing
from tests.api.builders import Served
from tests.api.pages.signing_in import PASSWORD, letters, signed_in

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "api" / "pages" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
#: Chinese on a telephone and English on a desk; whoever looks at the pictures sees the other two as well.
SCREENS = [("zh-CN", PHONE), ("en-GB", DESK)]
if "BAICHA_SCREENSHOTS" in os.environ:
    SCREENS += [("en-GB", PHONE), ("zh-CN", DESK)]
KINDS = pytest.mark.parametrize(
    ("language", "size"), SCREENS, ids=[f"{language[:2]}-{size['width']}" for language, size in SCREENS]
)

Device = Callable[[], "Screen"]


class Screen:
    """A browser window that is checked at each stop: nothing serious for axe, nothing wider than the screen."""

    def __init__(self, page: Page, language: str, width: int) -> None:
        self.page = page
        self.language = language
        self._width = width

    def said(self, chinese: str, english: str) -> str:
        """Return the text in the language of this walk."""
        return chinese if self.language == "zh-CN" else english

    def press(self, chinese: str, english: str) -> None:
        """Press a button by what it says."""
        self.page.get_by_role("button", name=self.said(chinese, english), exact=True).first.click()

    def look(self, name: str) -> None:
        """Check the page as it stands."""
        found = self.page.evaluate(AXE.read_text(encoding="utf-8") + "\n;axe.run()")
        bad = [
            (name, rule["id"], [node["html"][:200] for node in rule["nodes"]])
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical"}
        ]
        folder = os.environ.get("BAICHA_SCREENSHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}-{self.language}-{self._width}.png", full_page=True)
        assert bad == []
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self._width, name


@pytest.fixture
def device(chromium: Browser, site: str, language: str, size: ViewportSize) -> Iterator[Device]:
    """Another device: a browser with cookies of its own."""
    contexts: list[BrowserContext] = []

    def take() -> Screen:
        context = chromium.new_context(base_url=site, locale=language, viewport=size)
        contexts.append(context)
        return Screen(context.new_page(), language, size["width"])

    yield take
    for context in contexts:
        context.close()


@KINDS
def test_a_new_merchant_sets_a_password_edits_hours_and_opens_the_counter(device: Device, served: Served) -> None:
    with writing(served.container.engine) as session:
        token = accounts.invite(session, served.merchant, now=served.clock())
    screen = device()
    page = screen.page
    page.goto(f"/invite/{token}")
    screen.look("invite")
    page.locator('input[name="login"]').fill("laoban")
    page.locator('input[name="password"]').fill(PASSWORD)
    page.locator('input[name="email"]').fill("laoban@example.org")
    screen.press("保存并登录", "Save and log in")
    expect(page).to_have_url(re.compile("/merchant$"))
    screen.look("merchant")
    page.get_by_role("link", name=screen.said("店铺资料", "My listing")).click()
    screen.look("listing")
    page.locator('textarea[name="hours"]').fill("周一休息，其余看心情")
    page.locator('input[name="price"]').fill("0")
    screen.press("预览", "Preview")
    screen.look("listing-wrong")
    assert page.locator('textarea[name="hours"]').input_value() == "周一休息，其余看心情"
    page.locator('textarea[name="hours"]').fill("周二至周日 9:00-21:00，周一休息")
    page.locator('input[name="price"]').fill("68")
    page.locator('textarea[name="dishes"]').fill("白茶虾仁 🍤\n笋干老鸭")
    screen.press("预览", "Preview")
    expect(page.locator("#preview-box")).to_contain_text(screen.said("周一 休息；周二至周日", "Mon closed; Tue to Sun"))
    screen.look("listing-preview")
    screen.press("发布", "Publish")
    expect(page.get_by_role("status")).to_contain_text(screen.said("已发布", "Published"))
    page.get_by_role("link", name=screen.said("改动记录", "Earlier changes")).click()
    screen.look("history")
    page.goto("/merchant/payments")
    screen.look("payments")
    wrong = "when,no,sum\n2026-11-20 12:00,A1,88\n03/04/2026,A2,5\n"
    page.locator('input[type="file"]').set_input_files(
        {"name": "till.csv", "mimeType": "text/csv", "buffer": wrong.encode()}
    )
    screen.press("上传", "Upload")
    screen.look("payments-columns")
    for need, column in (("at", "when"), ("amount", "sum"), ("reference", "no")):
        page.locator(f'select[name="{need}"]').select_option(column)
    screen.press("上传", "Upload")
    expect(page.get_by_role("status")).to_contain_text(screen.said("新记 1 笔", "1 new"))
    screen.look("payments-done")
    page.get_by_role("link", name=screen.said("柜台码", "Counter code")).first.click()
    expect(page.locator(".counter .code")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    screen.look("counter")


@KINDS
def test_a_member_of_staff_is_invited_works_and_is_let_go(device: Device, served: Served, site: str) -> None:
    from api.auth import SESSION_COOKIE

    owner, staff = device(), device()
    token = signed_in(served).client.cookies[SESSION_COOKIE]
    owner.page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": site}])
    owner.page.goto("/merchant/staff")
    owner.page.locator('input[name="label"]').fill("前台小王")
    owner.press("生成邀请链接", "Make an invitation")
    owner.look("staff-invited")
    link = owner.page.locator('a[href*="/invite/"]').get_attribute("href")
    assert link
    staff.page.goto(link)
    staff.page.locator('input[name="login"]').fill("xiaowang")
    staff.page.locator('input[name="password"]').fill(PASSWORD)
    staff.press("保存并登录", "Save and log in")
    expect(staff.page).to_have_url(re.compile("/merchant$"))
    staff.look("staff-figures")
    expect(staff.page.get_by_role("link", name=staff.said("店铺资料", "My listing"))).to_have_count(0)
    staff.page.goto("/merchant/listing")
    staff.look("staff-refused")
    staff.page.goto("/account")
    staff.look("staff-account")
    staff.page.goto("/merchant/counter")
    expect(staff.page.locator(".counter .code")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    staff.page.goto("/account")  # the counter's page would leave by itself while it is asked to
    owner.page.goto("/merchant/staff")
    owner.look("staff-list")
    owner.page.get_by_role("button", name=owner.said("移除前台小王", "Remove 前台小王")).click()
    expect(owner.page.get_by_role("status")).to_be_visible()
    owner.page.goto("/merchant/activity")
    owner.look("activity")
    staff.page.goto("/merchant")
    expect(staff.page).to_have_url(re.compile("/login$"))


@KINDS
def test_an_owner_who_forgot_the_password_sets_another(device: Device, served: Served) -> None:
    signed_in(served, email="laoban@example.org")
    screen = device()
    page = screen.page
    page.goto("/login")
    page.locator('input[name="login"]').fill("laoban")
    page.locator('input[name="password"]').fill("not what it was")
    screen.press("登录", "Log in")
    screen.look("login-wrong")
    page.get_by_role("link", name=screen.said("忘记密码？", "Forgotten the password?")).click()
    screen.look("forgotten")
    page.locator('input[name="named"]').fill("laoban@example.org")
    screen.press("发送链接", "Send the link")
    expect(page.get_by_role("heading", level=1)).to_have_text(screen.said("请查收邮件", "Look into your mail"))
    screen.look("forgotten-sent")
    link = re.search(r"/reset/[\w-]+", _letter(served))
    assert link
    page.goto(link[0])
    screen.look("reset")
    page.locator('input[name="password"]').fill("another cup of tea")
    screen.press("保存新密码", "Save the password")
    expect(page.get_by_role("status")).to_be_visible()
    page.locator('input[name="login"]').fill("laoban")
    page.locator('input[name="password"]').fill("another cup of tea")
    screen.press("登录", "Log in")
    expect(page).to_have_url(re.compile("/merchant$"))
    page.goto("/account")
    screen.look("account")


def _letter(served: Served) -> str:
    """Return the letter, which is sent after the answer."""
    import time

    for _ in range(600):
        if letters(served):
            return letters(served)[-1]
        time.sleep(0.1)
    pytest.fail("no letter was sent")
