import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from index.database import make_engine, reading
from index.errors import StorageError, UnreadableInput, UsageError
from index.importing import ImportReport, Rejection, import_file
from index.listing import Category, Listing
from index.settings import Settings
from tests.index.builders import NOW, a_jsonl, a_row


def _listings(engine: Engine) -> dict[str, Listing]:
    with reading(engine) as session:
        return {listing.id: listing for listing in session.exec(select(Listing))}


def _counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.inserted, report.updated, report.unchanged, report.closed, len(report.rejected)


def test_a_file_is_stored_as_it_stands_on_both_databases(any_engine: Engine, tmp_path: Path) -> None:
    row = a_row(lat=30.5, lon=119.5, dishes=["竹林鸡"], nearby={"hotel": ["h"]}, metro=True, wifi="free", price=80)
    report = import_file(any_engine, a_jsonl(tmp_path / "anji.jsonl", [row]), now=NOW)
    stored = _listings(any_engine)["a"]
    assert (report.exit_code, _counts(report)) == (0, (1, 0, 0, 0, 0))
    assert (stored.source, stored.source_id, stored.category) == ("anji", "a", Category.RESTAURANT)
    assert (stored.lat, stored.price, stored.dishes, stored.metro) == (30.5, 80.0, ["竹林鸡"], "yes")
    assert (stored.nearby, stored.extra) == ({"hotel": ["h"]}, {"wifi": "free"})


def test_good_rows_go_in_and_bad_ones_are_named_by_file_and_line(engine: Engine, tmp_path: Path) -> None:
    lines: list[dict[str, Any] | str | bytes] = [
        a_row(id="a"),
        a_row(id="lat", lat=95, lon=119),
        '{"id": "torn", "cat',
        "caf\xe9".encode("latin-1"),
        a_row(id="a", name="again"),
        a_row(id="wrong", price="dear"),
        a_row(id="z"),
    ]
    path = a_jsonl(tmp_path / "x.jsonl", lines)
    report = import_file(engine, path)
    assert set(_listings(engine)) == {"a", "z"}
    assert report.exit_code == 3
    assert [line.split(": ")[0] for line in report.lines()] == [f"{path}:{number}" for number in (2, 3, 4, 5, 6)]
    assert "already on line 1" in report.rejected[3].reason
    assert _listings(engine)["a"].name == "竹林人家"


def test_rejections_beyond_those_in_memory_are_told_in_order_too(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.report._IN_MEMORY", 2)
    rows = [a_row(id=f"r{number}", price="dear" if number % 2 else None) for number in range(12)]
    report = import_file(engine, a_jsonl(tmp_path / "x.jsonl", rows))
    assert [one.line for one in report.rejected] == [2, 4, 6, 8, 10, 12]
    assert [line.split(": ")[0] for line in report.lines()] == [f"{report.path}:{2 * n}" for n in range(1, 7)]
    assert (report.rejected[-1].line, [one.line for one in report.rejected[1:3]]) == (12, [4, 6])
    report.rejected.append(Rejection(99, "appended after it was read"))
    assert report.rejected[6] == Rejection(99, "appended after it was read")
    with pytest.raises(IndexError):
        report.rejected[7]


def test_exit_code_is_2_when_every_row_is_bad(engine: Engine, tmp_path: Path) -> None:
    report = import_file(engine, a_jsonl(tmp_path / "x.jsonl", ["{", "}"]))
    assert (report.exit_code, len(report.rejected)) == (2, 2)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(engine: Engine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(UnreadableInput, match="empty"):
        import_file(engine, tmp_path / "x.jsonl")


def test_a_csv_with_only_a_header_is_an_error(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,category,name\n")
    with pytest.raises(UnreadableInput, match="no listing"):
        import_file(engine, tmp_path / "x.csv")


def test_an_unknown_coordinate_system_is_an_error(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wgs84, gcj02, bd09"):
        import_file(engine, a_jsonl(tmp_path / "x.jsonl", [a_row()]), crs="epsg3857")


def test_importing_again_changes_only_what_changed(any_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    import_file(any_engine, a_jsonl(path, [a_row(id="a"), a_row(id="b")]))
    assert _counts(import_file(any_engine, path)) == (0, 0, 2, 0, 0)
    report = import_file(any_engine, a_jsonl(path, [a_row(id="a", price=80), a_row(id="b"), a_row(id="c")]))
    assert _counts(report) == (1, 1, 1, 0, 0)
    assert _listings(any_engine)["a"].price == 80


def test_replace_closes_what_the_file_no_longer_has_and_opens_what_returns(any_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    import_file(any_engine, a_jsonl(tmp_path / "other.jsonl", [a_row(id="o")]))
    import_file(any_engine, a_jsonl(path, [a_row(id="a"), a_row(id="b")]))
    assert _counts(import_file(any_engine, a_jsonl(path, [a_row(id="a")]), replace=True)) == (0, 0, 1, 1, 0)
    assert {key: row.closed for key, row in _listings(any_engine).items()} == {"o": False, "a": False, "b": True}
    import_file(any_engine, a_jsonl(path, [a_row(id="a"), a_row(id="b")]), replace=True)
    assert not _listings(any_engine)["b"].closed


def test_replace_spares_rows_that_are_only_wrong_and_does_nothing_when_none_is_right(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "x.jsonl"
    import_file(engine, a_jsonl(path, [a_row(id="a"), a_row(id="b")]))
    report = import_file(engine, a_jsonl(path, [a_row(id="a"), a_row(id="b", lat=95, lon=0)]), replace=True)
    assert _counts(report) == (0, 0, 1, 0, 1)
    assert _counts(import_file(engine, a_jsonl(path, ["{"]), replace=True)) == (0, 0, 0, 0, 1)


def test_ids_are_the_sources_own_where_free(any_engine: Engine, tmp_path: Path) -> None:
    rows = [
        a_row(source=source, id=key) for source, key in (("p", "q.a"), ("q", "b"), ("p", "a"), ("q", "a"), ("r", "a"))
    ]
    import_file(any_engine, a_jsonl(tmp_path / "x.jsonl", rows))
    ids = {(listing.source, listing.source_id): key for key, listing in _listings(any_engine).items()}
    assert (ids["p", "a"], ids["q", "b"], ids["r", "a"]) == ("a", "b", "r.a")
    assert ids["q", "a"].startswith("q.a.")
    assert import_file(any_engine, tmp_path / "x.jsonl").unchanged == 5


def test_the_longest_ids_fit_even_when_they_are_taken(any_engine: Engine, tmp_path: Path) -> None:
    long_id, one, two = "x" * 200, "s" * 200, "t" * 200
    rows = [a_row(source=source, id=key) for source, key in (("p", long_id), (one, long_id), (two, long_id))]
    assert import_file(any_engine, a_jsonl(tmp_path / "x.jsonl", rows)).inserted == 3


def test_more_rows_than_a_batch_all_go_in_with_progress(engine: Engine, tmp_path: Path) -> None:
    path = a_jsonl(tmp_path / "x.jsonl", [a_row(id=f"r{number}") for number in range(1201)])
    seen: list[tuple[str, int, int]] = []
    report = import_file(engine, path, on_progress=lambda *step: seen.append(step))
    assert report.inserted == len(_listings(engine)) == 1201
    assert seen[-1] == ("import", path.stat().st_size, path.stat().st_size)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_an_import_killed_between_two_batches_goes_on_where_it_was(
    any_engine: Engine, any_settings: Settings, tmp_path: Path
) -> None:
    path = a_jsonl(tmp_path / "x.jsonl", [a_row(id=f"r{number}") for number in range(1201)])
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from index.settings import Settings\n"
        "from index.database import make_engine\n"
        "from index.importing import import_file\n"
        "settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[2] or None)\n"
        "steps = []\n"
        "def kill(*step):\n"
        "    steps.append(step)\n"
        "    if len(steps) == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "import_file(make_engine(settings), Path(sys.argv[3]), on_progress=kill)\n"
    )
    where = (str(any_settings.data), any_settings.database_url or "", str(path))
    assert subprocess.run([sys.executable, "-c", script, *where], check=False).returncode == -9
    assert len(_listings(any_engine)) == 1000
    assert _counts(import_file(any_engine, path)) == (201, 0, 1000, 0, 0)
    assert len(_listings(any_engine)) == 1201


def test_a_database_without_tables_says_that_it_refused(tmp_path: Path, bare_settings: Settings) -> None:
    engine = make_engine(bare_settings)
    with pytest.raises(StorageError, match="refused"):
        import_file(engine, a_jsonl(tmp_path / "x.jsonl", [a_row()]))
    engine.dispose()
