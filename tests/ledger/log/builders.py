"""A ledger with a key, and what is done to it in a line."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from index.database import reading, writing
from index.settings import Settings
from ledger.erasure import forget
from ledger.log.auditing import audit
from ledger.log.checkpoints import Signed, make_checkpoint
from ledger.log.exporting import export_lines
from ledger.log.signing import SigningKey
from ledger.proof.notes import SIGNS_NOTES
from ledger.proof.verifying import Verified
from tests.ledger.builders import NOW, a_visit, an_event, stored

KEY = SigningKey("tests.example/ledger", SIGNS_NOTES, b"the tests' own seed of 32 bytes.")


def grown(engine: Engine, count: int, key: SigningKey = KEY) -> Signed:
    """Append events and sign the log."""
    stored(engine, *(an_event(visitor=f"visitor-{10 + number % 7}") for number in range(count)))
    return signed(engine, key)


def signed(engine: Engine, key: SigningKey = KEY) -> Signed:
    with writing(engine) as session:
        return make_checkpoint(session, key, now=NOW)


def a_lived_in_ledger(engine: Engine) -> None:
    """Events, visits, an erasure, and three checkpoints."""
    signed(engine)
    stored(engine, an_event(), a_visit(visitor="visitor-2"), an_event(visitor="visitor-2"), an_event())
    signed(engine)
    with writing(engine) as session:
        forget(session, "visitor-1", now=NOW)
    grown(engine, 3)


def exported(engine: Engine, key: SigningKey = KEY) -> bytes:
    with reading(engine) as session:
        return "".join(f"{line}\n" for line in export_lines(session, key.public)).encode()


def audited(engine: Engine, key: SigningKey = KEY) -> Verified:
    with reading(engine) as session:
        return audit(session, key.public)


def behind_the_triggers(settings: Settings, *statements: str) -> None:
    """Run statements as an intruder would who drops the triggers and puts them back."""
    with closing(sqlite3.connect(Path(settings.data) / "baicha.sqlite")) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        for _, sql in triggers:
            connection.execute(sql)
