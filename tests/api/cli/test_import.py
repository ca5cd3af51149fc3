"""Good rows go in, each bad one is named, and the exit code says which it was."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.cli.conftest import Run, environment

GOOD = '{"id": "a", "category": "restaurant", "name": "竹里人家"}'
BAD = '{"id": "b", "category": "restaurant", "name": "北边", "lat": 95, "lon": 119}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "listings.jsonl"


def _snapshot(baicha: Run) -> object:
    return json.loads(baicha("status", "--json").out)["snapshot"]


def _database() -> dict[str, str]:
    """Return the setting of the test's database, where that is not in the data folder."""
    return {name: value for name, value in os.environ.items() if name == "BAICHA_DATABASE_URL"}


def test_a_good_file_goes_in_and_the_index_is_built(baicha: Run, file: Path) -> None:
    file.write_text(GOOD + "\n", encoding="utf-8")
    done = baicha("import", file)
    assert done.code == 0
    assert f"{file}: 1 new, 0 changed" in done.out
    status = json.loads(baicha("status", "--json").out)
    assert (status["listings"], status["indexed"]) == (1, 1)
    assert status["snapshot"] in done.out


def test_a_bad_row_is_named_and_the_rest_go_in(baicha: Run, file: Path) -> None:
    file.write_text(f"{GOOD}\n{BAD}\n", encoding="utf-8")
    done = baicha("import", file)
    assert done.code == 3
    assert any(line.startswith(f"{file}:2: ") for line in done.err.splitlines())
    assert json.loads(baicha("status", "--json").out)["listings"] == 1


@pytest.mark.parametrize("content", [None, "", BAD + "\n"], ids=["missing", "empty", "all bad"])
def test_a_file_of_which_nothing_can_be_read_ends_with_two(baicha: Run, file: Path, content: str | None) -> None:
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = baicha("import", file)
    assert done.code == 2
    assert str(file) in done.err
    assert "Traceback" not in done.err
    assert _snapshot(baicha) is None


def test_of_several_files_the_readable_ones_go_in(baicha: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD + "\n", encoding="utf-8")
    done = baicha("import", tmp_path / "missing.jsonl", file)
    assert done.code == 3
    assert json.loads(baicha("status", "--json").out)["listings"] == 1


def test_the_same_file_again_changes_nothing(baicha: Run, file: Path) -> None:
    file.write_text(GOOD + "\n", encoding="utf-8")
    baicha("import", file)
    before = _snapshot(baicha)
    done = baicha("import", file)
    assert "0 new, 0 changed, 1 unchanged" in done.out
    assert _snapshot(baicha) == before


def test_replacing_closes_what_the_file_no_longer_has(baicha: Run, file: Path) -> None:
    file.write_text(GOOD + "\n" + GOOD.replace('"a"', '"c"') + "\n", encoding="utf-8")
    baicha("import", file, "--source", "county")
    file.write_text(GOOD + "\n", encoding="utf-8")
    assert "1 closed" in baicha("import", file, "--source", "county", "--replace").out
    status = json.loads(baicha("status", "--json").out)
    assert (status["listings"], status["closed"]) == (1, 1)


@pytest.mark.one_database("sqlite", "another folder is another database on SQLite alone")
def test_an_import_into_another_folder_leaves_this_one_alone(baicha: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD + "\n", encoding="utf-8")
    assert baicha("import", file, "--data", tmp_path / "other").code == 0
    assert json.loads(baicha("status", "--json", "--data", tmp_path / "other").out)["listings"] == 1
    assert json.loads(baicha("status", "--json").out)["listings"] == 0


def test_places_to_measure_from_are_imported_from_a_table(baicha: Run, tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text(
        "kind,name,name_en,lat,lon,accuracy_m\ntownship,溪龙乡,Xilong,30.7,119.7,2000\ntownship,x,,95,0,\n",
        encoding="utf-8",
    )
    done = baicha("import", places, "--places")
    assert done.code == 3
    assert "1 new" in done.out
    assert f"{places}:3: " in done.err


def test_an_interrupted_import_ends_quietly_and_goes_on_when_run_again(baicha: Run, file: Path, data: Path) -> None:
    rows = [{"id": str(n), "category": "restaurant", "name": f"第{n}家", "description": f"菜 {n}"} for n in range(1500)]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    # A test run in the background would hand its deafness to Ctrl-C down to its children.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from api.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "import", str(file)],
        cwd=file.parent,
        env=environment(data, **_database()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any(line.startswith("Embedding: 10%") for line in process.stderr)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert _snapshot(baicha) is None
    again = baicha("import", file)
    assert again.code == 0
    assert "1500 unchanged" in again.out
    assert _snapshot(baicha) is not None
