"""A finder over a snapshot with changes reads and answers as one that was built anew."""

import json
from collections.abc import Iterator

import pytest
from sqlmodel import Session, select

from api.migrate import upgrade
from index.database import make_engine, writing
from index.encoders import load_encoder
from index.importing import import_file
from index.listing import Listing
from index.settings import Settings
from index.snapshot import Snapshots, build
from recommender.finder import Finder
from recommender.query import LimitKind
from recommender.sentence import Sentence
from tests.recommender.city import CITY
from tests.recommender.conftest import ask

TEXTS = (
    "渔家菜", "云中小筑", "浮石区的景点", "望潮区吃饭", "炭烤乳鸽", "葱油白蟹人均60以下",
    "有观星穹顶的酒店", "工业遗址", "霓虹里玻璃屋", "nihonglixiaozhan", "灯塔记忆馆附近的餐馆", "便宜的酒店有停车场",
    "适合家庭亲子的地方", "最便宜的火锅",
)  # fmt: skip


def _change(session: Session) -> None:
    rows = {listing.id.removeprefix("city:"): listing for listing in session.exec(select(Listing))}
    rows["a3"].closed = True
    rows["r1"].name, rows["r1"].dishes, rows["r1"].area = "霓虹里小站", ["炭烤乳鸽"], "浮石区"
    rows["h1"].subtype, rows["h1"].facilities = "云中小筑", ["观星穹顶", "免费停车场"]
    rows["r3"].price, rows["r3"].tags = 12.0, ["家庭亲子"]
    rows["r2"].dishes = []
    for number in ("r1", "h1", "r3", "r2"):
        rows[number].content_hash = f"changed {number}"
        session.add(rows[number])
    session.add(rows["a3"])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Finder, Finder]]:
    """A finder made from the last one and the changes, and one that read everything anew."""
    data = tmp_path_factory.mktemp("changed")
    (data / "city.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in CITY), encoding="utf-8")
    settings = Settings(data=data)
    engine = make_engine(settings)
    upgrade(engine)
    import_file(engine, data / "city.jsonl")
    build(engine, settings)
    live, encoder = Snapshots(settings, engine), load_encoder(settings.encoder)
    last = Finder(live.current(), encoder, settings)
    with writing(engine) as session:
        _change(session)
    changed = Finder(live.current(), encoder, settings, last=last)
    assert changed.snapshot.changes is not None
    build(engine, settings)
    anew = Finder(Snapshots(settings).current(), encoder, settings)
    assert anew.snapshot.changes is None
    yield changed, anew
    engine.dispose()


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_understood_as_if_all_was_read_anew(both: tuple[Finder, Finder], text: str) -> None:
    changed, anew = (finder.find(ask(text)) for finder in both)
    assert changed.understood == anew.understood
    assert changed.total == anew.total
    assert {one.listing.id for one in changed.results} == {one.listing.id for one in anew.results}


def test_things_have_the_rows_of_a_build(both: tuple[Finder, Finder]) -> None:
    changed, anew = (finder.lexicon for finder in both)
    assert set(changed.areas) == set(anew.areas)
    # What is learnt from all listings together waits for the next fold: parts of phrases that nobody used before.
    parts = {key for key, thing in anew.things.items() if thing.is_part}
    assert set(anew.things) - parts <= set(changed.things)
    for key in changed.things:
        told, read = changed.things[key], anew.things[key]
        assert (told.rows.tolist(), told.exact.tolist()) == (read.rows.tolist(), read.exact.tolist()), key
        assert told.share == pytest.approx(read.share), key


def test_a_phrase_that_nobody_uses_any_more_is_forgotten(both: tuple[Finder, Finder]) -> None:
    for finder in both:
        assert "工业遗址" not in finder.lexicon.things
        assert not finder.lexicon.has(LimitKind.DISH) or len(finder.lexicon.containing(LimitKind.DISH, "乳鸽")) == 1
        matches = finder.lexicon.matches(Sentence.of("工业遗址"))
        assert "工业遗址" not in {meaning.value for match in matches for meaning in match.meanings}


def test_a_change_of_names_is_found_by_its_pieces(both: tuple[Finder, Finder]) -> None:
    for text in ("霓虹里小站在哪里", "霓虹小站", "丙字号"):
        changed, anew = ({one.listing.id for one in finder.find(ask(text)).results[:1]} for finder in both)
        assert changed == anew, text
