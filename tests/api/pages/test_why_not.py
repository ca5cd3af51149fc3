"""The merchant's question why a search does not show their place."""

import shutil
from urllib.parse import unquote

import pytest

from api import accounts
from index.database import writing
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, links, words
from tests.api.pages.test_merchants import log_in

ABSENT = "/merchant?why=天荒坪镇，价格85以下"


def test_a_merchant_sees_what_their_place_misses_and_what_would_help(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    page = zh.open(ABSENT)
    said = words(page)
    assert "没有出现：人均90元，超过85元。" in said
    assert "人均90元，超过85元 – 把价格提高到90元" in said
    [link] = links(page, "without=")
    assert "price:..85" in unquote(link)
    assert zh.open(link).status_code == 200


def test_in_english_too(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant?why=in Tianhuangping, price under 85"))
    assert "Why am I not found?" in said
    assert "¥90 a head, over 85 – raise the price to 90" in said


def test_one_that_is_found_is_told_where_it_stands(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    page = zh.open("/merchant?why=溪边茶馆")
    assert "排在第1位" in words(page)
    assert links(page, "without=") == []


def test_before_anything_is_asked_there_is_only_the_form(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    for path in ("/merchant", "/merchant?why=%20"):
        said = words(zh.open(path))
        assert "为什么搜不到我？" in said
        assert "排在第1位" not in said
        assert "没有出现" not in said


def test_the_period_is_kept(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    assert '<input type="hidden" name="period" value="year">' in zh.open("/merchant?period=year&why=茶").text


def test_a_merchant_of_two_places_chooses_and_asks_of_no_other(zh: Reader, served: Served) -> None:
    with writing(served.container.engine) as session:
        accounts.add_listing(session, served.merchant, "place-03", now=served.clock())
    log_in(zh, served, served.merchant)
    page = zh.open("/merchant?why=第3家&listing=place-03")
    assert '<option value="place-03" selected>' in page.text
    assert "排在第1位" in words(page)
    another = zh.open(f"/merchant?why=竹里人家&listing={FARM_STAY}")
    assert f'<option value="{TEA_HOUSE}" selected>' in another.text
    assert f'<option value="{FARM_STAY}"' not in another.text


def test_who_has_no_place_is_offered_no_form(zh: Reader, served: Served) -> None:
    with writing(served.container.engine) as session:
        empty = accounts.make_merchant(session, "nobody's", now=served.clock())
    log_in(zh, served, empty.id)
    assert "为什么搜不到我" not in words(zh.open("/merchant?why=茶"))


@pytest.mark.parametrize("question", ["🎋", "<script>alert(1)</script>", "'; DROP TABLE listing; --", "x" * 400])
def test_an_odd_question_gets_an_answer(zh: Reader, served: Served, question: str) -> None:
    log_in(zh, served, served.merchant)
    page = zh.client.get("/merchant", params={"why": question}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_a_question_that_is_too_long_is_told_so_at_the_field(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    page = en.open("/merchant?why=" + "x" * 501)
    assert "at most 500 characters" in words(page)
    assert 'aria-describedby="why-error"' in page.text


def test_without_an_index_the_figures_are_shown_all_the_same(zh: Reader, served: Served) -> None:
    log_in(zh, served, served.merchant)
    shutil.rmtree(served.container.settings.data / "snapshots")
    page = zh.open("/merchant?why=茶")
    assert page.status_code == 200
    assert "索引还没有准备好" in words(page)
