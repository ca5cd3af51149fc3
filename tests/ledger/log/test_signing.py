import stat
from pathlib import Path

import pytest

from index.errors import StorageError
from ledger.log.signing import KEY_FILE, load_key
from ledger.proof.notes import COSIGNS, Note


def test_a_key_is_made_once_for_its_owner_only_and_signs_what_it_verifies(tmp_path: Path) -> None:
    path = tmp_path / "data" / KEY_FILE
    key = load_key(path)

    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Note.parse(key.signed("a text\n")).is_signed_by(key.public)
    assert [one.name for one in path.parent.iterdir()] == [KEY_FILE]


def test_two_folders_have_keys_of_different_names(tmp_path: Path) -> None:
    assert load_key(tmp_path / "a").name != load_key(tmp_path / "b").name


@pytest.mark.parametrize("content", ["", "PRIVATE+KEY+x+00000000+AAAA", "nonsense", "茶"])
def test_a_file_without_a_key_is_refused_and_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / KEY_FILE
    path.write_text(content, encoding="utf-8")

    with pytest.raises(StorageError, match="restore it from a backup"):
        load_key(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_key_is_not_taken_for_another_purpose(tmp_path: Path) -> None:
    load_key(tmp_path / KEY_FILE)
    with pytest.raises(StorageError, match="another purpose"):
        load_key(tmp_path / KEY_FILE, kind=COSIGNS)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot keep the signing key"):
        load_key(tmp_path / "file" / KEY_FILE)
