"""The form of a backup: one `.tar.gz` that begins with a manifest of every file's size and SHA-256.

The manifest is the first member, so that a reader knows what to expect before it unpacks anything.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from index.errors import UnreadableInput

MANIFEST = "manifest.json"
#: Larger than any manifest; what is longer is something else.
_MANIFEST_LIMIT = 16 * 1024 * 1024
_BLOCK = 1024 * 1024


class FileEntry(BaseModel):
    """One file of the backup. `sha256` is in hex, `size` in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a backup holds. `revision` is the database's, None when none is in it.

    `postgresql` stands in backups of earlier versions, which left such a database out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["baicha-backup/1"] = "baicha-backup/1"
    version: str
    made_at: datetime
    database: Literal["sqlite", "postgresql", "none"]
    revision: str | None
    snapshot: str | None
    files: Mapping[str, FileEntry]

    @field_validator("files")
    @classmethod
    def _stay_inside(cls, files: Mapping[str, FileEntry]) -> Mapping[str, FileEntry]:
        for name in files:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or name != str(path) or name == MANIFEST:
                raise ValueError(f"impossible file name {name!r}")
        return files


def describe(path: Path) -> FileEntry:
    """Return a file's size and checksum."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileEntry(size=file.tell(), sha256=digest.hexdigest())


def write(target: Path, manifest: Manifest, folder: Path) -> None:
    """Write the archive beside `target`, then rename it: a file of that name is whole, or is not there."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
                _add_bytes(archive, MANIFEST, manifest.model_dump_json(indent=1).encode(), manifest.made_at)
                for name in manifest.files:
                    archive.add(folder / name, arcname=name, recursive=False, filter=_private)
            raw.flush()
            os.fsync(raw.fileno())
        part.chmod(0o600)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack a backup into an existing folder, verifying every byte.

    Raises:
        UnreadableInput: It is no backup, it is torn, or a checksum differs; what was unpacked is of no use then.
    """
    try:
        with tarfile.open(source, mode="r|gz") as archive:
            manifest = _read_manifest(source, archive.next(), archive)
            found = {member.name for member in _members(archive, manifest, folder, source)}
    except FileNotFoundError as exc:
        raise UnreadableInput(f"there is no backup {source}") from exc
    except (tarfile.TarError, EOFError, OSError) as exc:
        if isinstance(exc, OSError) and exc.errno is not None:
            raise  # the disk's fault, not the archive's
        raise UnreadableInput(f"{source} is torn, or no backup of Baicha; use another one ({exc})") from exc
    missing = sorted(set(manifest.files) - found)
    if missing:
        raise UnreadableInput(f"{source} is torn: {missing[0]} is missing; use another backup")
    return manifest


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owned a file on the machine that made the backup."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes, made_at: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mtime = int(made_at.timestamp())
    archive.addfile(member, io.BytesIO(content))


def _read_manifest(source: Path, member: tarfile.TarInfo | None, archive: tarfile.TarFile) -> Manifest:
    stream = archive.extractfile(member) if member is not None and member.name == MANIFEST else None
    if member is None or stream is None or member.size > _MANIFEST_LIMIT:
        raise UnreadableInput(f"{source} is no backup of Baicha: it does not begin with a manifest")
    try:
        return Manifest.model_validate_json(stream.read())
    except ValidationError as exc:
        reason = exc.errors()[0]["msg"]
        raise UnreadableInput(f"{source} has a manifest that this version cannot read: {reason}") from exc


def _members(archive: tarfile.TarFile, manifest: Manifest, folder: Path, source: Path) -> list[tarfile.TarInfo]:
    unpacked = []
    while (member := archive.next()) is not None:
        entry = manifest.files.get(member.name)
        stream = archive.extractfile(member) if member.isfile() else None
        if entry is None or stream is None:
            raise UnreadableInput(f"{source} holds {member.name}, which its manifest does not name; use another backup")
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if _copy(stream, path) != entry:
            raise UnreadableInput(f"{source} is damaged: the checksum of {member.name} differs; use another backup")
        unpacked.append(member)
    return unpacked


def _copy(stream: IO[bytes], path: Path) -> FileEntry:
    """Write a member to a file that only its owner may read; return what was read."""
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return FileEntry(size=size, sha256=digest.hexdigest())
