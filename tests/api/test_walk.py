"""The whole loop, walked in a browser: a tourist's words to a merchant's credit signal, on both databases.

One test with the steps of the first issue in their order, because each stands on what the one before left behind.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.starter_history import DEMO_MERCHANT
from index.crs import wgs84_to_bd09, wgs84_to_gcj02
from index.settings import Settings
from tests.api.conftest import PATIENCE_MS
from tests.api.walking import Operator

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
ANJI = {"latitude": 30.52, "longitude": 119.6}
#: A question in its language, and what must have been understood of it.
QUESTIONS = [
    ("zh-CN", "带孩子去哪里玩，不要太贵", ("亲子", "不太贵")),
    ("en-GB", "a quiet guesthouse among tea gardens with parking", ("quiet", "parking", "guesthouse")),
    ("zh-CN", "余村附近吃竹林鸡，人均80以下", ("余村", "竹林鸡", "80")),
]
SENTENCE = re.compile(r"(\d+) of your (\d+) recorded visitors found you here \(95% interval (\d+)–(\d+)%\)")


def get(url: str | httpx.URL, **options: Any) -> httpx.Response:
    """Ask as a program does, with the patience that a busy machine needs."""
    return httpx.get(url, timeout=PATIENCE_MS / 1000, **options)


@pytest.fixture
def operator(any_settings: Settings) -> Iterator[Operator]:
    """An operator who has just installed Baicha."""
    made = Operator(any_settings)
    yield made
    made.stop()


#: Of text, pixels.
A_LINE = 26


def a_context(chromium: Browser, operator: Operator, locale: str, size: dict[str, int] | None = None) -> BrowserContext:
    """Another device: a browser with cookies of its own."""
    viewport: Any = size or DESK
    context = chromium.new_context(locale=locale, viewport=viewport, base_url=operator.url)
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.mark.browser
def test_the_whole_loop(operator: Operator, chromium: Browser, assets: None, tmp_path: Path) -> None:
    logins = first_run(operator)
    tourist = a_context(chromium, operator, "en-GB", PHONE).new_page()
    tourist_is_told_what_is_kept(tourist)
    ask_every_question(chromium, operator)
    merchant = a_context(chromium, operator, "en-GB", PHONE).new_page()
    log_in(merchant, logins)
    three_answers_begin_on_the_first_screen(merchant)
    before = figures_of(merchant)
    open_a_listing(tourist)
    visit(chromium, operator, merchant, tourist)
    after = figures_of(merchant)
    assert {name: after[name] - before[name] for name in ("opens", "calls", "directions", "visits", "N", "M")} == {
        "opens": 1,
        "calls": 1,
        "directions": 4,
        "visits": 1,
        "N": 1,
        "M": 1,
    }
    credit_signals_have_definitions(merchant)
    board_hides_small_figures(chromium, operator)
    claim_is_approved_by_a_person(chromium, operator, logins["admin"])
    report_closes_a_listing(chromium, operator, logins["admin"])
    operate(operator, tmp_path)
    forget(tourist, operator)
    second_run(operator)


def first_run(operator: Operator) -> dict[str, str]:
    """Step 1: it imports, indexes, serves, and prints where it is, a first query, a key and a login."""
    operator.serve()
    assert operator.said(r"白茶 Baicha: (\S+)") == operator.url
    assert get(operator.said(r"(http://\S+/\?q=\S+)")).status_code == httpx.codes.OK
    return {
        "admin": operator.said(r"Admin key\s+(bch_\S+)"),
        "login": operator.said(r"made-up merchant\s+(\S+)"),
        "password": operator.said(r"Password\s+(\S+)"),
    }


def tourist_is_told_what_is_kept(page: Page) -> None:
    """Step 8, its beginning: what is kept stands on the first page, and location is asked for before it is used."""
    page.goto("/")
    expect(page.get_by_text("random number that changes every day")).to_be_visible()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(ANJI)  # type: ignore[arg-type]
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("dialog")).to_contain_text("rounded to about 100 m")
    assert page.locator("input[name=lat]").input_value() == ""
    page.get_by_role("button", name="Agree and use it").click()
    expect(page.locator("input[name=lat]")).to_have_value(re.compile(r"^30\.520*$"))
    page.get_by_role("combobox").fill("a café near me")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("ol.cards > li")).to_have_count(10)
    expect(page.locator("ol.cards > li").first).to_contain_text("away")


def ask_every_question(chromium: Browser, operator: Operator) -> None:
    """Step 2: ten results on the page, each with why, price or none, and a map; the same by HTTP and command line."""
    for locale, question, understood in QUESTIONS:
        context = a_context(chromium, operator, locale)
        page = context.new_page()
        page.goto("/")
        page.get_by_role("combobox").fill(question)
        page.get_by_role("combobox").press("Enter")
        cards = page.locator("ol.cards > li")
        expect(cards).to_have_count(10)
        for each in cards.all():
            assert each.locator("ul.why li").count() in {1, 2, 3}
        for words in understood:
            expect(page.locator("ul.chips")).to_contain_text(words)
        expect(page.locator(".map .marker").first).to_be_visible()
        answer = get(f"{operator.url}/v1/search", params={"q": question, "limit": 10}).json()
        for result in answer["results"]:
            assert result["reasons"]
            assert sum(result["terms"].values()) == pytest.approx(result["score"], abs=1e-6)
        assert answer["results"][0]["name"] in cards.first.inner_text()
        assert answer["results"][0]["name"] in operator.run("search", question)
        if "余村" in question:
            assert all(result["price"] <= 80 for result in answer["results"])
            assert all("竹林鸡" in str(result) for result in answer["results"])
            expect(cards.first).to_contain_text("距")
        if answer["next"]:
            page.get_by_role("link", name=re.compile("下一页|Next page")).click()
            expect(page.locator("ol.cards > li").first).not_to_contain_text(answer["results"][0]["name"])
        context.close()


def log_in(page: Page, logins: dict[str, str]) -> None:
    """Step 4, its door: the login that the first run printed."""
    page.goto("/merchant")
    page.get_by_label("Login").fill(logins["login"])
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Login or password is wrong")).to_be_visible()
    page.get_by_label("Password").fill(logins["password"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("who found you")


def three_answers_begin_on_the_first_screen(page: Page) -> None:
    """How was it, where did they come from, what should I do: each heading and the line below it, in both languages."""
    for language in ("zh-CN", "en-GB"):
        page.context.set_extra_http_headers({"Accept-Language": language})
        page.goto("/merchant?period=week")
        for question in ("#how", "#whence", "#todo"):
            tops = page.locator(question).evaluate(
                "heading => [heading, heading.nextElementSibling].map((each) => each.getBoundingClientRect().top)"
            )
            assert 0 < tops[0] < tops[1] < PHONE["height"] - A_LINE, (language, question, tops)


def figures_of(page: Page) -> dict[str, int]:
    """Step 4: what was seen, who came, and the sentence that counts."""
    page.goto("/merchant?period=year")
    labels = {
        "impressions": "Shown in searches",
        "opens": "Pages opened",
        "directions": "Asked the way",
        "calls": "Calls",
        "visits": "Visits",
    }
    found = {}
    for name, label in labels.items():
        figure = page.locator("dl.figures .figure", has=page.locator("dt", has_text=label)).first
        written = re.match(r"[\d,]+", figure.locator("dd").first.text_content() or "")
        assert written is not None
        found[name] = int(written.group().replace(",", ""))
    sentence = SENTENCE.search(page.locator("p.sentence").inner_text())
    assert sentence is not None, page.locator("p.sentence").inner_text()
    referred, visitors, low, high = map(int, sentence.groups())
    assert low <= 100 * referred / visitors <= high
    return found | {"N": referred, "M": visitors}


def open_a_listing(page: Page) -> None:
    """Step 3: open one, call, ask the way by converted coordinates, share, report; no way to approximate places."""
    page.goto(f"/listings/{DEMO_MERCHANT}")
    expect(page.get_by_text("made-up sample").first).to_be_visible()
    expect(page.get_by_role("heading", name="Similar places")).to_be_visible()
    assert page.locator("section[aria-labelledby=similar] li.card").count() > 0
    assert page.locator("section[aria-labelledby=near] li.card").count() > 0
    assert re.fullmatch(r"tel:[+\d-]+", page.get_by_role("link", name="Call").get_attribute("href") or "")
    tap(page.context, "Call")
    expect(page.get_by_role("button", name="Share")).to_be_visible()
    listing = get(page.url.replace("/listings/", "/v1/listings/")).json()
    leads = {app: leads_to(page, app) for app in ("Amap", "Baidu Maps", "Apple Maps", "Map app")}
    for app, converted in (("Amap", wgs84_to_gcj02), ("Baidu Maps", wgs84_to_bd09)):
        numbers = [float(each) for each in re.findall(r"\d+\.\d+", leads[app])]
        for angle in converted(listing["lat"], listing["lon"]):
            assert any(abs(each - angle) < 1e-5 for each in numbers), (app, angle, leads[app])
    for app, scheme in (
        ("Amap", "amap"),
        ("Baidu Maps", "baidu"),
        ("Apple Maps", "maps.apple.com"),
        ("Map app", "geo:"),
    ):
        assert scheme in leads[app]
    tap(page.context, "Map app")
    page.goto("/listings/anji-hello-kitty-park")
    expect(page.locator("section[aria-labelledby=go]")).to_contain_text("approximate")
    assert page.locator("section[aria-labelledby=go] a[data-tap=directions]").count() == 0


def tap(context: BrowserContext, name: str) -> None:
    """Tap what opens a program of the phone. It is absent here, so that the note to the service is what we wait for.

    In a page of its own: Chromium asks which program to open, and the page takes no more taps until it is answered.
    """
    page = context.new_page()
    page.goto(f"/listings/{DEMO_MERCHANT}")
    with page.expect_request(lambda asked: asked.url.endswith("/tap")):
        page.get_by_role("link", name=name).click()
    page.close()


def leads_to(page: Page, app: str) -> str:
    """Where a map button leads, after the service has noted it."""
    href = page.get_by_role("link", name=app).get_attribute("href") or ""
    if href.startswith("geo:"):
        return href
    return str(get(httpx.URL(page.url).join(href)).headers.get("location", href))


def visit(chromium: Browser, operator: Operator, merchant: Page, tourist: Page) -> None:
    """Step 3, its end: a camera opens another browser, which says so; the digits go into the one that searched."""
    merchant.get_by_role("link", name="Open the counter code").click()
    expect(merchant.locator(".counter svg")).to_be_visible()
    camera = a_context(chromium, operator, "en-GB", PHONE).new_page()
    camera.goto(by_key(operator, "counter")["url"])
    expect(camera.get_by_role("button", name="Record my visit")).to_be_visible()
    expect(camera.get_by_text("another browser")).to_be_visible()
    camera.context.close()
    tourist.goto("/visit")
    tourist.get_by_label("Six digits").fill("12345")
    tourist.get_by_role("button", name="Record my visit").click()
    expect(tourist.get_by_text("Please type six digits")).to_be_visible()
    digits = re.sub(r"\D", "", merchant.locator(".counter .code").inner_text())
    assert len(digits) == 6
    tourist.get_by_label("Six digits").fill(digits)
    tourist.get_by_role("button", name="Record my visit").click()
    expect(tourist.get_by_role("heading", name="Thank you, recorded")).to_be_visible()
    expect(tourist.get_by_text("you found this place here")).to_be_visible()


def by_key(operator: Operator, what: str) -> Any:
    """What the made-up merchant's own key is answered."""
    merchants = json.loads(operator.run("merchants", "list", "--json"))
    merchant = next(each["id"] for each in merchants if DEMO_MERCHANT in str(each))
    made = operator.run("keys", "make", "merchant", "--merchant", merchant).split()
    key = next(word for word in made if word.startswith("bch_"))
    reply = get(f"{operator.url}/v1/merchants/{merchant}/{what}", headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == httpx.codes.OK, reply.text
    return reply.json()


def credit_signals_have_definitions(page: Page) -> None:
    """Step 5: count, regularity, tenure and share referred, each with how it is computed."""
    page.goto("/merchant/signals")
    signals = page.locator("#signals .figure")
    assert signals.count() >= 4
    for each in signals.all():
        each.get_by_text("How it is computed").click()
        assert len(each.locator("details p").inner_text()) > 30


def board_hides_small_figures(chromium: Browser, operator: Operator) -> None:
    """Step 6: five indicators; a township with too few visitors or merchants shows no figure."""
    page = a_context(chromium, operator, "en-GB").new_page()
    page.goto("/board")
    assert page.locator("main section.panel").count() == 5
    table = page.locator("details", has=page.locator("table")).first
    table.locator("summary").click()
    expect(table.locator("td", has_text="fewer than 10 visitors or 3 merchants").first).to_be_visible()
    expect(page.locator(".chart svg").first).to_be_visible()
    refused = get(f"{operator.url}/v1/board/indicators")
    assert refused.status_code == httpx.codes.UNAUTHORIZED
    assert refused.headers["content-type"] == "application/problem+json"
    key = operator.run("keys", "make", "board", "--label", "county").split()
    board = next(word for word in key if word.startswith("bch_"))
    shown = get(f"{operator.url}/v1/board/indicators", headers={"Authorization": f"Bearer {board}"})
    assert len(shown.json()["indicators"]) == 5
    page.context.close()


def claim_is_approved_by_a_person(chromium: Browser, operator: Operator, admin_key: str) -> None:
    """Step 7: a merchant claims a listing, a person approves, and the invitation leads to a page that helps."""
    owner = a_context(chromium, operator, "zh-CN", PHONE).new_page()
    owner.goto(first_unclaimed(operator))
    owner.get_by_text("这是您的店吗").click()
    owner.get_by_label("您的姓名或店名").fill("阿婆")
    owner.get_by_label("联系方式").fill("0572-0550999")
    owner.get_by_role("button", name="申请认领").click()
    expect(owner.get_by_text("已收到您的申请")).to_be_visible()
    admin = a_context(chromium, operator, "zh-CN").new_page()
    admin_enters(admin, admin_key)
    admin.get_by_role("button", name="批准").click()
    link = admin.locator("a[href*='/invite/']").get_attribute("href")
    assert link is not None
    owner.goto(link)
    owner.get_by_label("登录名").fill("apo")
    owner.get_by_label("密码").fill("correct horse battery")
    owner.get_by_role("button", name="保存并登录").click()
    expect(owner.get_by_role("heading", level=1)).to_contain_text("谁找到了您")
    owner.goto(link)
    expect(owner.get_by_text("邀请已失效")).to_be_visible()
    owner.context.close()
    admin.context.close()


def first_unclaimed(operator: Operator) -> str:
    """A made-up restaurant that is not the demo merchant's."""
    found = get(f"{operator.url}/v1/search", params={"q": "竹林鸡", "limit": 10}).json()["results"]
    return f"/listings/{next(each['id'] for each in found if each['made_up'] and each['id'] != DEMO_MERCHANT)}"


def admin_enters(page: Page, key: str) -> None:
    """The admin key opens a session."""
    page.goto("/admin")
    page.get_by_label("管理员密钥").fill(key)
    page.get_by_role("button", name="进入").click()
    expect(page.get_by_role("heading", name="待审的认领")).to_be_visible()


def report_closes_a_listing(chromium: Browser, operator: Operator, admin_key: str) -> None:
    """Step 3: reported closed; a person decides, and the next search does not show it."""
    question = {"q": "余村附近吃竹林鸡", "limit": "10"}
    shown = [each["id"] for each in get(f"{operator.url}/v1/search", params=question).json()["results"]]
    gone = next(each for each in shown if each != DEMO_MERCHANT)
    visitor = a_context(chromium, operator, "zh-CN", PHONE).new_page()
    visitor.goto(f"/listings/{gone}")
    visitor.get_by_text("信息有误或已关闭").click()
    visitor.get_by_label("哪里不对").select_option("closed")
    visitor.get_by_role("button", name="提交").click()
    expect(visitor.get_by_text("我们会核实")).to_be_visible()
    admin = a_context(chromium, operator, "zh-CN").new_page()
    admin_enters(admin, admin_key)
    admin.get_by_role("button", name="标为已关闭").click()
    expect(admin.get_by_text("下一次搜索起不再出现")).to_be_visible()
    now = [each["id"] for each in get(f"{operator.url}/v1/search", params=question).json()["results"]]
    assert gone not in now
    assert len(now) == 10
    visitor.context.close()
    admin.context.close()


def operate(operator: Operator, tmp_path: Path) -> None:
    """Step 7: import, keys, status, backup and restore, while the service runs."""
    extra = tmp_path / "extra.csv"
    extra.write_text(
        "id,category,name,name_en,dishes,lat,lon\n"
        "x1,restaurant,新开的竹笋面馆,New Shoot Noodles,笋干面;葱油面,30.52,119.61\n"
        "x2,restaurant,坏行,,,95,119\n",
        encoding="utf-8",
    )
    before = operator.status()
    operator.run("import", extra, code=3)
    after = operator.status()
    assert after["listings"] == before["listings"] + 1
    assert after["snapshot"] != before["snapshot"]
    found = get(f"{operator.url}/v1/search", params={"q": "新开的竹笋面馆", "limit": "3"}).json()["results"]
    assert found[0]["id"] == "x1"
    prefix = next(word for word in operator.run("keys", "list").split() if re.fullmatch(r"[0-9a-f]{12}", word))
    operator.run("keys", "rotate", prefix)
    operator.run("merchants", "invite", "x1")
    archive = tmp_path / "backup.tar.gz"
    operator.run("backup", archive)
    # What was backed up from either database goes back into a folder of its own.
    restored = Operator(Settings(data=tmp_path / "restored"))
    restored.run("restore", archive)
    assert restored.status()["snapshot"] == after["snapshot"]
    assert restored.status()["events"] >= after["events"]
    restored.run("restore", archive, code=2)


def forget(page: Page, operator: Operator) -> None:
    """Step 8: "forget me" deletes what was recorded, and says how much."""
    held = operator.status()["events"]
    page.goto("/privacy")
    page.get_by_role("button", name="Forget me").click()
    said = page.get_by_role("status").filter(has_text="Forgotten")
    expect(said).to_be_visible()
    deleted = re.search(r"(\d+) records deleted", said.inner_text())
    assert deleted is not None
    assert int(deleted.group(1)) > 10
    assert operator.status()["events"] == held + 1, "entries stay, and the erasure is one more"
    assert not [each for each in page.context.cookies() if each["name"] in {"baicha_visitor", "baicha_ticket"}]


def second_run(operator: Operator) -> None:
    """Step 1, its end: another run rebuilds nothing."""
    before = operator.status()
    assert operator.stop() in {0, 130}
    operator.serve()
    after = operator.status()
    assert (after["snapshot"], after["built_at"], after["events"]) == (
        before["snapshot"],
        before["built_at"],
        before["events"],
    )
    assert "Admin key" not in "".join(operator.printed)
