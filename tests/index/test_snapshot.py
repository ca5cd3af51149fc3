import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from index import opening
from index.encoders import embed_queries, load_encoder
from index.errors import SnapshotForeign, SnapshotMissing, SnapshotTorn, StorageError
from index.facets import Facet
from index.importing import import_file
from index.limits import Between, Limits
from index.listing import Category
from index.opening import check_files, open_snapshot, read_current, read_manifest, snapshots_folder
from index.places import import_places
from index.settings import Settings, Storage
from index.snapshot import Snapshots, build
from index.space.areas import Circle
from tests.index.builders import NOW, a_jsonl, a_listing, a_row

_ROWS = [
    a_row(
        id="inn", category="hotel", name="余村民宿", name_en="Yucun Inn", subtype="民宿", lat=30.5, lon=119.6, price=300
    ),
    a_row(
        id="chicken", name="竹林人家", dishes=["竹林鸡"], hours="Mo-Su 10:00-22:00", lat=30.51, lon=119.61, rating=4.5
    ),
    a_row(id="garden", category="attraction", name="茶园", duration_min=1, duration_max=2),
    a_row(id="gone", name="旧店", closed=True),
]
_PLACES = "kind,name,name_en,lat,lon,accuracy_m\ntownship,梅溪镇,Meixi Town,30.78,119.76,2000\n"


@pytest.fixture
def filled(engine: Engine, tmp_path: Path) -> Engine:
    import_file(engine, a_jsonl(tmp_path / "x.jsonl", _ROWS), now=NOW)
    (tmp_path / "places.csv").write_text(_PLACES, encoding="utf-8")
    import_places(engine, tmp_path / "places.csv")
    return engine


def _rename(engine: Engine, settings: Settings, listing_id: str, name: str) -> None:
    rows = [row | {"name": name, "source": "x"} for row in _ROWS if row["id"] == listing_id]
    import_file(engine, a_jsonl(settings.data / "renamed.jsonl", rows), now=NOW)


def _folder(settings: Settings, snapshot_id: str) -> Path:
    return snapshots_folder(settings) / snapshot_id


def test_a_snapshot_answers_in_every_way(filled: Engine, settings: Settings) -> None:
    snapshot_id = build(filled, settings, now=NOW)
    snapshot = Snapshots(settings).current()
    assert (snapshot.id, snapshot.built_at, snapshot.encoder_name) == (snapshot_id, NOW, "use")
    assert set(snapshot.row_of) == {"inn", "chicken", "garden"}
    assert all(snapshot.listings[row].id == key for key, row in snapshot.row_of.items())
    inn, chicken, garden = (snapshot.row_of[key] for key in ("inn", "chicken", "garden"))
    assert garden == 2, "listings without coordinates come last"
    assert snapshot.listings[inn].category is Category.HOTEL
    query = embed_queries(load_encoder("use"), ["guesthouse"])[0]
    assert snapshot.vectors.search(query, 3)[0][0] == inn
    assert snapshot.lexical.search("yucun", 3)[0].tolist() == [inn]
    assert {match.listing_id for match in snapshot.gazetteer.find("茶园在梅溪")} == {"garden", None}
    assert snapshot.columns.price[inn] == 300
    told = a_listing(**_ROWS[1] | {"category": Category.RESTAURANT, "source": "x"})
    assert snapshot.listings[chicken].model_dump(exclude={"content_hash"}) == told.model_dump(exclude={"content_hash"})
    assert np.isnan(snapshot.columns.price[garden])
    assert snapshot.open_hours.open_rows(NOW)[chicken]
    assert not snapshot.open_hours.known[inn]
    assert snapshot.counts["by_category"] == {"restaurant": 1, "hotel": 1, "attraction": 1}


def test_nothing_is_built_when_nothing_changed(filled: Engine, settings: Settings) -> None:
    first = build(filled, settings, now=NOW)
    steps: list[str] = []
    again = build(filled, settings, now=NOW + timedelta(days=1), on_progress=lambda step, *_: steps.append(step))
    assert (again, steps) == (first, [])
    assert Snapshots(settings).current().built_at == NOW


def test_a_change_is_served_at_the_next_look_and_embeds_only_itself(filled: Engine, settings: Settings) -> None:
    first = build(filled, settings)
    snapshots = Snapshots(settings)
    before = snapshots.current()
    assert snapshots.current() is before
    _rename(filled, settings, "garden", "白茶园")
    steps: list[tuple[str, int, int]] = []
    second = build(filled, settings, on_progress=lambda *step: steps.append(step))
    assert second != first
    assert snapshots.current().listings[2].name == "白茶园"
    assert before.lexical.search("竹林鸡", 1)[0].tolist() == [before.row_of["chicken"]], "the old one still answers"
    assert [done for step, done, _ in steps if step == "vectors"] == [2, 3]


def test_going_back_builds_the_same_snapshot(filled: Engine, settings: Settings) -> None:
    first = build(filled, settings)
    _rename(filled, settings, "garden", "白茶园")
    build(filled, settings)
    _rename(filled, settings, "garden", "茶园")
    assert build(filled, settings) == first
    assert Snapshots(settings).current().id == first


def test_the_current_and_the_one_before_are_kept(filled: Engine, settings: Settings) -> None:
    ids = []
    for name in ("甲", "乙", "丙"):
        _rename(filled, settings, "garden", name)
        ids.append(build(filled, settings))
    folders = {path.name for path in snapshots_folder(settings).iterdir() if path.is_dir()}
    assert folders == set(ids[1:])
    assert read_current(snapshots_folder(settings)) == [ids[2], ids[1]]


def test_none_built_yet_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(SnapshotMissing, match="baicha import"):
        Snapshots(settings).current()


def test_no_listings_make_an_empty_snapshot(engine: Engine, settings: Settings) -> None:
    build(engine, settings)
    snapshot = Snapshots(settings).current()
    query = embed_queries(load_encoder("use"), ["茶"])[0]
    assert (len(snapshot.listings), len(snapshot.vectors.search(query, 5)[0])) == (0, 0)
    assert len(snapshot.lexical.search("茶", 5)[0]) == 0
    assert snapshot.gazetteer.find("茶园") == []
    assert snapshot.open_hours.open_rows(NOW).shape == (0,)


def _truncate(folder: Path) -> None:
    os.truncate(folder / "vectors.faiss", 100)


def _flip_a_bit(folder: Path) -> None:
    raw = bytearray((folder / "listings.jsonl").read_bytes())
    raw[10] ^= 1
    (folder / "listings.jsonl").write_bytes(raw)


def _flip_a_bit_of_the_vectors(folder: Path) -> None:
    raw = bytearray((folder / "vectors.faiss").read_bytes())
    raw[-5] ^= 1
    (folder / "vectors.faiss").write_bytes(raw)


def _remove_words(folder: Path) -> None:
    next((folder / "lexical").glob("*.term")).unlink()


def _tear_manifest(folder: Path) -> None:
    os.truncate(folder / "manifest.json", 30)


def _other_format(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (_truncate, SnapshotTorn),
        (_flip_a_bit, SnapshotTorn),
        (_flip_a_bit_of_the_vectors, SnapshotTorn),
        (_remove_words, SnapshotTorn),
        (_tear_manifest, SnapshotTorn),
        (_other_format, SnapshotForeign),
    ],
)
def test_a_damaged_snapshot_is_refused_the_one_before_served_and_the_next_build_repairs(
    filled: Engine, settings: Settings, damage: Callable[[Path], None], error: type[Exception]
) -> None:
    first = build(filled, settings)
    _rename(filled, settings, "garden", "白茶园")
    second = build(filled, settings)
    damage(_folder(settings, second))
    with pytest.raises(error, match="import again"):
        open_snapshot(_folder(settings, second), settings)
    assert Snapshots(settings).current().id == first
    assert build(filled, settings) == second
    assert Snapshots(settings).current().id == second


def test_when_every_snapshot_is_damaged_the_error_says_so(filled: Engine, settings: Settings) -> None:
    _truncate(_folder(settings, build(filled, settings)))
    with pytest.raises(SnapshotTorn, match="size differs"):
        Snapshots(settings).current()


def test_an_open_snapshot_goes_on_when_its_successor_is_torn(filled: Engine, settings: Settings) -> None:
    first = build(filled, settings)
    snapshots = Snapshots(settings)
    snapshots.current()
    _rename(filled, settings, "garden", "白茶园")
    _truncate(_folder(settings, build(filled, settings)))
    assert snapshots.current().id == first


def test_a_torn_name_of_the_current_one_is_refused(filled: Engine, settings: Settings) -> None:
    build(filled, settings)
    (snapshots_folder(settings) / "current").write_bytes(b"\xff\xfe")
    with pytest.raises(SnapshotTorn, match="names no snapshot"):
        Snapshots(settings).current()


def test_another_encoder_is_foreign(filled: Engine, settings: Settings) -> None:
    build(filled, settings)
    with pytest.raises(SnapshotForeign, match="BAICHA_ENCODER"):
        Snapshots(settings.model_copy(update={"encoder": "e5"})).current()


def test_an_interrupted_build_leaves_the_old_one_in_force_and_goes_on(filled: Engine, settings: Settings) -> None:
    first = build(filled, settings)
    _rename(filled, settings, "garden", "白茶园")

    def interrupt(step: str, done: int, total: int) -> None:
        if step == "words" and done == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(filled, settings, on_progress=interrupt)
    assert Snapshots(settings).current().id == first
    assert not list(snapshots_folder(settings).glob(".building-*"))
    steps: list[tuple[str, int, int]] = []
    second = build(filled, settings, on_progress=lambda *step: steps.append(step))
    assert steps[0] == ("vectors", 3, 3), "what was embedded before is kept"
    assert {path.name for path in snapshots_folder(settings).iterdir() if path.is_dir()} == {first, second}


def test_a_killed_builder_leaves_no_lock_behind(filled: Engine, settings: Settings) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from index.settings import Settings\n"
        "from index.database import make_engine\n"
        "from index.snapshot import build\n"
        "settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[2] or None)\n"
        "build(make_engine(settings), settings, on_progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    where = (str(settings.data), settings.database_url or "")
    killed = subprocess.run([sys.executable, "-c", script, *where], check=False)
    assert killed.returncode == -9
    assert list(snapshots_folder(settings).glob(".building-*"))
    assert build(filled, settings) == Snapshots(settings).current().id
    assert not list(snapshots_folder(settings).glob(".building-*"))


def test_two_builders_take_turns(filled: Engine, settings: Settings) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.append(build(filled, settings))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 3
    assert set(ids) == {Snapshots(settings).current().id}


def test_two_processes_that_build_different_content_leave_both_changes_in_force(
    filled: Engine, settings: Settings, tmp_path: Path
) -> None:
    first = build(filled, settings)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from index.settings import Settings\n"
        "from index.database import make_engine\n"
        "from index.importing import import_file\n"
        "from index.snapshot import build\n"
        "settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[2] or None)\n"
        "engine = make_engine(settings)\n"
        "import_file(engine, Path(sys.argv[3]))\n"
        "print(build(engine, settings))\n"
    )
    where = (str(settings.data), settings.database_url or "")
    files = [a_jsonl(tmp_path / f"{name}.jsonl", [a_row(id=name, name=name)]) for name in ("alpha", "beta")]
    builders = [
        subprocess.Popen([sys.executable, "-c", script, *where, str(file)], stdout=subprocess.PIPE, text=True)
        for file in files
    ]
    built = {builder.communicate(timeout=120)[0].strip() for builder in builders}
    assert [builder.returncode for builder in builders] == [0, 0]
    current = Snapshots(settings).current()
    assert first != current.id
    assert current.id in built
    assert {"alpha", "beta"} <= {listing.name for listing in current.listings}
    check_files(_folder(settings, current.id), read_manifest(_folder(settings, current.id)), thorough=True)


def test_a_folder_that_cannot_be_written_says_what_to_do(filled: Engine, settings: Settings) -> None:
    snapshots_folder(settings).write_text("a file is in the way")
    with pytest.raises(StorageError, match="cannot write the index"):
        build(filled, settings)


def test_a_bit_flipped_in_any_file_is_found(filled: Engine, settings: Settings) -> None:
    folder = _folder(settings, build(filled, settings))
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock" and path.stat().st_size]
    assert len(files) > 20
    for path in files:
        whole = path.read_bytes()
        torn = bytearray(whole)
        torn[len(torn) // 2] ^= 16
        path.write_bytes(torn)
        with pytest.raises(SnapshotTorn):
            check_files(folder, read_manifest(folder), thorough=True)
        path.write_bytes(whole)


def test_a_large_file_is_checked_in_the_background_and_the_one_before_served(
    filled: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LARGE", 1000)
    first = build(filled, settings)
    _rename(filled, settings, "garden", "白茶园")
    second = build(filled, settings)
    _flip_a_bit_of_the_vectors(_folder(settings, second))
    snapshots = Snapshots(settings)
    assert snapshots.current().id == second
    for thread in threading.enumerate():
        if thread.name == "snapshot check":
            thread.join()
    assert snapshots.current().id == first
    assert snapshots.current().id == first


def test_listings_are_read_as_they_are_asked_for(filled: Engine, settings: Settings) -> None:
    build(filled, settings)
    snapshot = Snapshots(settings).current()
    assert [listing.id for listing in snapshot.listings] == [listing.id for listing in snapshot.listings[:]]
    assert snapshot.listings[-1] is snapshot.listings[2]
    assert snapshot.listings[np.flatnonzero([0, 1])[0]] is snapshot.listings[1], "numpy's integers are rows too"
    with pytest.raises(IndexError, match="none at 3"):
        snapshot.listings[3]
    assert "nobody" not in snapshot.row_of
    assert dict(snapshot.row_of) == {listing.id: row for row, listing in enumerate(snapshot.listings)}


def test_the_engine_answers_by_place_and_limits(filled: Engine, settings: Settings) -> None:
    build(filled, settings)
    snapshot = Snapshots(settings).current()
    query = embed_queries(load_encoder("use"), ["somewhere to stay"])[0]
    inn, chicken, garden = (snapshot.row_of[key] for key in ("inn", "chicken", "garden"))
    assert set(snapshot.engine.search(query, 5).rows) == {inn, chicken, garden}
    assert set(snapshot.engine.search(query, 5, area=Circle(30.5, 119.6, 10_000)).rows) == {inn, chicken}
    assert snapshot.engine.search(query, 5, limits=Limits(having=[(Facet.DISH, "竹林雞")])).rows.tolist() == [chicken]
    dear = Limits(price=Between(high=200))
    assert snapshot.engine.search(query, 5, area=Circle(30.5, 119.6, 10_000), limits=dear).rows.tolist() == []


@pytest.mark.parametrize("storage", ["fp16", "int8"])
def test_vectors_kept_smaller_find_the_same(filled: Engine, settings: Settings, storage: Storage) -> None:
    query = embed_queries(load_encoder("use"), ["somewhere to stay"])[0]
    first = build(filled, settings)
    whole = Snapshots(settings).current().engine.search(query, 2)
    smaller = settings.model_copy(update={"vectors": storage})
    assert build(filled, smaller) != first
    found = Snapshots(smaller).current().engine.search(query, 2)
    assert found.rows.tolist() == whole.rows.tolist()
    assert np.array_equal(found.scores, whole.scores)
