"""The roles, and who holds one in a request."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller may see. A tourist needs no key and is `nobody`; `merchant` is the owner, who invites `staff`."""

    NOBODY = "nobody"
    STAFF = "staff"
    MERCHANT = "merchant"
    BOARD = "board"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who calls. `merchant` is set for merchants and staff; `credential` names the key's prefix or the login.

    `by_key`: a program with a key, which does not see by itself all that the owner sees.
    """

    role: Role
    merchant: str | None = None
    credential: str | None = None
    by_key: bool = False

    def owns(self, merchant: str) -> bool:
        """Whether the caller is this merchant: the owner, or a program with the owner's key."""
        return self.role is Role.MERCHANT and self.merchant == merchant

    def works_for(self, merchant: str) -> bool:
        """Whether the caller is this merchant or one of their staff, who see figures and the counter's code."""
        return self.role in {Role.MERCHANT, Role.STAFF} and self.merchant == merchant


NOBODY = Holder(Role.NOBODY)
