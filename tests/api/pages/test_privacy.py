from datetime import timedelta

from tests.api.builders import FARM_STAY, Served
from tests.api.pages.reading import Reader, events_of_kind, words


def test_it_says_what_is_kept_in_both_languages(zh: Reader, en: Reader) -> None:
    assert "记录什么" in words(zh.open("/privacy"))
    assert "What is kept" in words(en.open("/privacy"))


def test_forgetting_erases_what_is_kept_and_takes_the_cookies(en: Reader, served: Served) -> None:
    en.open("/?q=farm stay")
    en.open(f"/listings/{FARM_STAY}")
    assert len(events_of_kind(served.container, "impression")) == 10
    page = en.send("/privacy", "/privacy/forget")
    assert "Forgotten: 11 records deleted" in words(page)
    assert "you have no number" in words(page)
    assert {"baicha_visitor", "baicha_ticket"}.isdisjoint(en.client.cookies)
    assert events_of_kind(served.container, "impression") == []
    assert events_of_kind(served.container, "open") == []


def test_who_has_no_number_can_ask_to_be_forgotten_too(zh: Reader) -> None:
    assert "删除了 0 条记录" in words(zh.send("/privacy", "/privacy/forget"))


def test_a_number_changes_every_day_unless_one_asks_to_be_remembered(zh: Reader, served: Served) -> None:
    zh.open(f"/listings/{FARM_STAY}")
    assert "每天更换编号" in words(zh.open("/privacy"))
    page = zh.send("/privacy", "/privacy/remember")
    assert "接下来 180 天" in words(page)
    kept = zh.client.cookies["baicha_visitor"]
    served.clock.forward(timedelta(days=20))
    zh.open(f"/listings/{FARM_STAY}")
    zh.send("/privacy", "/privacy/remember")
    assert zh.client.cookies["baicha_visitor"] == kept


def test_a_changed_count_in_the_address_shows_nothing_odd(en: Reader) -> None:
    assert "Forgotten: 0 records" in words(en.open("/privacy?done=forgotten&n=<b>"))
    assert "Forgotten" not in words(en.open("/privacy?done=nonsense"))
