"""Where a witness reads a log: over HTTP, or from an exported file; and how what it cosigned comes back to the log."""

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import httpx

from index.errors import StorageError, UnreadableInput, UsageError
from ledger.log.layout import tile_path
from ledger.log.tiles import HEIGHT, WIDTH, split
from ledger.proof.tree import Subtree, complete_root, leaf_hash
from ledger.proof.verifying import Difference, verify_lines


class HttpLog:
    """A log under an address such as `https://anji.example/v1/ledger`; tiles are fetched once each."""

    def __init__(self, fetch: Callable[[str], bytes], address: str) -> None:
        self._fetch = fetch
        self._address = address.rstrip("/")
        self._read: dict[str, list[bytes]] = {}

    def checkpoint(self) -> str:
        """Return the newest checkpoint, as it was signed."""
        return self._fetch(f"{self._address}/checkpoint").decode(errors="replace")

    def subtree(self, size: int) -> Subtree:
        """Return what reads the tree of the first `size` entries from the log's tiles."""

        def read(level: int, index: int) -> bytes:
            tile_level, within = divmod(level, HEIGHT)
            number, offset = divmod(index << within, WIDTH)
            width = min(WIDTH, (size >> (HEIGHT * tile_level)) - number * WIDTH)
            hashes = self._tile(f"tile/{tile_level}/{tile_path(number, width)}")[offset : offset + (1 << within)]
            if len(hashes) != 1 << within:
                raise ValueError(f"tile {number} of level {tile_level} is too short")
            return complete_root(hashes)

        return read

    def _tile(self, path: str) -> list[bytes]:
        if path not in self._read:
            self._read[path] = split(self._fetch(f"{self._address}/{path}"))
        return self._read[path]


def fetching(client: httpx.Client) -> Callable[[str], bytes]:
    """Return what fetches an address, or says that nothing is there."""

    def fetch(address: str) -> bytes:
        try:
            return client.get(address).raise_for_status().content
        except httpx.HTTPStatusError as exc:
            raise UsageError(f"{address} answers {exc.response.status_code}; is this the address of a log?") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise StorageError(f"{address} cannot be reached: {exc}") from exc

    return fetch


def send_back(client: httpx.Client, address: str, note: str) -> str | None:
    """Send a cosigned checkpoint to the log under an address; return why it was not taken, None when it was."""
    try:
        reply = client.post(
            f"{address.rstrip('/')}/cosignatures",
            content=note.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8"},
        )
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        return f"{address} cannot be reached: {exc}"
    if reply.is_success:
        return None
    try:
        return str(reply.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{address} answers {reply.status_code}"


class ExportedLog:
    """A log as `baicha ledger export` wrote it; the whole file is verified first."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key

    def checkpoint(self) -> str:
        """Return the last checkpoint of the file.

        Raises:
            UnreadableInput: The file does not verify.
        """
        return self._content[0]

    def subtree(self, size: int) -> Subtree:
        """Return what reads the tree of the file's entries."""
        leaves = self._content[1]

        def read(level: int, index: int) -> bytes:
            first = index << level
            if first + (1 << level) > min(size, len(leaves)):
                raise ValueError("the file has not so many entries")
            return complete_root(leaves[first : first + (1 << level)])

        return read

    @cached_property
    def _content(self) -> tuple[str, list[bytes]]:
        note, leaves = "", []
        try:
            with self._path.open("rb") as file:
                verify_lines(file, self._key)
                file.seek(0)
                for line in map(json.loads, file):
                    if "checkpoint" in line:
                        note = line["checkpoint"]
                    elif "index" in line:
                        leaves.append(leaf_hash(bytes.fromhex(line["commitment"])))
        except Difference as exc:
            raise UnreadableInput(f"{self._path} does not verify: {exc}") from exc
        return note, leaves
