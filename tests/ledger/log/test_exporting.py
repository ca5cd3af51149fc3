"""An exported ledger verifies, and no byte of it can be changed without being found."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from index.database import reading, writing
from index.errors import UsageError
from index.settings import Settings
from ledger.erasure import forget
from ledger.log.exporting import export_lines
from ledger.log.signing import SigningKey
from ledger.proof import canonical_json, commitment
from ledger.proof.notes import SIGNS_NOTES
from ledger.proof.tree import leaf_hash
from ledger.proof.verifying import Difference, Verified, verify_lines
from tests.ledger.builders import NOW, an_event, stored
from tests.ledger.log.builders import KEY, a_lived_in_ledger, exported, grown, signed

ROOT = Path(__file__).parents[3]


def verified(content: bytes, key: str | None = str(KEY.public)) -> Verified:
    return verify_lines(content.splitlines(keepends=True), key)


def sealed(lines: list[str]) -> bytes:
    """Write lines with a fresh checksum, as a forger would."""
    import hashlib

    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f'{{"sha256":"{hashlib.sha256(body).hexdigest()}"}}\n'.encode()


def test_an_export_verifies_and_says_what_it_covers(any_engine: Engine) -> None:
    a_lived_in_ledger(any_engine)

    found = verified(exported(any_engine))

    assert (found.entries, found.covered, found.checkpoints, found.erased) == (8, 8, 3, 2)
    assert found.key == str(KEY.public)


def test_an_empty_ledger_is_exported_once_it_is_signed(any_engine: Engine) -> None:
    with reading(any_engine) as session, pytest.raises(UsageError, match="baicha ledger checkpoint"):
        list(export_lines(session, KEY.public))
    signed(any_engine)
    assert verified(exported(any_engine)).entries == 0


def test_what_came_after_the_last_checkpoint_is_left_out(any_engine: Engine) -> None:
    grown(any_engine, 3)
    stored(any_engine, an_event())
    assert verified(exported(any_engine)).entries == 3


def of_an_entry(line: bytes) -> int | None:
    """Return the index that a line of an export is about; None for the header, a checkpoint and the checksum."""
    index: int | None = json.loads(line).get("index")
    return index


@pytest.mark.one_database("sqlite", "of the bytes of a file, which no database has to do with")
def test_any_single_changed_byte_is_found_and_named(engine: Engine) -> None:
    stored(engine, an_event(), an_event(visitor="visitor-2"), an_event())
    with writing(engine) as session:
        forget(session, "visitor-1", now=NOW)
    signed(engine)
    content = exported(engine)
    dice = random.Random(20261124)  # noqa: S311 - which bits are flipped
    lines = content.splitlines(keepends=True)
    where = [(number, of_an_entry(line)) for number, line in enumerate(lines, 1) for _ in line]
    assert [of_an_entry(line) for line in lines] == [None, 0, 1, 2, 3, None, None]
    for at, (number, index) in enumerate(where):
        changed = bytearray(content)
        changed[at] ^= 1 << dice.randrange(8)
        with pytest.raises(Difference) as found:
            verify_lines(bytes(changed).splitlines(keepends=True))
        assert (found.value.index, found.value.among) == (index, None), (at, number, str(found.value))


@pytest.mark.one_database("sqlite", "of the bytes of a file, which no database has to do with")
def test_every_digit_of_an_erased_line_is_named_whatever_it_becomes(engine: Engine) -> None:
    stored(engine, *(an_event(visitor="visitor-2") for _ in range(4)), an_event(), an_event(visitor="visitor-2"))
    with writing(engine) as session:
        forget(session, "visitor-1", now=NOW)
    grown(engine, 6)
    lines = exported(engine).decode().splitlines()[:-1]
    at = next(number for number, line in enumerate(lines) if "erased_at" in line)
    entry = json.loads(lines[at])
    assert (entry["index"], entry["erased_at"]) == (4, 6)
    for changed in (
        *({"erased_at": erased_at} for erased_at in (0, 4, 5, 7, 9, 60)),
        *({name: entry[name][:-1] + ("1" if entry[name][-1] == "0" else "0")} for name in ("leaf", "commitment")),
    ):
        with pytest.raises(Difference) as found:
            verified(sealed([*lines[:at], canonical_json(entry | changed), *lines[at + 1 :]]))
        assert (found.value.index, found.value.among) == (4, None), changed


def test_an_export_of_before_there_were_leaves_verifies(engine: Engine) -> None:
    a_lived_in_ledger(engine)
    lines = [json.loads(line) for line in exported(engine).decode().splitlines()[:-1]]
    old = [{name: said for name, said in line.items() if name != "leaf"} for line in lines]
    old[0]["format"] = "baicha-ledger/1"
    assert verified(sealed([canonical_json(line) for line in old])).entries == 8
    with pytest.raises(Difference, match="event 0: the line has other fields"):
        verified(sealed([canonical_json(line) for line in [old[0], *lines[1:]]]))


def test_a_forger_who_mends_the_checksum_is_found_all_the_same(engine: Engine) -> None:
    a_lived_in_ledger(engine)
    lines = exported(engine).decode().splitlines()[:-1]
    dice = random.Random(7)  # noqa: S311 - which bits are flipped
    for at, line in enumerate(lines):
        for _ in range(12):
            place = dice.randrange(len(line))
            changed = line[:place] + chr(ord(line[place]) ^ 1 << dice.randrange(5)) + line[place + 1 :]
            with pytest.raises(Difference):
                verified(sealed([*lines[:at], changed, *lines[at + 1 :]]))


@pytest.mark.parametrize("cut", [1, 100, 2_000])
def test_a_file_that_is_cut_off_is_found(engine: Engine, cut: int) -> None:
    a_lived_in_ledger(engine)
    with pytest.raises(Difference):
        verified(exported(engine)[:-cut])


def test_lines_left_out_doubled_or_swapped_are_found(engine: Engine) -> None:
    a_lived_in_ledger(engine)
    lines = exported(engine).decode().splitlines()[:-1]
    for at, line in enumerate(lines):
        doubled = [*lines[: at + 1], *lines[at:]]
        swapped = [*lines[:at], *lines[at + 1 : at + 2], line, *lines[at + 2 :]]
        # What a checkpoint says, a later one says again: only the last one cannot be left out.
        needed = "checkpoint" not in line or at == len(lines) - 1
        without = [*lines[:at], *lines[at + 1 :]] if needed else doubled
        for changed in (doubled, without, swapped if swapped != lines else doubled):
            with pytest.raises(Difference):
                verified(sealed(changed))


def test_the_first_event_that_differs_is_named(engine: Engine) -> None:
    grown(engine, 6)
    lines = exported(engine).decode().splitlines()[:-1]
    entry = json.loads(lines[4])
    entry["event"] = entry["event"].replace("tea-house", "tea-horse")

    with pytest.raises(Difference, match=r"event 3 \(event-\d+\): its content") as found:
        verified(sealed([*lines[:4], canonical_json(entry), *lines[5:]]))
    assert found.value.index == 3


def test_an_event_rewritten_with_commitment_and_leaf_is_narrowed_to_those_between_two_checkpoints(
    engine: Engine,
) -> None:
    grown(engine, 4)
    grown(engine, 4)
    lines = exported(engine).decode().splitlines()[:-1]
    at = next(number for number, line in enumerate(lines) if '"index":6' in line)
    entry = json.loads(lines[at])
    entry["event"] = entry["event"].replace("tea-house", "tea-horse")
    entry["commitment"] = commitment(bytes.fromhex(entry["salt"]), entry["event"]).hex()

    with pytest.raises(Difference, match="event 6: its leaf"):
        verified(sealed([*lines[:at], canonical_json(entry), *lines[at + 1 :]]))
    entry["leaf"] = leaf_hash(bytes.fromhex(entry["commitment"])).hex()
    with pytest.raises(Difference, match="one of the events 4 to 7") as found:
        verified(sealed([*lines[:at], canonical_json(entry), *lines[at + 1 :]]))
    assert (found.value.index, found.value.among) == (None, (4, 7))


def test_a_payload_that_is_missing_without_an_erasure_is_found(engine: Engine) -> None:
    grown(engine, 3)
    lines = exported(engine).decode().splitlines()[:-1]
    entry = json.loads(lines[2])
    kept = {name: entry[name] for name in ("index", "commitment", "leaf")}
    gone = canonical_json(kept | {"erased_at": 2})

    with pytest.raises(Difference, match="event 1: its payload is missing, and no erasure names it"):
        verified(sealed([*lines[:2], gone, *lines[3:]]))


def test_an_export_signed_with_another_key_is_refused_when_the_key_is_known(engine: Engine) -> None:
    other = SigningKey(KEY.name, SIGNS_NOTES, bytes(32))
    grown(engine, 2, other)
    content = exported(engine, other)

    assert verified(content, None).entries == 2
    with pytest.raises(Difference, match="another key"):
        verified(content)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\n", b"[" * 5_000 + b"\n", b"1" * 5_000 + b"\n"]
)
def test_what_is_no_export_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Difference):
        verified(content)


def test_the_verifier_runs_alone_with_the_standard_library(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """The auditor's machine: two folders of the repository, no site-packages, not this project's path."""
    import shutil

    a_lived_in_ledger(engine)
    room = tmp_path / "auditor" / "ledger"
    room.mkdir(parents=True)
    shutil.copy(ROOT / "ledger" / "__init__.py", room)
    shutil.copytree(ROOT / "ledger" / "proof", room / "proof")
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(exported(engine))
    bad.write_bytes(exported(engine).replace(b"tea-house", b"tea-horse", 1))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", "-E", "-W", "error", "-m", "ledger.proof", *words]
        return subprocess.run(command, cwd=room.parent, capture_output=True, text=True, check=False)

    assert run(str(good), str(KEY.public)).returncode == 0
    found = run(str(bad))
    assert (found.returncode, found.stderr) == (1, "")
    assert "event 1 (" in found.stdout
    assert run(str(tmp_path / "none")).returncode == run().returncode == 2
