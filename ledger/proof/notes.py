"""Signed notes (C2SP signed-note), checkpoints (tlog-checkpoint) and cosignatures (tlog-cosignature): read and checked.

A note is a text that ends in a newline, an empty line, and signature lines `— name base64(key id, signature)`. The
text of a checkpoint has three lines: the log's origin, its size, and its root in base64.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Self

from ledger.proof import ed25519
from ledger.proof.tree import HASH_BYTES

#: First byte of a key: what its signatures are.
SIGNS_NOTES = 1
COSIGNS = 4
#: Bytes of the key id in front of a signature, and of the time in a cosignature.
KEY_ID_BYTES = 4
TIME_BYTES = 8


class NoteError(ValueError):
    """A note, a key or a checkpoint is not in the form that it should have, or is not signed as it should be."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, as `name+id+base64` writes it."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key.

        Raises:
            NoteError: It has not that form, or its id is not that of its name and bytes.
        """
        name, _, rest = text.partition("+")
        _, _, encoded = rest.partition("+")
        data = decoded_base64(encoded)
        if not name or len(data) != 1 + ed25519.KEY_BYTES or data[0] not in (SIGNS_NOTES, COSIGNS):
            raise NoteError("a verifier key looks like name+0123abcd+base64 of an Ed25519 key")
        key = cls(name, data[0], data[1:])
        if str(key) != text:
            raise NoteError(f"the id in the key of {name!r} is not that of its name and bytes; was it copied whole?")
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that stand in front of this key's signatures."""
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line; `signature` follows the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {encoded_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, its last newline included, and who signed it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a note; whether its signatures hold is asked later.

        Raises:
            NoteError: It has not the form of a note.
        """
        text, gap, lines = written.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise NoteError("a note ends in an empty line and its signatures")
        note = cls(f"{text}\n", tuple(_signature(line) for line in lines[:-1].split("\n")))
        if str(note) != written:
            raise NoteError("a note is not written in its one form")
        return note

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Say whether a signature of this key is there and holds."""
        return any(_holds(self.text, one, key) for one in self.signatures if one.name == key.name)

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large a log is, and the root over it. `origin` is the log's name."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint; lines after the third are not known here and refused.

        Raises:
            NoteError: It has not that form.
        """
        lines = text.split("\n")
        if len(lines) != 4 or not lines[0] or lines[3] or not (lines[1].isascii() and lines[1].isdigit()):  # noqa: PLR2004
            raise NoteError("a checkpoint has an origin, a size and a root, one a line")
        checkpoint = cls(lines[0], int(lines[1]), decoded_base64(lines[2]))
        if len(checkpoint.root) != HASH_BYTES or checkpoint.text != text:
            raise NoteError("the size or the root of a checkpoint is not written in its one form")
        return checkpoint

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encoded_base64(self.root)}\n"


def read_checkpoint(written: str, key: VerifierKey) -> Checkpoint:
    """Read a checkpoint that the log's key signed.

    Raises:
        NoteError: It has not the form of one, is another log's, or the key did not sign it.
    """
    note = Note.parse(written)
    checkpoint = Checkpoint.parse(note.text)
    if not note.is_signed_by(key):
        raise NoteError(f"the checkpoint of {checkpoint.size} is not signed by {key.name}")
    return checkpoint


def cosigned_text(text: str, time_s: int) -> bytes:
    """Return what a witness signs: that it saw this checkpoint at that time, in seconds since 1970."""
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def encoded_base64(data: bytes) -> str:
    """Return the standard base64 of some bytes."""
    return base64.b64encode(data).decode("ascii")


def decoded_base64(text: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises:
        NoteError: It is none, or not in the one form that its bytes have.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as exc:
        raise NoteError("this is no base64") from exc
    if encoded_base64(data) != text:
        raise NoteError("this base64 is not in its one form")
    return data


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    data = decoded_base64(encoded)
    if dash != "—" or not name or "+" in name or len(data) <= KEY_ID_BYTES:
        raise NoteError("a signature line has a dash, a name, and a key id with a signature")
    return Signature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def _holds(text: str, line: Signature, key: VerifierKey) -> bool:
    if line.key_id != key.id:
        return False
    if key.kind == SIGNS_NOTES:
        return ed25519.verifies(key.public, text.encode(), line.signature)
    time_s = int.from_bytes(line.signature[:TIME_BYTES], "big")
    return ed25519.verifies(key.public, cosigned_text(text, time_s), line.signature[TIME_BYTES:])
