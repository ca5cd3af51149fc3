"""Whom a merchant's page lets in: the owner alone, or their staff too."""

from api.accounts import Role
from api.errors import Forbidden
from api.pages.page import Frame
from api.pages.route import LoginNeeded


def owner_of(frame: Frame) -> str:
    """Return the merchant whose owner is logged in.

    Raises:
        LoginNeeded: Nobody is, or somebody who is of no merchant's.
        Forbidden: A member of staff is.
    """
    merchant = owner_or_staff(frame)
    if frame.holder.role is not Role.MERCHANT:
        raise Forbidden("this page is for the owner; ask them")
    return merchant


def owner_or_staff(frame: Frame) -> str:
    """Return the merchant whose owner, or one of whose staff, is logged in.

    Raises:
        LoginNeeded: Nobody is, or somebody who is of no merchant's.
    """
    if frame.holder.role not in {Role.MERCHANT, Role.STAFF} or frame.holder.merchant is None:
        raise LoginNeeded("/login")
    return frame.holder.merchant
