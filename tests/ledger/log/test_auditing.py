"""Any row that is changed behind the triggers' back is found, and the event that differs named."""

import pytest
from sqlalchemy import Engine, text

from index.database import writing
from index.settings import Settings
from ledger.erasure import forget
from ledger.log.signing import SigningKey
from ledger.proof import commitment
from ledger.proof.notes import SIGNS_NOTES
from ledger.proof.verifying import Difference
from tests.ledger.builders import NOW, an_event, stored
from tests.ledger.log.builders import a_lived_in_ledger, audited, behind_the_triggers, grown


def test_an_untouched_ledger_is_verified_with_what_no_checkpoint_covers_yet(any_engine: Engine) -> None:
    a_lived_in_ledger(any_engine)
    grown(any_engine, 600)
    stored(any_engine, an_event(visitor="visitor-2"))

    found = audited(any_engine)

    assert (found.entries, found.covered, found.checkpoints, found.erased) == (609, 608, 4, 2)


def test_a_ledger_without_a_checkpoint_or_an_entry_is_verified_as_such(any_engine: Engine) -> None:
    assert (audited(any_engine).entries, audited(any_engine).covered) == (0, 0)


#: What is changed, and what the finding says: of 308 events, 0 and 3 were erased by 4.
CHANGES = [
    ("UPDATE payloads SET body = replace(body, 'tea-house', 'x') WHERE entry_index = 5", "event 5 .*: its content"),
    ("UPDATE payloads SET salt = zeroblob(16) WHERE entry_index = 2", "event 2 .*: its content"),
    ("UPDATE payloads SET listing = 'tea-horse' WHERE entry_index = 2", "event 2 .*: column listing"),
    ("UPDATE payloads SET visitor = NULL WHERE entry_index = 2", "event 2 .*: column visitor"),
    ("UPDATE payloads SET at_ms = at_ms + 1 WHERE entry_index = 1", "event 1 .*: column at_ms"),
    ("UPDATE payloads SET grade = 'A' WHERE entry_index = 1", "event 1 .*: column grade"),
    ("UPDATE payloads SET made_up = true WHERE entry_index = 6", "event 6 .*: column made_up"),
    ("UPDATE payloads SET consent = 'remembered' WHERE entry_index = 6", "event 6 .*: column consent"),
    ("UPDATE payloads SET kind = 'share' WHERE entry_index = 7", "event 7 .*: column kind"),
    ("UPDATE payloads SET id = 'event-of-mine' WHERE entry_index = 7", "event 7 .*: column id"),
    ("UPDATE payloads SET ticket_ms = 1 WHERE entry_index = 1", "event 1 .*: column ticket_ms"),
    ("DELETE FROM payloads WHERE entry_index = 5", "event 5: its payload is missing"),
    ('UPDATE entries SET commitment = zeroblob(32) WHERE "index" = 3', "event 3: its commitment is not the one in"),
    ('UPDATE entries SET commitment = zeroblob(32) WHERE "index" = 5', "event 5 .*: its content"),
    ('UPDATE entries SET commitment = zeroblob(31) WHERE "index" = 0', "event 0: its commitment is not 32"),
    ("UPDATE erased SET logged_at_index = 5 WHERE entry_index = 3", "event 3: it is said to be erased by event 5"),
    ("UPDATE erased SET id_hash = zeroblob(32) WHERE entry_index = 3", "event 4 .*: the hashes kept"),
    ("DELETE FROM erased WHERE entry_index = 3", "event 3: its payload is missing"),
    ("INSERT INTO erased VALUES (6, 7, zeroblob(32))", "event 6: it is marked as erased"),
    ("UPDATE forgotten SET visitor_hash = zeroblob(32)", "event 4 .*: the hashes kept"),
    ("UPDATE forgotten SET logged_at_index = 5", "event 4 .*: the hashes kept"),
    ("DELETE FROM forgotten", "event 4 .*: the hashes kept"),
    ("INSERT INTO forgotten VALUES (zeroblob(32), 5)", "event 5: a visitor is marked"),
    ("UPDATE tiles SET hashes = zeroblob(8192)", "event 0: its commitment is not the one in"),
    ("UPDATE tiles SET hashes = zeroblob(10)", "event 0: its commitment is not the one in"),
    ("UPDATE tiles SET root = zeroblob(32)", "tile 0 of level 0"),
    ("UPDATE tiles SET number = 1", "tile 1 of level 0"),
    ("DELETE FROM tiles", "level 0 has 0 tiles instead of 1"),
    ("INSERT INTO tiles VALUES (1, 0, zeroblob(8192), zeroblob(32))", "level 1"),
    ("UPDATE checkpoints SET note = replace(note, 'tests.example', 'tests.exemple')", "after 0 entries"),
    ("UPDATE tallies SET count = count + 1 WHERE part = 'B'", "tally of tea-house, visit B, .*: stored"),
    ("UPDATE tallies SET amount = 5 WHERE part = 'B'", "tally of tea-house, visit B, .*: stored"),
    ("UPDATE tallies SET listing = 'tea-horse' WHERE part = 'B'", "tallies: stored tea-horse, visit B"),
    ("DELETE FROM tallies WHERE part = 'B'", "the events give tea-house, visit B"),
    ("UPDATE checkpoints SET size = 9 WHERE size = 8", "counts 8 entries where 9 are"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "finding"), CHANGES)
def test_a_row_changed_behind_the_triggers_back_is_found_and_named(
    engine: Engine, settings: Settings, change: str, finding: str
) -> None:
    a_lived_in_ledger(engine)
    grown(engine, 300)
    assert audited(engine).entries == 308
    behind_the_triggers(settings, change)

    with pytest.raises(Difference, match=finding):
        audited(engine)


def test_an_event_rewritten_with_its_commitment_is_named_by_the_tile_that_covers_it(
    engine: Engine, settings: Settings
) -> None:
    grown(engine, 300)
    with engine.connect() as connection:
        salt, body = connection.execute(text("SELECT salt, body FROM payloads WHERE entry_index = 77")).one()
    forged = commitment(bytes(salt), body.replace("tea-house", "tea-horse")).hex()
    behind_the_triggers(
        settings,
        "UPDATE payloads SET body = replace(body, 'tea-house', 'tea-horse'), listing = 'tea-horse' "
        "WHERE entry_index = 77",
        f"UPDATE entries SET commitment = x'{forged}' WHERE \"index\" = 77",  # noqa: S608 - in hex
    )

    with pytest.raises(Difference, match="event 77: its commitment is not the one in the log's tile"):
        audited(engine)


def test_an_end_that_was_cut_off_is_found_by_the_checkpoint_over_it(engine: Engine, settings: Settings) -> None:
    grown(engine, 5)
    behind_the_triggers(settings, "DELETE FROM payloads WHERE entry_index = 4", 'DELETE FROM entries WHERE "index" = 4')
    with pytest.raises(Difference, match="a checkpoint signed 5 entries, of which only 4 are left"):
        audited(engine)


def test_a_ledger_that_another_key_signed_is_refused(any_engine: Engine) -> None:
    grown(any_engine, 2)
    with pytest.raises(Difference, match="not signed by"):
        audited(any_engine, SigningKey("another", SIGNS_NOTES, bytes(32)))


def test_visitors_who_are_forgotten_twice_or_before_anything_arrived_are_verified_too(any_engine: Engine) -> None:
    stored(any_engine, an_event(visitor="visitor-2"))
    for visitor in ("visitor-1", "visitor-2", "visitor-1"):
        with writing(any_engine) as session:
            forget(session, visitor, now=NOW)
    assert audited(any_engine).erased == 1
