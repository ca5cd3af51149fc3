import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.migrate import upgrade
from index.database import make_engine, reading
from index.errors import Conflict, NotFound, StorageError, UsageError
from index.settings import Settings
from ledger.log.checkpoints import consistency, inclusion, newest
from ledger.log.signing import SigningKey
from ledger.log.tiles import TileReader
from ledger.proof.notes import SIGNS_NOTES, read_checkpoint
from ledger.proof.tree import EMPTY_ROOT, Frontier, leaf_hash, proves_consistency, proves_inclusion, root
from tests.ledger.builders import an_event, stored
from tests.ledger.log.builders import KEY, a_lived_in_ledger, audited, behind_the_triggers, grown, signed, triggers_off


def plain_root(engine: Engine, size: int) -> bytes:
    frontier = Frontier()
    with engine.connect() as connection:
        rows = connection.execute(
            text('SELECT commitment FROM entries WHERE "index" < :n ORDER BY "index"'), {"n": size}
        )
        for committed in rows.scalars():
            frontier.add(leaf_hash(bytes(committed)))
    return frontier.root()


def test_an_empty_log_is_signed_as_the_empty_tree(any_engine: Engine) -> None:
    made = signed(any_engine)
    assert (made.checkpoint.size, made.checkpoint.root) == (0, EMPTY_ROOT)
    assert read_checkpoint(made.note, KEY.public) == made.checkpoint


def test_a_checkpoint_is_over_all_entries_and_the_same_again_when_nothing_was_added(any_engine: Engine) -> None:
    made = grown(any_engine, 5)

    assert made.checkpoint.root == plain_root(any_engine, 5)
    assert signed(any_engine) == made
    with reading(any_engine) as session:
        assert newest(session) == made


def test_roots_over_tiles_agree_with_plain_ones_whatever_the_steps(any_engine: Engine) -> None:
    for count in (255, 1, 1, 300, 256, 11):
        made = grown(any_engine, count)
        assert made.checkpoint.root == plain_root(any_engine, made.checkpoint.size)
    assert audited(any_engine).covered == 824


def test_a_second_level_of_tiles_is_read_as_the_first_is(engine: Engine) -> None:
    """Rows of the tests' own: 65,536 real events would take too long."""
    size = 256 * 256 + 300
    leaves = [leaf_hash(number.to_bytes(32, "big")) for number in range(size)]
    with triggers_off(engine) as connection:
        connection.execute(
            text('INSERT INTO entries ("index", commitment) VALUES (:index, :commitment)'),
            [{"index": number, "commitment": number.to_bytes(32, "big")} for number in range(size)],
        )
    made = signed(engine)
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert made.checkpoint.root == frontier.root()
    with engine.connect() as connection:
        tiles = connection.execute(text("SELECT level, count(*) FROM tiles GROUP BY level ORDER BY level")).all()
        assert [tuple(row) for row in tiles] == [(0, 257), (1, 1)]
        reader = TileReader(connection, size)
        assert root(size, reader.subtree) == frontier.root()
        assert [len(reader.tile(level, number)) for level, number in ((0, 257), (1, 1), (2, 0), (2, 1))] == [
            44,
            1,
            1,
            0,
        ]
    with reading(engine) as session:
        path = consistency(session, 65_000, size)
    before = Frontier()
    for leaf in leaves[:65_000]:
        before.add(leaf)
    assert proves_consistency(65_000, before.root(), size, frontier.root(), path)


def test_every_event_under_a_checkpoint_is_proved_to_be_in_it(any_engine: Engine) -> None:
    events = [an_event() for _ in range(300)]
    stored(any_engine, *events)
    made = signed(any_engine).checkpoint
    with reading(any_engine) as session:
        for at in (0, 1, 255, 256, 299):
            proof = inclusion(session, events[at].id)
            assert proof.index == at
            assert proves_inclusion(leaf_hash(proof.commitment), at, made.size, proof.path, made.root)


def test_an_event_that_is_unknown_or_not_signed_yet_has_no_proof(any_engine: Engine) -> None:
    late = an_event()
    stored(any_engine, late)
    with reading(any_engine) as session:
        with pytest.raises(NotFound):
            inclusion(session, "no-such-event")
        with pytest.raises(UsageError, match="ask again in a minute"):
            inclusion(session, late.id)


def test_any_two_sizes_are_proved_consistent(engine: Engine) -> None:
    grown(engine, 270)

    @trials(deadline=None, max_examples=25)
    @given(st.integers(0, 270), st.integers(0, 270))
    def holds(one: int, other: int) -> None:
        old, new = sorted((one, other))
        with reading(engine) as session:
            path = consistency(session, old, new)
        assert proves_consistency(old, plain_root(engine, old), new, plain_root(engine, new), path)

    holds()


@pytest.mark.parametrize(("old", "new"), [(3, 2), (-1, 2), (0, 6)])
def test_sizes_out_of_range_are_refused(engine: Engine, old: int, new: int) -> None:
    grown(engine, 5)
    with reading(engine) as session, pytest.raises(UsageError, match="sizes"):
        consistency(session, old, new)


def test_another_key_does_not_go_on_signing_the_log(any_engine: Engine) -> None:
    grown(any_engine, 2)
    with pytest.raises(Conflict, match=r"ledger\.key"):
        grown(any_engine, 1, SigningKey("another", SIGNS_NOTES, bytes(32)))


def test_a_log_that_was_rewritten_is_not_signed_again(engine: Engine, settings: Settings) -> None:
    made = grown(engine, 5)
    behind_the_triggers(settings, 'UPDATE entries SET commitment = zeroblob(32) WHERE "index" = 2')
    stored(engine, an_event())

    with pytest.raises(StorageError, match="nothing was signed"):
        signed(engine)
    with reading(engine) as session:
        assert newest(session) == made


def test_a_log_that_lost_its_end_is_not_signed_again(engine: Engine, settings: Settings) -> None:
    grown(engine, 5)
    behind_the_triggers(settings, "DELETE FROM payloads WHERE entry_index = 4", 'DELETE FROM entries WHERE "index" = 4')
    with pytest.raises(StorageError, match="nothing was signed"):
        signed(engine)


@pytest.mark.parametrize("table", ["tiles", "checkpoints", "forgotten"])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_tiles_checkpoints_and_forgotten_are_append_only(any_engine: Engine, table: str, verb: str) -> None:
    a_lived_in_ledger(any_engine)
    grown(any_engine, 256)
    column = {"tiles": "root", "checkpoints": "note", "forgotten": "visitor_hash"}[table]
    with pytest.raises(DBAPIError, match="append-only"), any_engine.begin() as connection:
        connection.execute(text(verb.format(table, column)))


@pytest.mark.parametrize("table", ["tiles", "checkpoints", "forgotten"])
@pytest.mark.one_database("sqlite", "PostgreSQL has no INSERT OR REPLACE")
def test_on_sqlite_they_refuse_replacement_too(engine: Engine, table: str) -> None:
    a_lived_in_ledger(engine)
    grown(engine, 256)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))  # noqa: S608 - our own names


def test_a_ledger_of_before_the_log_is_signed_after_the_upgrade(bare_settings: Settings) -> None:
    made = make_engine(bare_settings)
    upgrade(made, "0003_accounts")
    with made.begin() as connection:
        connection.execute(text('INSERT INTO entries ("index", commitment) VALUES (0, :zeros)'), {"zeros": bytes(32)})
    upgrade(made)
    assert signed(made).checkpoint.size == 1
    made.dispose()
