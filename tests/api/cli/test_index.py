from pathlib import Path

import pytest

from tests.api.cli.conftest import Run
from tests.index.builders import a_jsonl, a_row

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_index_in_force_is_pushed_to_milvus(baicha: Run, tmp_path: Path) -> None:
    rows = [a_row(id=name, name=name, subtype="茶馆", lat=30.6, lon=119.6) for name in ("一", "二", "三")]
    assert baicha("import", a_jsonl(tmp_path / "x.jsonl", rows)).code == 0
    done = baicha("index", "push", "--to", "milvus", "--uri", tmp_path / "milvus.db", "--collection", "anji")
    assert (done.code, done.err) == (0, "Pushing: 100%\n")
    assert "anji at" in done.out
    assert "holds the 3 listings" in done.out


def test_no_index_yet_says_what_to_do(baicha: Run, tmp_path: Path) -> None:
    done = baicha("index", "push", "--uri", tmp_path / "milvus.db")
    assert done.code == 2
    assert "import listings first" in done.err


def test_no_server_says_so(baicha: Run, tmp_path: Path) -> None:
    assert baicha("import", a_jsonl(tmp_path / "x.jsonl", [a_row()])).code == 0
    done = baicha("index", "push", "--uri", "http://127.0.0.1:9")
    assert done.code == 2
    assert "is Milvus running there?" in done.err
