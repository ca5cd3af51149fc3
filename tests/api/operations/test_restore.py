"""A restore verifies every byte, writes over nothing, and leaves the folder empty when it refuses."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from api.container import Container
from api.forgetting import FORGOTTEN_FILE, forget_visitor, read_forgotten
from api.migrate import newest, revision, upgrade
from api.operations.backup import backup
from api.operations.database import opened
from api.operations.restore import UNPACKING, restore
from index.database import make_engine, reading, writing
from index.errors import BaichaError, StorageError, UnreadableInput, UsageError
from index.settings import Settings
from ledger.append import Status, append
from ledger.reading import events_of
from tests.api.operations.builders import NOW, a_folder, an_event


@pytest.fixture
def archive(settings: Settings, tmp_path: Path) -> Path:
    with a_folder(settings, events=50):
        backup(settings, tmp_path / "b.tar.gz", now=NOW)
    return tmp_path / "b.tar.gz"


@pytest.fixture
def back(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "back")


def _is_untouched(folder: Path) -> bool:
    return not folder.exists() or list(folder.iterdir()) == []


def _rewrite(archive: Path, change: "dict[str, bytes | None]", extra: "dict[str, bytes] | None" = None) -> None:
    """Write the archive again with some members' content changed, left out, or added."""
    with tarfile.open(archive) as old:
        content = {member.name: old.extractfile(member) for member in old.getmembers()}
        members = {name: stream.read() for name, stream in content.items() if stream is not None}
    changed = {name: body for name, body in (members | change | (extra or {})).items() if body is not None}
    with tarfile.open(archive, "w:gz") as new:
        for name, body in changed.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            new.addfile(info, io.BytesIO(body))


@pytest.mark.parametrize("kept", [0.0, 0.02, 0.3, 0.9])
def test_a_torn_backup_is_refused(archive: Path, back: Settings, kept: float) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UnreadableInput):
        restore(back, archive, now=NOW)
    assert _is_untouched(back.data)


def test_a_flipped_byte_is_noticed(archive: Path, back: Settings) -> None:
    _rewrite(archive, {"secret.key": b"t" * 32})
    with pytest.raises(UnreadableInput, match=r"checksum of secret\.key"):
        restore(back, archive, now=NOW)
    assert _is_untouched(back.data)


def test_a_missing_file_is_noticed(archive: Path, back: Settings) -> None:
    _rewrite(archive, {"secret.key": None})
    with pytest.raises(UnreadableInput, match=r"secret\.key is missing"):
        restore(back, archive, now=NOW)


def test_a_file_beside_the_manifest_is_refused(archive: Path, back: Settings) -> None:
    _rewrite(archive, {}, extra={"stowaway": b"x"})
    with pytest.raises(UnreadableInput, match="stowaway"):
        restore(back, archive, now=NOW)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_file_that_would_leave_the_folder_is_refused(
    archive: Path, back: Settings, tmp_path: Path, name: str
) -> None:
    with tarfile.open(archive) as old:
        stream = old.extractfile("manifest.json")
        assert stream is not None
        manifest = json.load(stream)
    manifest["files"] = {name: {"size": 1, "sha256": "0" * 64}}
    _rewrite(archive, {"manifest.json": json.dumps(manifest).encode()}, extra={name: b"x"})
    with pytest.raises(UnreadableInput, match="impossible file name"):
        restore(back, archive, now=NOW)
    assert not (tmp_path / "outside").exists()


def test_another_programs_archive_is_refused(back: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("hello"))
    with pytest.raises(UnreadableInput, match="no backup of Baicha"):
        restore(back, tmp_path / "b.tar.gz", now=NOW)


def test_a_missing_file_is_said_to_be_missing(back: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="there is no backup"):
        restore(back, tmp_path / "b.tar.gz", now=NOW)


def test_a_folder_that_holds_anything_is_refused(archive: Path, settings: Settings) -> None:
    before = (settings.data / "secret.key").read_bytes()
    with pytest.raises(UsageError, match="not empty"):
        restore(settings, archive, now=NOW)
    assert (settings.data / "secret.key").read_bytes() == before


def test_what_an_interrupted_restore_left_is_cleared_by_the_next(archive: Path, back: Settings) -> None:
    (back.data / UNPACKING / "snapshots").mkdir(parents=True)
    (back.data / UNPACKING / "secret.key").write_bytes(b"half")
    restore(back, archive, now=NOW)
    assert not (back.data / UNPACKING).exists()
    assert (back.data / "secret.key").read_bytes() == b"s" * 32


def test_a_backup_of_a_newer_version_is_refused(archive: Path, back: Settings) -> None:
    with tarfile.open(archive) as old:
        stream = old.extractfile("manifest.json")
        assert stream is not None
        manifest = json.load(stream)
    _rewrite(archive, {"manifest.json": json.dumps(manifest | {"revision": "9999_future"}).encode()})
    with pytest.raises(BaichaError, match="newer Baicha"):
        restore(back, archive, now=NOW)
    assert _is_untouched(back.data)


@pytest.mark.one_database("sqlite", "an older PostgreSQL is upgraded before it is backed up: test_moving")
def test_an_older_backup_is_migrated(settings: Settings, back: Settings, tmp_path: Path) -> None:
    engine = make_engine(settings)
    upgrade(engine, "0003_accounts")
    engine.dispose()
    backup(settings, tmp_path / "old.tar.gz", now=NOW)
    restore(back, tmp_path / "old.tar.gz", now=NOW)
    engine = make_engine(back)
    assert revision(engine) == newest()
    engine.dispose()


def _forget(settings: Settings, visitor: str) -> None:
    """Forget a visitor as the service does."""
    container = Container(settings, lambda: NOW)
    try:
        forget_visitor(container, visitor)
    finally:
        container.close()


def _visitors(settings: Settings) -> set[str | None]:
    with opened(settings) as engine, reading(engine) as session:
        return {logged.event.visitor for logged in events_of(session) if logged.event.kind == "open"}


def test_who_was_forgotten_after_the_backup_is_erased_again_by_the_list(
    settings: Settings, archive: Path, back: Settings
) -> None:
    _forget(settings, "visitor-0001")
    _forget(settings, "visitor-0002")  # of whom the backup knows nothing
    restore(back, archive, now=NOW)
    assert _visitors(back) == {"visitor-0001"}
    shutil.rmtree(back.data)
    back.data.mkdir()
    shutil.copy(settings.data / FORGOTTEN_FILE, back.data)

    restored = restore(back, archive, now=NOW)

    assert restored.forgotten_again == 1
    assert _visitors(back) == set()
    with opened(back) as engine, writing(engine) as session:
        late = [an_event(900).model_copy(update={"visitor": f"visitor-000{number}"}) for number in (1, 2)]
        assert [receipt.status for receipt in append(session, late, now=NOW)] == [Status.REJECTED] * 2
    for path in back.data.glob("baicha.sqlite*"):
        assert b"visitor-0001" not in path.read_bytes()


def test_a_restored_folder_goes_on_with_its_list(settings: Settings, archive: Path, back: Settings) -> None:
    _forget(settings, "visitor-0001")
    back.data.mkdir()
    shutil.copy(settings.data / FORGOTTEN_FILE, back.data)
    restore(back, archive, now=NOW)
    _forget(back, "visitor-0003")
    assert len(read_forgotten(back.data / FORGOTTEN_FILE)) == 2


def test_a_list_that_is_none_is_refused(archive: Path, back: Settings) -> None:
    back.data.mkdir()
    (back.data / FORGOTTEN_FILE).write_text("visitor-0001\n", encoding="ascii")
    with pytest.raises(UnreadableInput, match="no list of forgotten visitors"):
        restore(back, archive, now=NOW)


def test_nothing_is_erased_when_the_list_cannot_be_written(settings: Settings, archive: Path) -> None:
    (settings.data / FORGOTTEN_FILE).mkdir()
    with pytest.raises(StorageError, match="cannot write"):
        _forget(settings, "visitor-0001")
    assert _visitors(settings) == {"visitor-0001"}
