"""Write a secret into a file once: whole, readable by its owner only, and never over one that exists."""

import os
import secrets
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Write the file unless it exists; the folder is made when missing.

    Of several processes that write at once the first one's content stays, and no reader sees half of it: the content is
    on the disk under another name before the name is given. Who needs the secret reads the file afterwards.

    Raises:
        OSError: The folder or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name exists.
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
