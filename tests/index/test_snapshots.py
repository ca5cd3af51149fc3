"""Changes beside a snapshot: what is found is what a fresh build would find."""

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update
from sqlmodel import col, select

from api.migrate import upgrade
from index import snapshots as served
from index.database import make_engine, reading, writing
from index.encoders import embed_queries, load_encoder
from index.facets import Facet
from index.importing import import_file
from index.limits import Between, Limits
from index.listing import Category, Listing
from index.opening import Snapshot
from index.places import import_places
from index.settings import Settings
from index.snapshot import Snapshots, build
from index.space.areas import Circle
from tests.index.builders import NOW, a_jsonl, a_listing, a_row

_MIDDLE = (30.6, 119.6)
_PLACES = "kind,name,name_en,lat,lon,accuracy_m\ntownship,竹林镇,Zhulin Town,30.6,119.6,2000\n"
_TEXT = "竹林人家和余村、茶园 zhulin inn"


def _listing(listing_id: str, **values: Any) -> Listing:
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return a_listing(id=listing_id, content_hash=digest, **values)


def _store(engine: Engine, *listings: Listing) -> None:
    with writing(engine) as session:
        for listing in listings:
            session.merge(listing)


def _first() -> list[Listing]:
    names = ["竹林人家", "余村", "茶园", "竹林镇饭店", "老茶馆（总店）", "Zhulin Inn", "余村", "溪边"]
    return [
        _listing(
            str(number),
            name=name,
            category=list(Category)[number % 3],
            subtype=("农家乐", "民宿")[number % 2],
            price=float(10 * number),
            lat=_MIDDLE[0] + number / 100 if number % 4 else None,
            lon=_MIDDLE[1] if number % 4 else None,
            hours=("Mo-Su 10:00-22:00", None)[number % 2],
            tags=["竹子"] if number % 3 else [],
        )
        for number, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Settings]]:
    """A database whose listings each example sets anew."""
    folder = tmp_path_factory.mktemp("county")
    settings = Settings(data=folder / "data")
    engine = make_engine(settings)
    upgrade(engine)
    (folder / "places.csv").write_text(_PLACES, encoding="utf-8")
    import_places(engine, folder / "places.csv")
    yield engine, settings
    engine.dispose()


_IDS = st.sampled_from([*"01234567", "a", "30", "z"])
_WRITTEN = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["竹林人家", "余村饭店", "茶园", "Zhulin Inn", "安吉竹林镇", "新店(分店)"]),
        "category": st.sampled_from(Category),
        "subtype": st.sampled_from(["农家乐", "民宿"]),
        "price": st.sampled_from([None, 5.0, 50.0]),
        "at": st.sampled_from([None, 0.0, 0.01, 0.02, 0.5]),
        "hours": st.sampled_from([None, "Mo-Su 10:00-22:00", "Mo 09:00-17:00"]),
        "tags": st.sampled_from([[], ["竹子"], ["竹子", "古村"]]),
    }
)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), _IDS, _WRITTEN),
        st.tuples(st.sampled_from(["close", "open", "delete", "look"]), _IDS, st.none()),
    ),
    min_size=1,
    max_size=9,
)


def _do(engine: Engine, what: str, listing_id: str, values: dict[str, Any] | None) -> None:
    if values is not None:
        at = values["at"]
        place = {"lat": None if at is None else _MIDDLE[0] + at, "lon": None if at is None else _MIDDLE[1]}
        _store(engine, _listing(listing_id, **{key: value for key, value in values.items() if key != "at"}, **place))
        return
    with writing(engine) as session:
        if what == "delete":
            session.execute(delete(Listing).where(col(Listing.id) == listing_id))
        elif what != "look":
            session.execute(update(Listing).where(col(Listing.id) == listing_id).values(closed=what == "close"))


@given(_STEPS)
@hypothesis_settings(max_examples=6, deadline=None, derandomize=True, phases=[Phase.generate], database=None)
def test_after_any_changes_everything_is_as_a_fresh_build_has_it(
    county: tuple[Engine, Settings], steps: list[tuple[str, str, dict[str, Any] | None]]
) -> None:
    engine, settings = county
    with writing(engine) as session:
        session.execute(delete(Listing))
    _store(engine, *_first())
    base = build(engine, settings)
    live = Snapshots(settings, engine)
    assert live.current().id == base
    for what, listing_id, values in steps:
        _do(engine, what, listing_id, values)
        if what == "look":
            live.current()
    merged = live.current()
    assert merged.stored.version == Snapshots(settings).current().stored.version, "nothing was folded meanwhile"
    build(engine, settings)
    _assert_alike(merged, Snapshots(settings).current())


def _assert_alike(merged: Snapshot, fresh: Snapshot) -> None:
    ids = [listing.id for listing in fresh.listings]
    assert [listing.model_dump() for listing in merged.listings] == [one.model_dump() for one in fresh.listings]
    assert dict(merged.row_of) == dict(fresh.row_of)
    for name in ("lat", "lon", "price", "category"):
        assert np.array_equal(getattr(merged.columns, name), getattr(fresh.columns, name), equal_nan=True)
    assert np.array_equal(merged.open_hours.open_rows(NOW), fresh.open_hours.open_rows(NOW))
    assert np.array_equal(merged.open_hours.known, fresh.open_hours.known)
    for kind, value in ((Facet.SUBTYPE, "农家乐"), (Facet.TAG, "竹子"), (Facet.TAG, "古村")):
        assert np.array_equal(merged.facets.rows(kind, value), fresh.facets.rows(kind, value))
    assert [sorted(labels) for labels in merged.facets.labels(len(ids))] == [
        sorted(labels) for labels in fresh.facets.labels(len(ids))
    ]
    assert merged.counts == fresh.counts
    assert merged.gazetteer.find(_TEXT) == fresh.gazetteer.find(_TEXT)
    _assert_same_searches(merged, fresh)


def _assert_same_searches(merged: Snapshot, fresh: Snapshot) -> None:
    query = embed_queries(load_encoder("use"), ["bamboo farm stay"])[0]
    circle = Circle(*_MIDDLE, 5_000)
    limits = Limits(price=Between(high=40), having=[(Facet.TAG, "竹子")], open_at=NOW)
    for area, asked in ((None, None), (circle, None), (None, limits), (circle, limits)):
        for exact in (False, True):
            found = merged.engine.search(query, 4, area=area, limits=asked, exact=exact)
            wanted = fresh.engine.search(query, 4, area=area, limits=asked, exact=exact)
            assert found.plan.tail == merged.tail
            assert np.array_equal(found.scores, wanted.scores)
            assert np.array_equal(found.rows, wanted.rows)
    assert np.array_equal(merged.engine.space.rows(circle), fresh.engine.space.rows(circle))
    for mine, theirs in zip(
        merged.engine.space.nearest(*_MIDDLE, 3), fresh.engine.space.nearest(*_MIDDLE, 3), strict=True
    ):
        assert np.array_equal(mine, theirs)
    for row in range(len(fresh.listings)):
        assert np.array_equal(merged.vectors.vector(row), fresh.vectors.vector(row))
    for text in ("竹林", "zhulin", "余村 民宿"):
        # How rare a word is, is told by the snapshot until the next fold; which rows have it, is not.
        assert set(merged.lexical.search(text, 100)[0]) == set(fresh.lexical.search(text, 100)[0])


# --- what a process serves ------------------------------------------------------------------------------------------


@pytest.fixture
def built(engine: Engine, settings: Settings) -> str:
    _store(engine, *_first())
    return build(engine, settings)


def _ids(snapshot: Snapshot) -> set[str]:
    return {listing.id for listing in snapshot.listings}


def test_a_change_shows_at_the_next_look_in_every_worker(engine: Engine, settings: Settings, built: str) -> None:
    workers = [Snapshots(settings, engine), Snapshots(settings, engine)]
    assert [worker.current().id for worker in workers] == [built, built]
    _store(engine, _listing("new", name="白茶小院", subtype="民宿"))
    for worker in workers:
        snapshot = worker.current()
        assert snapshot.id != built
        assert snapshot.gazetteer.find("去白茶小院")[0].listing_id == "new"
        assert snapshot.lexical.search("白茶小院", 1)[0].tolist() == [snapshot.row_of["new"]]
        assert worker.current() is snapshot, "nothing is made anew when nothing changed"
    assert Snapshots(settings).current().id == built, "nothing was built"


def test_a_merchants_import_shows_without_a_build(
    engine: Engine, settings: Settings, built: str, tmp_path: Path
) -> None:
    live = Snapshots(settings, engine)
    import_file(engine, a_jsonl(tmp_path / "x.jsonl", [a_row(id="imported", name="白茶小院")]))
    assert "imported" in live.current().row_of
    assert built != live.current().id


def test_what_is_taken_back_leaves_the_snapshot_as_it_was(engine: Engine, settings: Settings, built: str) -> None:
    live = Snapshots(settings, engine)
    _store(engine, _listing("new", name="白茶小院"))
    assert live.current().tail == 1
    with writing(engine) as session:
        session.execute(delete(Listing).where(col(Listing.id) == "new"))
    assert live.current().id == built


def test_a_word_in_the_tail_weighs_as_it_does_in_the_snapshot(engine: Engine, settings: Settings, built: str) -> None:
    """A copy of a listing has its score: the tail is weighed by the snapshot's words."""
    with reading(engine) as session:
        whole = session.exec(select(Listing).where(Listing.id == "4")).one().model_dump()
    _store(engine, Listing(**whole | {"id": "copy", "source_id": "copy"}))
    snapshot = Snapshots(settings, engine).current()
    rows = np.asarray([snapshot.row_of["4"], snapshot.row_of["copy"]])
    for text in ("老茶馆", "laochaguan", "竹子 民宿"):
        first, second = snapshot.lexical.scores(text, rows).tolist()
        assert first > 0
        assert second == pytest.approx(first, rel=1e-5)
    assert built in snapshot.id


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _join_folds() -> None:
    for thread in threading.enumerate():
        if thread.name == "index fold":
            thread.join()


def test_a_long_tail_is_folded_in_the_background(
    engine: Engine, settings: Settings, built: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "FOLD_CHANGES", 2)
    live = Snapshots(settings, engine)
    _store(engine, _listing("one", name="白茶小院"))
    live.current()
    assert Snapshots(settings).current().id == built
    _store(engine, _listing("two", name="竹海小院"))
    assert live.current().tail == 2
    _join_folds()
    folded = live.current()
    assert (folded.tail, folded.gone, folded.id) == (0, 0, Snapshots(settings).current().id)
    assert {"one", "two"} <= _ids(folded)


def test_an_old_tail_is_folded_in_the_background(engine: Engine, settings: Settings, built: str) -> None:
    clock = _Clock()
    live = Snapshots(settings, engine, clock)
    _store(engine, _listing("one", name="白茶小院"))
    live.current()
    clock.now = served.FOLD_AGE_S
    assert live.current().tail == 1
    _join_folds()
    assert live.current().tail == 0
    assert Snapshots(settings).current().id == live.current().id != built


def test_a_change_that_comes_while_the_tail_is_folded_stays_in_the_tail(
    engine: Engine, settings: Settings, built: str
) -> None:
    live = Snapshots(settings, engine)
    _store(engine, _listing("before", name="白茶小院"))

    def change(step: str, done: int, _total: int) -> None:
        if (step, done) == ("words", 0):
            _store(engine, _listing("meanwhile", name="竹海小院"))

    assert build(engine, settings, on_progress=change) != built
    snapshot = live.current()
    assert snapshot.tail == 1
    assert {"before", "meanwhile"} <= _ids(snapshot)


def test_more_changes_than_are_merged_show_when_they_are_folded_in(
    engine: Engine, settings: Settings, built: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "MOST_CHANGES", 2)
    live = Snapshots(settings, engine)
    _store(engine, *(_listing(f"new{number}", name="白茶小院") for number in range(3)))
    assert live.current().id == built
    _join_folds()
    assert live.current().id != built
    assert {"new0", "new1", "new2"} <= _ids(live.current())


def test_a_fold_that_fails_keeps_the_tail_and_is_tried_again(
    engine: Engine, settings: Settings, built: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()
    live = Snapshots(settings, engine, clock)
    monkeypatch.setattr(served, "FOLD_CHANGES", 1)
    lock = settings.data / "snapshots" / ".lock"
    lock.unlink()
    lock.mkdir()
    _store(engine, _listing("one", name="白茶小院"))
    assert live.current().tail == 1
    _join_folds()
    assert live.current().tail == 1
    lock.rmdir()
    clock.now = 61.0
    live.current()
    _join_folds()
    assert live.current().tail == 0
    assert built != live.current().id


def test_a_write_without_its_content_hash_shows_and_is_not_folded_for_ever(
    engine: Engine, settings: Settings, built: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "FOLD_CHANGES", 1)
    live = Snapshots(settings, engine)
    with writing(engine) as session:
        session.execute(update(Listing).where(col(Listing.id) == "0").values(name="新名字"))
    for _ in range(3):
        assert live.current().listings[live.current().row_of["0"]].name == "新名字"
        _join_folds()
    assert Snapshots(settings).current().id == built


def test_a_snapshot_equal_to_the_database_again_has_nothing_beside_it(
    engine: Engine, settings: Settings, built: str
) -> None:
    """Written, taken back, built: the same snapshot, which knows that it is up to date."""
    _store(engine, _listing("new", name="白茶小院"))
    with writing(engine) as session:
        session.execute(delete(Listing).where(col(Listing.id) == "new"))
    before = Snapshots(settings).current().stored.version
    assert build(engine, settings) == built
    assert Snapshots(settings).current().stored.version > before


@pytest.mark.parametrize("storage", ["fp16", "int8"])
def test_rounded_vectors_find_the_tail_too(engine: Engine, settings: Settings, storage: str, built: str) -> None:
    smaller = settings.model_copy(update={"vectors": storage})
    assert build(engine, smaller) != built
    _store(engine, _listing("new", name="白茶小院", subtype="民宿"))
    query = embed_queries(load_encoder("use"), ["民宿"])[0]
    snapshot = Snapshots(smaller, engine).current()
    found = snapshot.engine.search(query, 3, exact=True)
    scores = snapshot.vectors.scores(query, np.arange(len(snapshot.listings)))
    assert found.scores == pytest.approx(np.sort(scores)[::-1][:3], abs=1e-6)


def test_both_databases_order_ids_alike_and_show_a_change(any_engine: Engine, any_settings: Settings) -> None:
    """Without coordinates rows stand by their ids, in the order of Python and not of a database's language."""
    _store(any_engine, *(_listing(key, name="溪边", subtype="农家乐") for key in ("b", "B", "中", "a", "é", "10", "9")))
    build(any_engine, any_settings)
    live = Snapshots(any_settings, any_engine)
    assert [listing.id for listing in live.current().listings] == ["10", "9", "B", "a", "b", "é", "中"]
    _store(any_engine, _listing("C", name="溪边", subtype="农家乐"))
    assert [listing.id for listing in live.current().listings] == ["10", "9", "B", "C", "a", "b", "é", "中"]
    build(any_engine, any_settings)
    fresh = live.current()
    assert fresh.tail == 0
    assert [listing.id for listing in fresh.listings] == ["10", "9", "B", "C", "a", "b", "é", "中"]
