"""A served first run for the walk: the real command in a process of its own, and what it printed."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from index.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
#: A first run embeds some two hundred descriptions; on a busy machine that takes its time.
READY_WITHIN_S = 240


def noon_somewhere() -> str:
    """Return the time zone where it is between eleven and twelve now.

    A visitor's number is a new one after the county's midnight, and places close at night: a walk keeps to the day.
    """
    ahead = 11 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # POSIX counts westwards


@dataclass
class Operator:
    """Who runs the service: a data folder, a database, a port, and the command line."""

    settings: Settings
    port: int = field(default_factory=free_port)
    timezone: str = field(default_factory=noon_somewhere)
    printed: list[str] = field(default_factory=list)
    _server: "subprocess.Popen[str] | None" = None
    _reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """The environment of the operator's shell."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BAICHA_")}
        own = {"BAICHA_DATA": str(self.settings.data), "BAICHA_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        own["BAICHA_TIMEZONE"] = self.timezone
        own["BAICHA_HOLD_OUT"] = "0"  # or one walk in six would miss a result that it looks for
        if self.settings.database_url:
            own["BAICHA_DATABASE_URL"] = self.settings.database_url
        return kept | own

    def run(self, *words: str | Path, code: int = 0, **more: str) -> str:
        """Run `baicha WORDS` to its end; return what it printed on standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *map(str, words)],
            cwd=ROOT,
            env=self.environment() | more,
            capture_output=True,
            text=True,
            timeout=READY_WITHIN_S,
            check=False,
        )
        assert done.returncode == code, f"baicha {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def status(self) -> dict[str, Any]:
        """Return what `baicha status --json` says."""
        found: dict[str, Any] = json.loads(self.run("status", "--json"))
        return found

    def serve(self) -> None:
        """Do what `make run` does once everything is installed, and wait until the service is ready."""
        self.printed = []
        self._server = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--starter", str(ROOT / "starter")],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            assert self._server.poll() is None, "".join(self.printed)
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError("not ready: " + "".join(self.printed))

    def stop(self) -> int:
        """Press Ctrl-C; return the exit code."""
        if self._server is None or self._reader is None:
            return 0
        self._server.send_signal(signal.SIGINT)
        code = self._server.wait(timeout=READY_WITHIN_S)
        self._reader.join()
        assert self._server.stdout is not None
        self._server.stdout.close()
        self._server = None
        return code

    def said(self, pattern: str) -> str:
        """Return the first group of a pattern in what the service printed."""
        found = re.search(pattern, "".join(self.printed))
        assert found is not None, f"{pattern} not in:\n" + "".join(self.printed)
        return found.group(1)

    def _read(self) -> None:
        assert self._server is not None
        assert self._server.stdout is not None
        for line in self._server.stdout:
            self.printed.append(line)
