"""Suggestions below the search box: keyboard, touch, input methods, screen readers, and what fails."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.builders import FARM_STAY, TEA_HOUSE
from tests.api.pages.test_browser import AXE, DESK, PHONE, Open, opened  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


def typed(page: Page, text: str) -> None:
    box = page.get_by_role("combobox")
    box.click()
    box.press_sequentially(text)


def test_a_name_is_chosen_by_keyboard_and_leads_to_its_page(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    typed(page, "xibian")
    box, option = page.get_by_role("combobox"), page.get_by_role("option")
    expect(option).to_have_text("溪边茶馆 Brook Tea House 店名 · 农家乐 · 天荒坪镇")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-suggest-status]")).to_contain_text("有一条建议")
    box.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    box.press("Enter")
    page.wait_for_url(f"**/listings/{TEA_HOUSE}")


def test_what_is_no_name_completes_the_text_and_is_searched_by_the_next_enter(opened: Open) -> None:  # noqa: F811
    page = opened("/", language="en-GB", size=DESK)
    typed(page, "guesthouse with free pa")
    box = page.get_by_role("combobox")
    expect(page.get_by_role("option").first).to_contain_text("free parking 免费停车 facility · 27 places")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("guesthouse with free parking")
    expect(box).to_be_focused()
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("Enter")
    page.wait_for_url("**q=guesthouse+with+free+parking**")


def test_enter_without_a_choice_searches_for_what_was_typed(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    typed(page, "溪边")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.get_by_role("combobox").press("Enter")
    page.wait_for_url("**q=%E6%BA%AA%E8%BE%B9**")


def test_escape_closes_the_list_and_keeps_the_text(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    typed(page, "第")
    box, listbox = page.get_by_role("combobox"), page.get_by_role("listbox")
    expect(listbox).to_be_visible()
    box.press("Escape")
    expect(listbox).to_be_hidden()
    expect(box).to_have_value("第")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("ArrowDown")
    expect(listbox).to_be_visible()


def test_the_arrows_go_round_through_the_box(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    typed(page, "第")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    expect(options).to_have_count(8)
    box.press("ArrowUp")
    expect(options.nth(7)).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    expect(options.nth(7)).to_have_attribute("aria-selected", "false")


def test_leaving_the_box_closes_the_list(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    typed(page, "第")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.get_by_role("combobox").press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_tap_chooses(opened: Open) -> None:  # noqa: F811
    page = opened("/", has_touch=True)
    typed(page, "竹里")
    page.get_by_role("option", name="竹里人家").tap()
    page.wait_for_url(f"**/listings/{FARM_STAY}")


def test_letters_that_an_input_method_still_composes_are_not_asked_for(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/suggest" in request.url else None)
    box = page.get_by_role("combobox")
    box.click()
    compose = """(box, [text, type]) => {
        box.value = text;
        box.dispatchEvent(new InputEvent("input", { isComposing: type !== "compositionend", bubbles: true }));
        box.dispatchEvent(new CompositionEvent(type, { bubbles: true }));
    }"""
    box.evaluate(compose, ["xi'b", "compositionstart"])
    box.evaluate(compose, ["xi'bian", "compositionupdate"])
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(400)
    composed = [url for url in asked if "%27" not in url]
    assert composed == []
    box.evaluate(compose, ["溪边", "compositionend"])
    expect(page.get_by_role("option")).to_contain_text("溪边茶馆")


def test_fast_typing_asks_once(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/suggest" in request.url else None)
    page.get_by_role("combobox").evaluate(
        """(box) => {
            box.focus();
            for (const text of ["x", "xi", "xib", "xibi", "xibian"]) {
                box.value = text;
                box.dispatchEvent(new InputEvent("input", { bubbles: true }));
            }
        }"""
    )
    expect(page.get_by_role("option")).to_contain_text("溪边茶馆")
    assert [url.split("q=")[1].split("&")[0] for url in asked] == ["xibian"]


def test_where_suggestions_fail_the_search_still_works(opened: Open) -> None:  # noqa: F811
    page = opened("/")
    page.route("**/v1/suggest*", lambda route: route.abort())
    typed(page, "溪边茶馆")
    page.wait_for_timeout(300)
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.get_by_role("button", name="搜索").click()
    expect(page.locator(".card").first).to_contain_text("溪边茶馆")


def test_without_script_it_is_a_plain_box(opened: Open) -> None:  # noqa: F811
    page = opened("/", java_script_enabled=False)
    expect(page.get_by_role("searchbox")).to_be_visible()
    expect(page.get_by_role("listbox")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("zh-CN", PHONE, "light"), ("en-GB", DESK, "light"), ("en-GB", PHONE, "dark")]
)
def test_axe_finds_nothing_in_the_open_list_and_it_fits_the_screen(
    opened: Open,  # noqa: F811
    language: str,
    size: Any,
    scheme: str,
) -> None:
    for path in ("/", "/?q=农家乐"):
        page = opened(path, language=language, size=size, color_scheme=scheme)
        page.get_by_role("combobox").fill("")
        typed(page, "p" if language == "en-GB" else "第")
        expect(page.get_by_role("option").first).to_be_visible()
        page.get_by_role("combobox").press("ArrowDown")
        found = page.evaluate(AXE.read_text(encoding="utf-8") + "\n;axe.run('form[data-search-form]')")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
