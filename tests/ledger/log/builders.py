"""A ledger with a key, and what is done to it in a line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from index.database import make_engine, reading, writing
from index.settings import Settings
from ledger.erasure import forget
from ledger.log.auditing import audit, audit_counts
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
        found = audit(session, key.public)
        audit_counts(session)
        return found


def behind_the_triggers(settings: Settings, *statements: str) -> None:
    """Run statements, in SQLite's words, as an intruder would who drops the triggers and puts them back."""
    engine = make_engine(settings)
    try:
        with triggers_off(engine) as connection:
            for statement in statements:
                said = statement if engine.dialect.name == "sqlite" else in_postgresql(statement)
                assert connection.execute(text(said)).rowcount != 0, statement
    finally:
        engine.dispose()


@contextmanager
def triggers_off(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that no trigger sees, and commit it."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
            return
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        for _, sql in triggers:
            connection.execute(text(sql))


def in_postgresql(statement: str) -> str:
    """Say SQLite's literals of bytes in PostgreSQL's words."""
    zeros = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", statement)
    return re.sub(r"\bx'([0-9a-f]*)'", r"decode('\1', 'hex')", zeros)
