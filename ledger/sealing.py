"""Seals: what the server hands out and knows again, by HMAC-SHA256 under a secret that is passed in."""

import base64
import binascii
import hmac

#: Bytes of a seal; 128 bits cannot be guessed, and a short seal makes a QR code that old cameras read.
SEAL_BYTES = 16


def keyed(secret: bytes, purpose: str, message: bytes) -> bytes:
    """Return HMAC-SHA256 of a message; one purpose's values are worthless for another's."""
    return hmac.digest(secret, purpose.encode() + b"\x00" + message, "sha256")


def seal(secret: bytes, purpose: str, message: bytes) -> str:
    """Return the message and its seal as one text of URL-safe characters."""
    return f"{_text(message)}.{_text(keyed(secret, purpose, message)[:SEAL_BYTES])}"


def unseal(secret: bytes, purpose: str, sealed: str) -> bytes | None:
    """Return the message, None when the text was not sealed for this purpose with this secret."""
    message_text, _, seal_text = sealed.partition(".")
    message, given = _bytes(message_text), _bytes(seal_text)
    if message is None or given is None:
        return None
    expected = keyed(secret, purpose, message)[:SEAL_BYTES]
    return message if hmac.compare_digest(expected, given) else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # A text that decodes but is not what `_text` writes would be a second seal of the same message.
    return data if _text(data) == text else None
