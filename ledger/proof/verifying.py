"""Recompute everything that an exported ledger says, with constant memory but for the ids, and name what differs."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from ledger.proof.canonical import SALT_BYTES, canonical_json, commitment
from ledger.proof.exported import FORMAT, WITHOUT_LEAVES
from ledger.proof.notes import NoteError, VerifierKey, read_checkpoint
from ledger.proof.tree import HASH_BYTES, Frontier, leaf_hash


class Difference(Exception):
    """Where a ledger is not what it says.

    `index` is the first event that differs; None where the fault lies outside all events, or where only `among` is
    known: the first and the last of those one of which differs. `event_id` is its id where that can be read.
    """

    def __init__(
        self,
        what: str,
        *,
        index: int | None = None,
        event_id: str | None = None,
        among: tuple[int, int] | None = None,
    ) -> None:
        named = "" if index is None else f"event {index}{f' ({event_id})' if event_id else ''}: "
        super().__init__(f"{named}{what}")
        self.index = index
        self.event_id = event_id
        self.among = among


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified. `covered` counts the entries under a signed checkpoint, from the first on."""

    origin: str
    key: str
    entries: int
    covered: int
    checkpoints: int
    erased: int


def verify_lines(lines: Iterable[bytes], key: str | None = None) -> Verified:
    """Verify an export, line by line, each with its newline.

    Args:
        lines: The file's lines, as bytes.
        key: The log's verifier key, from elsewhere; without it the one in the file is believed, and only that the file
            agrees with itself is shown.

    Raises:
        Difference: The first thing that differs.
    """
    digest = hashlib.sha256()
    ledger: LedgerVerifier | None = None
    size = 0
    ended = False
    for number, raw in enumerate(lines, 1):
        if ended:
            raise Difference(f"line {number} stands after the end")
        line = _read(raw, number, ledger)
        if ledger is None:
            ledger, size = _begin(line, key)
        elif set(line) == {"sha256"}:
            ended = True
            if line["sha256"] != digest.hexdigest():
                raise Difference(f"line {number}: the file's checksum differs")
            continue
        else:
            _take(ledger, line, number)
        digest.update(raw)
    if ledger is None or not ended:
        raise Difference("the file is cut off: its last line, the checksum, is missing")
    found = ledger.end()
    if not found.checkpoints:
        raise Difference("no checkpoint in it is signed")
    if not found.entries == found.covered == size:
        raise Difference(f"the header speaks of {size} entries, {found.entries} are there, {found.covered} signed")
    return found


class LedgerVerifier:
    """Takes entries and checkpoints in their order; raises `Difference` at the first that does not fit.

    `with_leaves`: each entry's line says its leaf hash too.
    """

    def __init__(self, origin: str, key: VerifierKey, *, with_leaves: bool = False) -> None:
        self._origin = origin
        self._key = key
        self._common = {"index", "commitment", "leaf"} if with_leaves else {"index", "commitment"}
        self._frontier = Frontier()
        self._covered = 0
        self._checkpoints = 0
        self._ids: dict[bytes, int] = {}
        #: Entries without a payload, and the erasure that is said to name each.
        self._awaiting: dict[int, int] = {}
        self._erased = 0

    @property
    def next_index(self) -> int:
        """The index of the entry that comes next."""
        return self._frontier.size

    def take_entry(self, line: dict[str, Any]) -> None:
        """Check that the next entry's commitment is that of its payload, and its id new."""
        index = self._frontier.size
        if line.get("index") != index or isinstance(line.get("index"), bool):
            raise Difference(f"the entry in its place is said to be {line.get('index')!r}", index=index)
        committed = _bytes(line.get("commitment"), HASH_BYTES, "commitment", index)
        if "leaf" in self._common and _bytes(line.get("leaf"), HASH_BYTES, "leaf", index) != leaf_hash(committed):
            raise Difference("its leaf is not the hash of its commitment", index=index)
        if set(line) == self._common | {"erased_at"}:
            self._take_erased(index, line["erased_at"])
        elif set(line) == self._common | {"salt", "event"}:
            self._take_event(index, committed, line["salt"], line["event"])
        else:
            raise Difference("the line has other fields than an entry", index=index)
        self._frontier.add(leaf_hash(committed))

    def take_checkpoint(self, note: Any) -> None:
        """Check a signed checkpoint that covers exactly the entries so far."""
        size = self._frontier.size
        try:
            checkpoint = read_checkpoint(note if isinstance(note, str) else "", self._key)
        except NoteError as exc:
            raise Difference(f"after {size} entries: {exc}") from exc
        if checkpoint.origin != self._origin:
            raise Difference(f"after {size} entries: a checkpoint of another log, {checkpoint.origin!r}")
        if checkpoint.size != size:
            raise Difference(f"a signed checkpoint counts {checkpoint.size} entries where {size} are", index=size)
        if checkpoint.root != self._frontier.root():
            self._raise_among(self._covered, size - 1)
        if size == self._covered and self._checkpoints:
            raise Difference(f"after {size} entries: a checkpoint stands there twice")
        self._covered = size
        self._checkpoints += 1

    def end(self) -> Verified:
        """Check that every payload that is missing was erased by a logged erasure, and say what was verified."""
        for index in sorted(self._awaiting)[:1]:
            raise Difference("its payload is missing, and no erasure names it", index=index)
        return Verified(
            self._origin, str(self._key), self._frontier.size, self._covered, self._checkpoints, self._erased
        )

    @staticmethod
    def _raise_among(first: int, last: int) -> NoReturn:
        if first == last:
            raise Difference("it is not what was signed", index=first)
        what = f"one of the events {first} to {last} is not what was signed; it was rewritten with its commitment"
        raise Difference(what, among=(first, last))

    def _take_erased(self, index: int, erased_at: Any) -> None:
        if not isinstance(erased_at, int) or isinstance(erased_at, bool) or erased_at <= index:
            raise Difference("its payload is missing, and no later erasure names it", index=index)
        self._awaiting[index] = erased_at
        self._erased += 1

    def _take_event(self, index: int, committed: bytes, salt: Any, event: Any) -> None:
        salted = _bytes(salt, SALT_BYTES, "salt", index)
        read = _event(event)
        event_id = read.get("id")
        name = event_id if isinstance(event_id, str) else None
        if not isinstance(event, str) or name is None or commitment(salted, event) != committed:
            raise Difference("its content is not what its commitment says", index=index, event_id=name)
        hashed = hashlib.sha256(name.encode()).digest()[:16]
        if hashed in self._ids:
            raise Difference(f"it has the id of event {self._ids[hashed]}", index=index, event_id=name)
        self._ids[hashed] = index
        payload = read.get("payload")
        if isinstance(payload, dict) and payload.get("kind") == "erasure":
            self._take_erasure(index, payload.get("indices"))

    def _take_erasure(self, index: int, named: Any) -> None:
        for gone in named if isinstance(named, list) else []:
            said = self._awaiting.pop(gone, None) if isinstance(gone, int) else None
            if said is None:
                raise Difference(f"the erasure at {index} names {gone!r}, which it did not erase", index=index)
            if said != index:
                raise Difference(
                    f"it is said to be erased by event {said}, and is named by the one at {index}", index=gone
                )


def _begin(line: dict[str, Any], key: str | None) -> tuple[LedgerVerifier, int]:
    if set(line) != {"format", "key", "origin", "size"} or line["format"] not in {FORMAT, WITHOUT_LEAVES}:
        raise Difference(f"this is no exported ledger: the first line is no header of {FORMAT}")
    if key is not None and line["key"] != key:
        raise Difference(f"the file is signed with another key than the one given: {line['key']}")
    try:
        parsed = VerifierKey.parse(str(line["key"]))
    except NoteError as exc:
        raise Difference(f"the header's key cannot be read: {exc}") from exc
    ledger = LedgerVerifier(str(line["origin"]), parsed, with_leaves=line["format"] == FORMAT)
    return ledger, line["size"]


def _take(ledger: LedgerVerifier, line: dict[str, Any], number: int) -> None:
    if set(line) == {"checkpoint"}:
        ledger.take_checkpoint(line["checkpoint"])
    elif line.keys() & {"index", "commitment"}:
        ledger.take_entry(line)
    else:
        raise Difference(f"line {number} is neither an entry, nor a checkpoint, nor the checksum")


def _read(raw: bytes, number: int, ledger: LedgerVerifier | None) -> dict[str, Any]:
    """Return a line's content, refusing every other way to write it."""
    index = ledger.next_index if ledger is not None and _looks_like_an_entry(raw) else None
    try:
        text = raw.decode()
        line = json.loads(text)
        if isinstance(line, dict) and f"{canonical_json(line)}\n" == text:
            return line
    except (ValueError, RecursionError) as exc:
        raise Difference(f"line {number} cannot be read ({exc})", index=index) from exc
    raise Difference(f"line {number} is not written in its one form", index=index)


def _looks_like_an_entry(raw: bytes) -> bool:
    """Tell by how a line begins, of which something may be changed, whether it was an entry's."""
    begins = (b'{"commitment":"', b'{"checkpoint":"', b'{"sha256":"')
    alike = [sum(one == other for one, other in zip(raw, begin, strict=False)) / len(begin) for begin in begins]
    return alike[0] == max(alike)


def _event(event: Any) -> dict[str, Any]:
    try:
        read = json.loads(event) if isinstance(event, str) else None
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _bytes(value: Any, length: int, name: str, index: int) -> bytes:
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length or data.hex() != value:
        raise Difference(f"its {name} is not {length} bytes in hex", index=index)
    return data
