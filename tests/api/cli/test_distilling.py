from pathlib import Path

from tests.api.cli.conftest import Run
from tests.index.builders import a_jsonl, a_row


def test_a_student_is_made_of_the_index_and_serves_as_an_encoder(baicha: Run, tmp_path: Path) -> None:
    rows = [a_row(id=f"{n}", name=f"竹林人家{n}", subtype=f"茶馆{n}", dishes=[f"竹林鸡{n}"]) for n in range(12)]
    assert baicha("import", a_jsonl(tmp_path / "x.jsonl", rows)).code == 0
    done = baicha("distil", tmp_path / "student")
    assert done.code == 0, done.err
    assert "learnt from 48 texts" in done.out
    assert (tmp_path / "student" / "modules.json").exists()
    again = baicha("distil", tmp_path / "student")
    assert again.code == 2
    assert "is there already" in again.err
