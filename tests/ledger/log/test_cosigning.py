"""What a witness sends back is kept when it holds, and nothing else is."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from ledger.log.cosigning import (
    MAX_AHEAD,
    OtherHistory,
    cosignatures,
    drop_witness,
    last_seen,
    name_witness,
    newest_cosigned,
    take_cosignatures,
    with_cosignatures,
    witnesses,
)
from ledger.log.signing import SigningKey
from ledger.proof.notes import COSIGNS, SIGNS_NOTES, Checkpoint, Note
from ledger.tables import StoredCosignature
from tests.ledger.builders import NOW
from tests.ledger.log.builders import KEY, grown

WITNESS = SigningKey("witness.example", COSIGNS, bytes([1]) * 32)
OTHER = SigningKey("other.example", COSIGNS, bytes([2]) * 32)
NOW_S = int(NOW.timestamp())


def named(engine: Engine, *keys: SigningKey) -> None:
    with writing(engine) as session:
        for key in keys:
            name_witness(session, f"run by {key.name}", str(key.public), now=NOW)


def cosigned(engine: Engine, count: int, *keys: SigningKey, time_s: int = NOW_S) -> str:
    note = grown(engine, count).note
    for key in keys:
        note = key.cosigned(Note.parse(note), time_s)
    return note


def send(engine: Engine, note: str) -> int:
    with writing(engine) as session:
        return len(take_cosignatures(session, note, KEY.public, now=NOW))


def stored(engine: Engine) -> int:
    with reading(engine) as session:
        return int(session.connection().execute(select(func.count(col(StoredCosignature.size)))).scalar_one())


def test_what_a_named_witness_cosigned_is_kept_and_served_in_a_note_that_verifies(any_engine: Engine) -> None:
    named(any_engine, WITNESS, OTHER)
    assert send(any_engine, cosigned(any_engine, 3, WITNESS, OTHER)) == 2
    grown(any_engine, 2)

    with reading(any_engine) as session:
        signed = newest_cosigned(session)
        assert signed is not None
        note = Note.parse(with_cosignatures(signed, cosignatures(session, signed.checkpoint.size)))
        newest = cosignatures(session, 5)
    assert Checkpoint.parse(note.text).size == 3
    assert all(note.is_signed_by(key.public) for key in (KEY, WITNESS, OTHER))
    assert newest == []


def test_what_each_witness_saw_last_is_told(any_engine: Engine) -> None:
    named(any_engine, WITNESS, OTHER)
    send(any_engine, cosigned(any_engine, 3, OTHER))
    send(any_engine, cosigned(any_engine, 2, WITNESS, time_s=NOW_S - 5))

    with reading(any_engine) as session:
        seen = last_seen(session)
    assert {name: (one.size, int(one.at.timestamp())) for name, one in seen.items()} == {
        "witness.example": (5, NOW_S - 5),
        "other.example": (3, NOW_S),
    }


def test_a_witness_that_signs_the_same_size_again_is_kept_with_the_later_time(any_engine: Engine) -> None:
    named(any_engine, WITNESS)
    note = cosigned(any_engine, 3, WITNESS, time_s=NOW_S - 60)
    send(any_engine, note)
    again = WITNESS.cosigned(Note.parse(note), NOW_S)
    assert again.count(WITNESS.name) == 1
    send(any_engine, again)

    with reading(any_engine) as session:
        assert [int(one.at.timestamp()) for one in cosignatures(session, 3)] == [NOW_S]
    with pytest.raises(Conflict, match="older"):
        send(any_engine, note)


def test_an_older_size_than_the_witness_saw_is_not_taken(any_engine: Engine) -> None:
    named(any_engine, WITNESS)
    older = cosigned(any_engine, 3, WITNESS)
    send(any_engine, cosigned(any_engine, 2, WITNESS))

    with pytest.raises(Conflict, match="cosigned 5 entries"):
        send(any_engine, older)
    assert stored(any_engine) == 1


def test_another_history_under_the_logs_own_key_is_told_with_its_evidence(any_engine: Engine) -> None:
    named(any_engine, WITNESS)
    grown(any_engine, 3)
    for size in (3, 2, 9):
        forged = WITNESS.cosigned(Note.parse(KEY.signed(Checkpoint(KEY.name, size, bytes(32)).text)), NOW_S)
        with pytest.raises(OtherHistory, match="split view") as found:
            send(any_engine, forged)
        assert found.value.note == forged
    assert stored(any_engine) == 0


@pytest.mark.parametrize("what", ["unnamed", "unsigned", "forged", "foreign", "ahead", "far ahead", "text", "digits"])
def test_what_does_not_hold_is_refused_and_nothing_is_stored(engine: Engine, what: str) -> None:
    named(engine, WITNESS)
    plain = grown(engine, 3).note
    good = WITNESS.cosigned(Note.parse(plain), NOW_S)
    imposter = SigningKey(WITNESS.name, COSIGNS, bytes([9]) * 32)
    ahead = NOW_S + int(MAX_AHEAD.total_seconds()) + 1
    foreign = SigningKey(KEY.name, SIGNS_NOTES, bytes(32)).signed(Note.parse(plain).text)
    notes = {
        "unnamed": OTHER.cosigned(Note.parse(plain), NOW_S),
        "unsigned": plain,
        "forged": imposter.cosigned(Note.parse(plain), NOW_S),
        "foreign": WITNESS.cosigned(Note.parse(foreign), NOW_S),
        "ahead": WITNESS.cosigned(Note.parse(plain), ahead),
        "far ahead": WITNESS.cosigned(Note.parse(plain), 2**64 - 1),
        "text": "hello",
        "digits": good.replace("\n3\n", f"\n{'9' * 5_000}\n"),
    }

    with pytest.raises(UsageError):
        send(engine, notes[what])
    assert stored(engine) == 0


def test_a_witness_is_named_by_a_key_that_cosigns_and_by_who_runs_it(any_engine: Engine) -> None:
    named(any_engine, WITNESS)
    rival = SigningKey(WITNESS.name, COSIGNS, bytes([9]) * 32)
    refused = [
        (str(KEY.public), "us", "signs logs"),
        ("nonsense", "us", "verifier key"),
        (str(OTHER.public), "", "who"),
    ]
    for key, label, says in refused:
        with writing(any_engine) as session, pytest.raises(UsageError, match=says):
            name_witness(session, label, key, now=NOW)
    with writing(any_engine) as session, pytest.raises(Conflict, match="another key"):
        name_witness(session, "us", str(rival.public), now=NOW)
    with writing(any_engine) as session:
        name_witness(session, "the association", str(WITNESS.public), now=NOW + timedelta(days=1))

    with reading(any_engine) as session:
        assert [(one.label, one.key) for one in witnesses(session)] == [("the association", WITNESS.public)]


def test_a_witness_that_is_taken_away_takes_its_cosignatures_along(any_engine: Engine) -> None:
    named(any_engine, WITNESS)
    note = cosigned(any_engine, 3, WITNESS)
    send(any_engine, note)
    with writing(any_engine) as session:
        drop_witness(session, WITNESS.name)

    assert stored(any_engine) == 0
    with reading(any_engine) as session:
        assert (witnesses(session), newest_cosigned(session)) == ([], None)
    with pytest.raises(UsageError, match="no witness"):
        send(any_engine, note)
    with writing(any_engine) as session, pytest.raises(NotFound):
        drop_witness(session, WITNESS.name)
