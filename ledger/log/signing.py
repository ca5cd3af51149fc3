"""The key that signs checkpoints: Ed25519, in the data folder, readable by its owner only.

The file has the one line of C2SP's signed-note tools: `PRIVATE+KEY+name+id+base64`.
"""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from index.errors import StorageError
from index.secret_file import write_once
from ledger.proof.notes import (
    COSIGNS,
    SIGNS_NOTES,
    TIME_BYTES,
    Note,
    NoteError,
    Signature,
    VerifierKey,
    cosigned_text,
    decoded_base64,
    encoded_base64,
)

#: The log's key in the data folder.
KEY_FILE = "ledger.key"
_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A named private key. `kind` says whether it signs a log's checkpoints or cosigns those of others."""

    name: str
    kind: int
    seed: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as its file has it.

        Raises:
            NoteError: It has not that form.
        """
        name, _, rest = text.removeprefix(_PREFIX).partition("+")
        data = decoded_base64(rest.partition("+")[2])
        key = cls(name, data[0] if data else 0, data[1:])
        if len(key.seed) != 32 or key.kind not in (SIGNS_NOTES, COSIGNS) or key.text != text:  # noqa: PLR2004
            raise NoteError("a signing key looks like PRIVATE+KEY+name+0123abcd+base64")
        return key

    @property
    def text(self) -> str:
        """The key as its file has it."""
        return f"{_PREFIX}{self.name}+{self.public.id.hex()}+{encoded_base64(bytes([self.kind]) + self.seed)}"

    @property
    def public(self) -> VerifierKey:
        """The public key, which may be printed anywhere."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def signed(self, text: str) -> str:
        """Return the text as a note that this key signed."""
        return str(Note(text, (Signature(self.name, self.public.id, self._sign(text.encode())),)))

    def cosigned(self, note: Note, time_s: int) -> str:
        """Return a note with this witness's cosignature, which says when it was seen, in seconds since 1970."""
        signature = time_s.to_bytes(TIME_BYTES, "big") + self._sign(cosigned_text(note.text, time_s))
        own = Signature(self.name, self.public.id, signature)
        # The log may serve what this witness signed before: one signature of each is enough.
        others = (one for one in note.signatures if (one.name, one.key_id) != (own.name, own.key_id))
        return str(Note(note.text, (*others, own)))

    def _sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


def load_key(path: Path, *, kind: int = SIGNS_NOTES, name: str = "baicha-ledger") -> SigningKey:
    """Return the key in a file, made at the first call under `name` and a part of its own hash.

    Raises:
        StorageError: The file cannot be read or written, or holds no such key.
    """
    try:
        if not path.exists():
            _make(path, kind, name)
        key = SigningKey.parse(path.read_text(encoding="ascii").strip())
    except OSError as exc:
        raise StorageError(f"cannot keep the signing key in {path}: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise StorageError(f"{path} holds no signing key; restore it from a backup ({exc})") from exc
    if key.kind != kind:
        raise StorageError(f"{path} holds a key for another purpose; name another file")
    return key


def _make(path: Path, kind: int, name: str) -> None:
    seed = secrets.token_bytes(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    key = SigningKey(f"{name}-{hashlib.sha256(public).hexdigest()[:12]}", kind, seed)
    write_once(path, f"{key.text}\n".encode("ascii"))
