import threading
from pathlib import Path

import pytest

from index.secret_file import write_once


def test_only_the_owner_may_read_it_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "own.key"
    write_once(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_what_exists_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "own.key"
    write_once(path, b"first")
    write_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_of_writers_at_once_one_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "own.key"
    contents = [bytes([number]) * 100_000 for number in range(8)]
    together = threading.Barrier(len(contents))
    seen: list[bytes] = []

    def write(content: bytes) -> None:
        together.wait()
        write_once(path, content)
        seen.append(path.read_bytes())

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(contents)
    assert len(set(seen)) == 1
    assert seen[0] in contents


def test_a_folder_that_cannot_be_is_told_by_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        write_once(tmp_path / "file" / "own.key", b"secret")
