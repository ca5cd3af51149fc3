"""A witness cosigns what goes on from what it saw, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.migrate import upgrade
from index.database import make_engine, reading
from index.errors import StorageError, UsageError
from index.settings import Settings
from ledger.log.checkpoints import newest
from ledger.log.signing import SigningKey
from ledger.log.tiles import TileReader
from ledger.log.witness import Seen, SplitView, cosign
from ledger.proof.notes import COSIGNS, SIGNS_NOTES, Note
from ledger.proof.tree import Subtree
from tests.ledger.log.builders import KEY, grown, signed

WITNESS = SigningKey("witness.example", COSIGNS, bytes([1]) * 32)
NEW = Seen(str(KEY.public))


@dataclass(frozen=True)
class Local:
    """The log of an engine, read without HTTP."""

    engine: Engine

    def checkpoint(self) -> str:
        with reading(self.engine) as session:
            found = newest(session)
        assert found is not None
        return found.note

    def subtree(self, size: int) -> Subtree:
        def read(level: int, index: int) -> bytes:
            with self.engine.connect() as connection:
                return TileReader(connection, size).subtree(level, index)

        return read


@pytest.fixture
def log(engine: Engine) -> Local:
    return Local(engine)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Local]:
    """A second history under the same key."""
    engine = make_engine(Settings(data=tmp_path / "other"))
    upgrade(engine)
    yield Local(engine)
    engine.dispose()


def test_a_log_that_grows_is_cosigned_again_and_again(log: Local) -> None:
    seen = NEW
    for step, count in enumerate((3, 300, 0, 40)):
        grown(log.engine, count)
        seen = cosign(log, seen, WITNESS, now_s=1_000 + step)
        note = Note.parse(seen.note)
        assert note.is_signed_by(KEY.public)
        assert note.is_signed_by(WITNESS.public)
        assert seen.time_s == 1_000 + step
    assert seen.size == 343


def test_an_empty_log_is_cosigned_too(log: Local) -> None:
    signed(log.engine)
    assert cosign(log, NEW, WITNESS, now_s=1).size == 0


def test_two_histories_of_one_size_are_a_split_view_with_both_notes_as_evidence(log: Local, other: Local) -> None:
    grown(log.engine, 5)
    grown(other.engine, 5)
    seen = cosign(log, NEW, WITNESS, now_s=1)

    with pytest.raises(SplitView) as found:
        cosign(other, seen, WITNESS, now_s=2)
    assert (found.value.seen, found.value.shown) == (seen.note, other.checkpoint())
    assert Note.parse(found.value.seen).is_signed_by(KEY.public)
    assert Note.parse(found.value.shown).is_signed_by(KEY.public)


def test_a_longer_history_that_does_not_go_on_from_what_was_seen_is_a_split_view(log: Local, other: Local) -> None:
    grown(log.engine, 5)
    grown(other.engine, 300)
    seen = cosign(log, NEW, WITNESS, now_s=1)

    with pytest.raises(SplitView):
        cosign(other, seen, WITNESS, now_s=2)


def test_an_older_checkpoint_is_not_cosigned(log: Local, other: Local) -> None:
    grown(log.engine, 5)
    grown(other.engine, 4)
    seen = cosign(log, NEW, WITNESS, now_s=1)
    with pytest.raises(UsageError, match="5 were cosigned"):
        cosign(other, seen, WITNESS, now_s=2)


def test_the_checkpoint_of_another_key_is_not_cosigned(log: Local) -> None:
    grown(log.engine, 2, SigningKey("another", SIGNS_NOTES, bytes(32)))
    with pytest.raises(UsageError, match="not signed by"):
        cosign(log, NEW, WITNESS, now_s=1)


def test_a_log_without_the_hashes_of_its_tree_is_not_cosigned(log: Local, other: Local) -> None:
    grown(log.engine, 5)
    seen = cosign(log, NEW, WITNESS, now_s=1)
    grown(log.engine, 5)

    class Empty(Local):
        def subtree(self, size: int) -> Subtree:
            return other.subtree(size)

    with pytest.raises(UsageError, match="nothing was cosigned"):
        cosign(Empty(log.engine), seen, WITNESS, now_s=2)


def test_a_witness_whose_clock_was_set_back_never_signs_an_earlier_time(log: Local) -> None:
    grown(log.engine, 1)
    seen = cosign(log, NEW, WITNESS, now_s=5_000)
    grown(log.engine, 1)
    assert cosign(log, seen, WITNESS, now_s=100).time_s == 5_000


def test_the_state_is_kept_and_belongs_to_one_log(log: Local, tmp_path: Path) -> None:
    path = tmp_path / "witness.json"
    with pytest.raises(UsageError, match="--key"):
        Seen.load(path, None)
    grown(log.engine, 2)
    seen = cosign(log, Seen.load(path, str(KEY.public)), WITNESS, now_s=1)
    seen.save(path)

    assert Seen.load(path, None) == Seen.load(path, str(KEY.public)) == seen
    with pytest.raises(UsageError, match="another log"):
        Seen.load(path, "another+00000000+key")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"log_key": "x", "root": "not base64"}'])
def test_a_damaged_state_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "witness.json"
    path.write_text(content)
    with pytest.raises(StorageError, match="no state of a witness"):
        Seen.load(path, None)
