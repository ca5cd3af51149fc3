"""Random secrets and the way they are kept: by hash only.

Tokens have 256 random bits, so that one round of SHA-256 protects them; passwords, which people choose, go through
Argon2id (RFC 9106) with the library's defaults.
"""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Bytes of randomness in a token.
TOKEN_BYTES = 32


def new_token() -> str:
    """Return a fresh URL-safe secret."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_id(prefix: str) -> str:
    """Return a fresh public id, such as `m_4f1c…`; it is not a secret."""
    return f"{prefix}_{secrets.token_hex(8)}"


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token, hex, as it is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def password_hash(password: str) -> str:
    """Return the Argon2id hash of a password, with its salt and parameters."""
    return _hasher().hash(password)


def password_fits(stored: str, password: str) -> bool:
    """Whether a password belongs to a stored hash."""
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys_hash() -> str:
    """Return a hash that no password fits, so that an unknown login takes as long to refuse as a known one."""
    return password_hash(new_token())
