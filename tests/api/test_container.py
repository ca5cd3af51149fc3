import gc
import threading
from datetime import UTC
from pathlib import Path

import pytest

from api.container import SECRET_BYTES, Container, load_secret, utc_now
from index.database import writing
from index.errors import SnapshotMissing, StorageError
from index.listing import Listing
from index.settings import Settings
from index.snapshot import build
from tests.api.builders import GARDEN, Served


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    secret = load_secret(path)
    assert len(secret) == SECRET_BYTES
    assert load_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret.key"]


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    assert load_secret(tmp_path / "a" / "secret.key") != load_secret(tmp_path / "b" / "secret.key")


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    found: list[bytes] = []
    barrier = threading.Barrier(8)

    def load() -> None:
        barrier.wait()
        found.append(load_secret(path))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {path.read_bytes()}


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_torn_secret_is_refused_rather_than_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="backup"):
        load_secret(path)
    assert path.read_bytes() == content


def test_a_secret_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"secret\.key"):
        load_secret(tmp_path / "data" / "secret.key")


def test_a_new_snapshot_is_taken_up_by_the_next_search(served: Served) -> None:
    container = served.container
    before = container.finder()
    assert container.finder() is before
    with writing(container.engine) as session:
        listing = session.get(Listing, GARDEN)
        assert listing is not None
        listing.closed = True
        session.add(listing)
    assert container.hidden_ids() == {GARDEN}
    assert container.hidden_ids() is container.hidden_ids()  # kept until the next change
    build(container.engine, container.settings)
    after = container.finder()
    assert after.snapshot.id != before.snapshot.id
    assert GARDEN not in after.snapshot.row_of


def test_while_a_new_snapshot_is_prepared_the_last_one_answers(served: Served) -> None:
    container = served.container
    before = container.finder()
    with writing(container.engine) as session:
        listing = session.get(Listing, GARDEN)
        assert listing is not None
        listing.closed = True
        session.add(listing)
    build(container.engine, container.settings)
    with container.preparing:  # as if another thread were preparing it
        assert container.finder() is before
    assert container.finder() is not before


def test_who_serves_keeps_the_index_out_of_the_garbage_collectors_rounds(served: Served) -> None:
    served.container._loaded = None  # noqa: SLF001 - the tests share a finder that was loaded before
    served.container.serves = True
    before = gc.get_freeze_count()
    try:
        served.container.finder()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_without_a_snapshot_there_is_no_finder(tmp_path: Path) -> None:
    container = Container(Settings(data=tmp_path))
    with pytest.raises(SnapshotMissing):
        container.finder()
    assert not container.is_loaded
    container.close()


def test_a_container_that_was_closed_can_be_used_again(served: Served) -> None:
    first = served.container.recorder
    served.container.close()
    served.container.recorder.flush()  # would wait for ever on the one that was closed
    assert served.container.recorder is not first


def test_the_clock_knows_its_zone() -> None:
    assert utc_now().tzinfo is UTC
