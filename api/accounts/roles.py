"""The roles, and who holds one in a request."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller may see. A tourist needs no key and is `nobody`."""

    NOBODY = "nobody"
    MERCHANT = "merchant"
    BOARD = "board"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who calls. `merchant` is set for merchants; `credential` names the key's prefix or the login, for the log."""

    role: Role
    merchant: str | None = None
    credential: str | None = None

    def owns(self, merchant: str) -> bool:
        """Whether the caller is this merchant."""
        return self.role is Role.MERCHANT and self.merchant == merchant


NOBODY = Holder(Role.NOBODY)
