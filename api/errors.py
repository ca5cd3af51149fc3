"""The errors that only the HTTP side raises, below the tree of `index/errors.py`.

    UsageError
    ├── Unauthenticated    no key where one is needed, or one that is not ours (401)
    ├── Forbidden          a good key of the wrong role, or a form without its CSRF token (403)
    ├── BadCursor          a cursor that this search did not give (400)
    └── TooManyTries       a limit on writes, codes or passwords is used up (429)
    StorageError
    └── NotReady           the index is still being loaded (503)

`api/problems.py` maps each to its status.
"""

from index.errors import StorageError, UsageError


class Unauthenticated(UsageError):
    """A key is missing, or one was sent that is not ours."""

    def __init__(self, message: str, *, key_was_sent: bool = False) -> None:
        super().__init__(message)
        self.key_was_sent = key_was_sent


class Forbidden(UsageError):
    """The caller is known and may not do this."""


class BadCursor(UsageError):
    """A cursor that cannot be read, or belongs to another request."""

    def __init__(self) -> None:
        super().__init__("this cursor does not belong to this request; begin again without one")


class TooManyTries(UsageError):
    """A limit is used up; `retry_after_s` says when to come back."""

    def __init__(self, what: str, retry_after_s: int) -> None:
        super().__init__(f"too many {what}; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class NotReady(StorageError):
    """The service has started and cannot answer yet."""
