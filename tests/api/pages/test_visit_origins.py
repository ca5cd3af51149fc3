"""Where guests come from: asked once after a verified visit, without script; what was forged is refused."""

import re

import pytest

from api.guest_origins import FILE
from ledger import codes
from tests.api.builders import FARM_STAY, Served
from tests.api.pages.reading import CSRF, Reader, Reply, events_of_kind, links, words

QUESTIONS = {"zh": "您今天从哪里来？", "en": "From where did you come today?"}
VISIT = re.compile(r'name="visit" value="([^"]+)"')


@pytest.fixture(autouse=True)
def listed(served: Served) -> None:
    """A list of two places in the data folder."""
    rows = "id,name,name_en\nhangzhou,杭州,Hangzhou\nshanghai,上海,Shanghai\n"
    (served.container.settings.data / FILE).write_text(rows, encoding="utf-8")


def visited(reader: Reader, served: Served) -> Reply:
    digits = codes.six_digits(served.container.secret, FARM_STAY, served.clock())
    return reader.send("/visit", "/visit", code=digits)


def answer(reader: Reader, page: Reply, place: str, *, visit: str | None = None, listing: str = "") -> Reply:
    """Press one of the buttons that stand on the page."""
    token, shown = CSRF.search(page.text), VISIT.search(page.text)
    assert token
    assert shown
    named = shown[1] if visit is None else visit
    return reader.post("/visit/from", csrf=token[1], visit=named, place=place, listing=listing)


def answers(served: Served) -> list[str]:
    return [event.payload.place for event in events_of_kind(served.container, "origin")]


@pytest.mark.parametrize(
    ("language", "offered", "thanks"),
    [
        ("zh", ["安吉本地", "杭州", "上海", "国内其他", "境外", "不想说"], "已记下"),
        ("en", ["Here in Anji", "Hangzhou", "Shanghai", "Rest of the country", "Abroad", "rather not"], "Noted"),
    ],
)
def test_a_guest_is_asked_after_the_visit_and_says_it_by_one_button(
    served: Served, request: pytest.FixtureRequest, language: str, offered: list[str], thanks: str
) -> None:
    reader: Reader = request.getfixturevalue(language)
    assert QUESTIONS[language] not in words(reader.open("/visit"))
    page = visited(reader, served)
    assert all(word in words(page) for word in (QUESTIONS[language], *offered))
    done = answer(reader, page, "hangzhou", listing=FARM_STAY)
    assert thanks in words(done)
    assert links(done, f"/listings/{FARM_STAY}#near")
    [event] = events_of_kind(served.container, "origin")
    [visit] = events_of_kind(served.container, "visit")
    assert (event.visitor, event.payload.visit, event.payload.place) == (visit.visitor, visit.id, "hangzhou")


def test_nobody_is_asked_again_nor_for_a_word_alone(en: Reader, zh: Reader, served: Served) -> None:
    visited(en, served)
    assert QUESTIONS["en"] not in words(visited(en, served))
    said = zh.send(f"/listings/{FARM_STAY}", "/visit/said", listing=FARM_STAY)
    assert QUESTIONS["zh"] not in words(said)


def test_who_would_rather_not_say_leaves_no_trace(en: Reader, served: Served) -> None:
    page = visited(en, served)
    before = [event.id for kind in ("visit", "open", "impression") for event in events_of_kind(served.container, kind)]
    assert '<a class="button large" href="/">I&#39;d rather not say</a>' in page.text
    assert en.open("/").status_code == 200
    after = [event.id for kind in ("visit", "open", "impression") for event in events_of_kind(served.container, kind)]
    assert before == after
    assert answers(served) == []


def test_a_second_answer_is_told_that_the_first_holds(en: Reader, served: Served) -> None:
    page = visited(en, served)
    answer(en, page, "hangzhou")
    assert "the first answer holds" in words(answer(en, page, "shanghai"))
    assert answers(served) == ["hangzhou"]


def test_what_is_not_offered_and_a_visit_that_is_none_are_not_recorded(zh: Reader, served: Served) -> None:
    page = visited(zh, served)
    for place in ("", "beijing", "杭州", "x" * 1_000, "\x00"):
        reply = answer(zh, page, place)
        assert reply.status_code == 422
        assert "请从列出的地方里选一个" in words(reply)
    for visit in ("", "nonsense", "no-such-visit", "x" * 5_000, "\x00"):
        assert answer(zh, page, "hangzhou", visit=visit).status_code == 404
    assert "已记下" in words(answer(zh, page, "hangzhou", listing="no-such-place"))
    assert answers(served) == ["hangzhou"]


def test_nobody_answers_for_another(en: Reader, zh: Reader, served: Served) -> None:
    page, own = visited(en, served), visited(zh, served)
    theirs = VISIT.search(page.text)
    assert theirs
    reply = answer(zh, own, "hangzhou", visit=theirs[1])
    assert reply.status_code == 404
    assert answer(Reader(served.browser(), "en"), page, "hangzhou").status_code == 403
    assert answers(served) == []


def test_over_the_interface_a_client_offers_asks_and_is_told_what_became_of_it(served: Served) -> None:
    offered = [one["id"] for one in served.client.get("/v1/visits/origins").json()]
    assert offered == ["county", "hangzhou", "shanghai", "elsewhere", "abroad"]
    browser = served.browser()
    digits = codes.six_digits(served.container.secret, FARM_STAY, served.clock())
    visit = browser.post("/v1/visits", json={"digits": digits}).json()["visit"]
    said = {"visit": visit, "place": "shanghai"}
    assert served.browser().post("/v1/visits/origin", json=said).status_code == 404
    assert browser.post("/v1/visits/origin", json=said | {"place": "moon"}).status_code == 400
    outcomes = [browser.post("/v1/visits/origin", json=said).json()["outcome"] for _ in range(2)]
    assert outcomes == ["recorded", "already_recorded"]
    assert browser.delete("/v1/visitor").json()["erased"] == 2
    assert answers(served) == []


def test_the_merchant_reads_and_exports_places_by_name_from_five_visitors(served: Served) -> None:
    for _ in range(5):
        reader = Reader(served.browser(), "en")
        answer(reader, visited(reader, served), "hangzhou")
    answer(reader := Reader(served.browser(), "en"), visited(reader, served), "shanghai")
    headers = served.keys.header("other_merchant")
    path = f"/v1/merchants/{served.other_merchant}"
    stats = served.client.get(f"{path}/stats?fields=origins&lang=en", headers=headers).json()
    assert stats["origins"] == {"told": 6, "places": [{"place": "Hangzhou", "visitors": 5}]}
    written = served.client.get(f"{path}/exports/origins.csv?lang=zh", headers=headers).text
    assert written.splitlines()[1:] == ["杭州,5", "说了从哪里来的一共,6"]
    assert served.client.get(f"{path}/exports/origins.xlsx", headers=headers).content[:2] == b"PK"
