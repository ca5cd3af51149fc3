import re
import shutil

import pytest
from sqlmodel import select

from index.database import writing
from index.listing import Listing
from tests.api.builders import FARM_STAY, Served
from tests.api.pages.reading import Reader, events_of_kind, links, words

QUESTION = "/?q=天荒坪镇的农家乐"


def test_the_first_page_says_what_is_kept_and_gives_three_examples(zh: Reader) -> None:
    page = zh.open("/")
    assert "随机编号" in words(page)
    assert len(links(page, "/?q=")) == 3
    assert "baicha_visitor" not in zh.client.cookies


@pytest.mark.parametrize(
    ("header", "lang", "title"), [("en", "en", "Say what"), ("zh", "zh-CN", "直接说"), ("fr", "zh-CN", "直接说")]
)
def test_the_page_speaks_the_language_that_the_browser_asks_for(
    served: Served, header: str, lang: str, title: str
) -> None:
    page = Reader(served.browser(), header).open("/")
    assert f'<html lang="{lang}">' in page.text
    assert title in words(page)


def test_a_chosen_language_is_kept(zh: Reader) -> None:
    zh.open("/?lang=en")
    assert "Say what you are looking for" in words(zh.open("/"))


def test_the_language_link_keeps_the_question(zh: Reader) -> None:
    [link] = links(zh.open(QUESTION), "lang=en")
    assert "Results for “天荒坪镇的农家乐”" in words(zh.open(link))


def test_results_say_why_and_what_they_cost_and_that_samples_are_made_up(en: Reader) -> None:
    page = en.open("/?q=farm stay in Tianhuangping under 100 a head")
    said = words(page)
    assert page.text.count('class="card"') == 10
    assert "a head" in said
    assert "today 09:00–21:00" in said
    assert "made-up sample" in said or "made-up sample" in words(en.open(links(page, "cursor=")[0]))


def test_the_next_page_goes_on_where_the_first_ended(zh: Reader) -> None:
    first = zh.open(QUESTION)
    second = zh.open(links(first, "cursor=")[0])
    assert 'id="place-11"' in second.text
    assert not set(_places(first.text)) & set(_places(second.text))
    assert QUESTION.split("=")[1] in words(second)


def test_an_old_cursor_leads_to_the_first_page(zh: Reader) -> None:
    assert 'id="place-1"' in zh.open(f"{QUESTION}&cursor=bm9uc2Vuc2U").text


def test_a_chip_removes_its_limit_and_can_be_put_back(en: Reader) -> None:
    page = en.open("/?q=farm stay under 62 a head")
    [chip] = links(page, "without=price")
    without = en.open(chip)
    assert all(href.count("price") == 1 for href in links(without, "without=price"))
    assert "Put removed limits back" in words(without)


def test_nothing_found_helps_further(en: Reader, served: Served) -> None:
    with writing(served.container.engine) as session:
        for listing in session.exec(select(Listing)):
            listing.closed = True
            session.add(listing)
    page = en.open("/?q=anything")
    assert page.status_code == 200
    assert "Nothing suitable found" in words(page)
    assert len(links(page, "/?q=")) >= 3


@pytest.mark.parametrize(
    "question", ["%00%01", "🎋🐼", "'; DROP TABLE listing; --", "<script>alert(1)</script>", "x" * 9_000]
)
def test_an_odd_question_gets_an_answer(zh: Reader, question: str) -> None:
    page = zh.open(f"/?q={question}")
    assert page.status_code in {200, 400, 422}
    assert "<script>alert" not in page.text


def test_a_question_that_is_too_long_is_told_so_at_the_box(en: Reader) -> None:
    page = en.client.get("/", params={"q": "x" * 10_001}, headers={"Accept-Language": "en"})
    assert page.status_code == 422
    assert "at most 10,000 characters" in words(page)
    assert 'aria-describedby="q-error"' in page.text


def test_a_blank_question_is_the_first_page(zh: Reader) -> None:
    assert "直接说" in words(zh.open("/?q=%20%20"))


def test_a_position_gives_distances_and_can_be_left_out_again(en: Reader) -> None:
    page = en.open("/?q=farm stay nearby&lat=30.553&lon=119.612")
    assert "away" in words(page)
    [stop] = [
        href
        for href in links(page, "q=farm")
        if "lat=" not in href and "cursor" not in href and "without" not in href and "lang=" not in href
    ]
    assert "Distances are from your approximate position" not in words(en.open(stop))


@pytest.mark.parametrize("position", ["lat=95&lon=0", "lat=x&lon=y", "lat=30.5", "lat=nan&lon=nan"])
def test_an_impossible_position_is_left_aside(zh: Reader, position: str) -> None:
    assert zh.open(f"{QUESTION}&{position}").status_code == 200


def test_what_was_shown_is_recorded_for_the_visitor(zh: Reader, served: Served) -> None:
    zh.open(QUESTION)
    visitor = zh.client.cookies["baicha_visitor"].split(".")[2]
    shown = events_of_kind(served.container, "impression")
    assert {event.visitor for event in shown} == {visitor}
    assert len(shown) == 10


def test_nothing_is_recorded_of_who_refuses_tracking(zh: Reader, served: Served) -> None:
    zh.open(QUESTION, **{"Sec-GPC": "1"})
    zh.open(f"/listings/{FARM_STAY}", **{"Sec-GPC": "1"})
    assert "baicha_visitor" not in zh.client.cookies
    assert events_of_kind(served.container, "impression") == []
    assert events_of_kind(served.container, "open") == []


def test_without_an_index_the_page_says_so(zh: Reader, served: Served) -> None:
    shutil.rmtree(served.container.settings.data / "snapshots")
    page = zh.open(QUESTION)
    assert page.status_code == 503
    assert "正在准备" in words(page)
    assert int(page.headers["refresh"]) > 0


def _places(text: str) -> list[str]:
    return re.findall(r'href="(/listings/[^"?]+)', text)


def test_the_next_words_refine_the_search_on_the_page_and_can_be_asked_alone(zh: Reader) -> None:
    first = zh.open(QUESTION)
    token = re.search(r'name="after" value="([^"]+)"', first.text)
    assert token is not None
    second = zh.open(f"/?q=有停车场吗&after={token[1]}")
    assert "天荒坪镇" in words(second)
    [anew] = [
        link for link in links(second, "q=") if "after=" not in link and "without" not in link and "from=" not in link
    ][:1]
    assert "只搜“有停车场吗”" in words(second)
    assert "接着上一次搜索" not in words(zh.open(anew))


def test_a_language_that_is_not_read_is_said_on_the_page(zh: Reader) -> None:
    assert "目前只读得懂中文和英文" in words(zh.open("/?q=静かな宿はありますか"))
    assert "only Chinese and English are read" in words(zh.open("/?q=静かな宿はありますか&lang=en"))
    assert "目前只读得懂" not in words(zh.open("/?q=安静的民宿&lang=zh"))
