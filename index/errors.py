"""The errors that Baicha raises on purpose, as one tree.

    BaichaError
    ├── UsageError            the caller asked for something that cannot be (HTTP 4xx, exit code 2)
    │   ├── SettingsError     a setting is unknown or has a value it cannot have
    │   ├── UnreadableInput   a file has nothing in it that can be read
    │   └── NotFound          no such listing, merchant, key …
    ├── Conflict              what is asked for contradicts what is stored (HTTP 409)
    ├── StorageError          disk full, database unreachable (HTTP 503)
    └── SnapshotError         the index on disk cannot be served
        ├── SnapshotMissing   none was built yet
        ├── SnapshotTorn      a file is missing or its checksum differs
        └── SnapshotForeign   built by another version or with another encoder

A message is one line that says what is wrong and what to do about it.
"""


class BaichaError(Exception):
    """Base of every error that Baicha raises on purpose."""


class UsageError(BaichaError):
    """The caller's input cannot be used; the message says why and what would do."""


class SettingsError(UsageError):
    """A setting is unknown, or has a value that it cannot have."""


class UnreadableInput(UsageError):
    """A file holds nothing that can be read."""


class NotFound(UsageError):
    """What was named does not exist."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}")
        self.kind = kind
        self.name = name


class Conflict(BaichaError):
    """What is asked for contradicts what is stored."""


class StorageError(BaichaError):
    """The disk or the database does not take or give data; the message says what to do."""


class SnapshotError(BaichaError):
    """The index on disk cannot be served."""


class SnapshotMissing(SnapshotError):
    """No snapshot has been built yet."""


class SnapshotTorn(SnapshotError):
    """A file of the snapshot is missing, or its checksum differs."""


class SnapshotForeign(SnapshotError):
    """The snapshot was built by another version of Baicha, or with another encoder."""
