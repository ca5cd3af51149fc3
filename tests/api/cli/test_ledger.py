"""The ledger's commands as typed."""

import hashlib
import json
import socket
import stat
import threading
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.container import Container
from index.database import make_engine, writing
from index.settings import Settings
from ledger.append import append
from ledger.proof.notes import Note, VerifierKey
from tests.api.cli.conftest import Run
from tests.ledger.builders import NOW, an_event
from tests.ledger.log.builders import behind_the_triggers


def grown(settings: Settings, count: int) -> None:
    engine = make_engine(settings)
    with writing(engine) as session:
        append(session, [an_event() for _ in range(count)], now=NOW, trusted=True)
    engine.dispose()


def test_a_ledger_is_signed_exported_and_verified(baicha: Run, settings: Settings, tmp_path: Path) -> None:
    key = VerifierKey.parse(baicha("ledger", "key").out.strip())
    assert Note.parse(baicha("ledger", "checkpoint").out).is_signed_by(key)
    grown(settings, 3)
    file = tmp_path / "ledger.jsonl"

    assert baicha("ledger", "export", file).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = baicha("ledger", "verify", file, "--key", str(key))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("verified: 3 events (0 erased), 3 of them under 2 signed checkpoints")
    assert str(key) in baicha("ledger", "verify", file).err, "a key that comes with the file is to be compared"
    assert json.loads(baicha("ledger", "verify", "--json").out)["covered"] == 3


def test_a_changed_file_ends_with_exit_code_1_and_the_event_named(
    baicha: Run, settings: Settings, tmp_path: Path
) -> None:
    baicha("ledger", "checkpoint")
    grown(settings, 3)
    file = tmp_path / "ledger.jsonl"
    baicha("ledger", "export", file)
    file.write_bytes(file.read_bytes().replace(b"tea-house", b"tea-horse", 1))

    done = baicha("ledger", "verify", file)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("event 0 (event-")
    assert json.loads(baicha("ledger", "verify", file, "--json").out)["event"] == 0


def test_a_row_changed_behind_the_triggers_back_ends_with_exit_code_1(baicha: Run, settings: Settings) -> None:
    baicha("ledger", "checkpoint")
    grown(settings, 3)
    baicha("ledger", "checkpoint")
    behind_the_triggers(settings, "UPDATE payloads SET listing = 'x' WHERE entry_index = 1")

    done = baicha("ledger", "verify")
    assert done.code == 1
    assert "event 1" in done.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ledger", "verify", "nowhere.jsonl"), "No such file"),
        (("ledger", "verify", "--key", "nonsense"), "verifier key"),
        (("ledger", "export", "no-folder/ledger.jsonl"), "no folder"),
        (("witness", "nowhere.jsonl"), "--key"),
        (("witness", "nowhere.jsonl", "--key", "x"), "No such file"),
        (("witness", "http://127.0.0.1:1", "--key", "x"), "cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(baicha: Run, words: tuple[str, ...], says: str) -> None:
    done = baicha(*words)
    assert done.code == 2, done
    assert says in done.err
    assert done.err.count("\n") == 1


def test_an_export_is_not_written_over(baicha: Run, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_text("mine")
    assert baicha("ledger", "export", file).code == 2
    assert file.read_text() == "mine"


def test_a_witness_cosigns_exports_and_finds_a_second_history(
    baicha: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = baicha("ledger", "key").out.strip()
    baicha("ledger", "checkpoint")
    baicha("backup", tmp_path / "before.tar.gz")
    grown(settings, 3)
    baicha("ledger", "export", tmp_path / "one.jsonl")
    first = baicha("witness", tmp_path / "one.jsonl", "--key", key, "--name", "somebody-else")
    assert (first.code, "somebody-else" in first.out) == (0, True)
    assert stat.S_IMODE((tmp_path / "witness.key").stat().st_mode) == 0o600

    # The operator sets the ledger back, into a folder with SQLite, and writes another history under the same key.
    monkeypatch.delenv("BAICHA_DATABASE_URL", raising=False)
    other = tmp_path / "other"
    baicha("restore", tmp_path / "before.tar.gz", "--data", other)
    grown(Settings(data=other), 4)
    baicha("ledger", "export", tmp_path / "two.jsonl", "--data", other)
    assert baicha("ledger", "verify", tmp_path / "two.jsonl", "--key", key).code == 0

    split = baicha("witness", tmp_path / "two.jsonl")
    assert split.code == 1
    assert split.out.startswith("the log's key signed two histories")
    assert split.out.count("— baicha-ledger-") == 2


def test_witnesses_are_named_listed_and_taken_away(baicha: Run, settings: Settings, tmp_path: Path) -> None:
    key = baicha("ledger", "key").out.strip()
    baicha("ledger", "export", tmp_path / "one.jsonl")
    theirs = baicha("witness", tmp_path / "one.jsonl", "--key", key).err.rpartition(" ")[2].strip()
    name = VerifierKey.parse(theirs).name

    assert "names one" in baicha("ledger", "witnesses", "list").err
    assert (
        baicha("ledger", "witnesses", "add", "the association", theirs).out
        == f"{name}: named as run by the association\n"
    )
    [listed] = json.loads(baicha("ledger", "witnesses", "list", "--json").out)
    assert listed == {"name": name, "who": "the association", "cosigned": None, "at": None, "key": theirs}
    assert baicha("ledger", "witnesses", "add", "us", key).code == 2
    assert baicha("ledger", "witnesses", "remove", name).code == 0
    assert baicha("ledger", "witnesses", "remove", name).code == 2


def test_a_witness_sends_what_it_cosigned_back_to_the_log(baicha: Run, settings: Settings, tmp_path: Path) -> None:
    key = baicha("ledger", "key").out.strip()
    baicha("ledger", "checkpoint")
    container = Container(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(container), lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        unnamed = baicha("witness", address, "--key", key)
        assert unnamed.code == 0, unnamed
        theirs = unnamed.err.partition("this witness's key: ")[2].splitlines()[0]
        baicha("ledger", "witnesses", "add", "the association", theirs)
        named = baicha("witness", address)
        served = httpx.get(f"{address}/v1/ledger/checkpoint/cosigned").text
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        container.close()

    assert (unnamed.code, "did not take it: no witness" in unnamed.err) == (0, True)
    assert (named.code, "the log took it" in named.err) == (0, True)
    assert served == json.loads((tmp_path / "witness.json").read_text())["note"]
    assert json.loads(baicha("ledger", "witnesses", "list", "--json").out)[0]["cosigned"] == 0


def test_figures_are_recomputed_from_the_folder_and_from_a_file(
    baicha: Run, settings: Settings, tmp_path: Path
) -> None:
    baicha("ledger", "checkpoint")
    grown(settings, 3)
    baicha("ledger", "export", tmp_path / "ledger.jsonl")

    assert baicha("ledger", "recompute").out.startswith("equal: 11 pages of figures, of 0 merchants and the board")
    words = ("ledger", "recompute", tmp_path / "ledger.jsonl", "--listing", "tea-house", "--on", "2026-11-24")
    assert json.loads(baicha(*words).out)["summary"]["opens"] == 3
    assert json.loads(baicha(*words[:-1], "2026-11-23").out)["summary"]["opens"] == 0
    assert baicha(*words[:-1], "yesterday").code == 2
    assert baicha(*words[:3]).code == 2
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(file.read_bytes().replace(b"tea-house", b"tea-horse", 1))
    assert baicha(*words).code == 1


def test_an_export_and_its_facts_give_any_figure_again(baicha: Run, settings: Settings, tmp_path: Path) -> None:
    baicha("ledger", "checkpoint")
    grown(settings, 3)
    ledger, facts = tmp_path / "ledger.jsonl", tmp_path / "facts.jsonl"
    written = baicha("ledger", "export", ledger, "--facts", facts)
    assert (written.code, stat.S_IMODE(facts.stat().st_mode)) == (0, 0o600)
    sha256 = hashlib.sha256(facts.read_bytes()).hexdigest()
    assert f"SHA-256 {sha256}" in written.out
    assert baicha("ledger", "export", tmp_path / "more.jsonl", "--facts", facts).code == 2
    assert not (tmp_path / "more.jsonl").exists()

    words = ("ledger", "recompute", ledger, "--facts", facts)
    told = baicha(*words, "--board", "--at", "2026-11-24T12:00")
    assert told.err.startswith("as at 2026-11-24T12:00:00+08:00, by the facts of ")
    assert told.err.endswith(f"SHA-256 {sha256}\n")
    assert set(json.loads(told.out)) == {"computed", "board"}
    assert set(json.loads(baicha(*words).out)) == {"computed", "board", "experiment", "disputes"}
    assert json.loads(baicha("ledger", "recompute", "--json").out)["differs"] is None

    facts.write_bytes(facts.read_bytes().replace(b"Anji", b"Anjo"))
    torn = baicha(*words)
    assert (torn.code, torn.out) == (2, "")
    assert f"{facts}, line 2: the sha256 is not that of the lines before" in torn.err


def test_what_cannot_be_recomputed_is_said_before_anything_is_read(baicha: Run) -> None:
    of = ("ledger.jsonl", "--listing", "x")
    for words, says in (
        (("--board",), "name its FILE"),
        (("ledger.jsonl", "--board"), "--facts FILE"),
        ((*of, "--merchant", "m_x"), "--facts FILE"),
        ((*of, "--on", "2026-11-24", "--at", "2026-11-24T12:00"), "one of --on and --at"),
        ((*of, "--at", "noon"), "no moment such as"),
    ):
        done = baicha("ledger", "recompute", *words)
        assert (done.code, says in done.err, done.err.count("\n")) == (2, True, 1)


def test_kept_counts_are_made_anew(baicha: Run, settings: Settings) -> None:
    baicha("ledger", "checkpoint")
    grown(settings, 3)
    behind_the_triggers(settings, "DELETE FROM tallies")

    assert baicha("ledger", "recompute").code == 1
    assert baicha("ledger", "rebuild").out == "1 counts made anew from the events\n"
    assert baicha("ledger", "recompute").code == 0
