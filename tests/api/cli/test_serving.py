"""Serving: the first run is told of, the second is quick and builds nothing, and what is in the way is said at once."""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.cli.conftest import ROOT, Run, start
from tests.ports import free_port

pytestmark = pytest.mark.one_database(
    "sqlite", "its processes serve a folder; `serve` on PostgreSQL is walked by test_walk and begun by test_starter"
)

#: Long enough for two busy cores to load the encoder; a failure, not a measure.
PATIENCE_S = 300


@contextmanager
def _served(data: Path, port: int, *words: str, **more: str) -> Iterator["tuple[httpx.Client, subprocess.Popen[str]]"]:
    process = start(data, "serve", *words, BAICHA_PORT=str(port), **more)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
            _wait(client, process)
            yield client, process
    finally:
        process.kill()
        process.communicate()


def _wait(client: httpx.Client, process: "subprocess.Popen[str]", path: str = "/readyz") -> None:
    for _ in range(PATIENCE_S * 5):
        assert process.poll() is None, process.communicate()
        try:
            if client.get(path, timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError


def _stop(process: "subprocess.Popen[str]", sign: signal.Signals = signal.SIGINT) -> tuple[str, str]:
    process.send_signal(sign)
    return process.communicate(timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a whole first run with the starter data, and what that run printed."""
    folder = tmp_path_factory.mktemp("county")
    with _served(folder / "data", free_port(), "--starter", str(ROOT / "starter")) as (client, process):
        found = client.get("/v1/search", params={"q": "带孩子去哪里玩，不要太贵", "limit": 10}).json()
        assert len(found["results"]) == 10
        key = client.get("/v1/admin/keys").status_code
        out, err = _stop(process)
    assert key == httpx.codes.UNAUTHORIZED
    (folder / "out").write_text(out, encoding="utf-8")
    (folder / "err").write_text(err, encoding="utf-8")
    assert process.returncode == 0
    return folder


def _snapshot(baicha: Run, data: Path) -> str:
    return str(json.loads(baicha("status", "--json", "--data", data).out)["snapshot"])


def test_the_first_run_prints_progress_an_admin_key_a_login_and_the_address(county: Path) -> None:
    out, err = ((county / name).read_text(encoding="utf-8") for name in ("out", "err"))
    assert re.search(r"bch_[0-9a-f]{12}_\S+", out)
    assert "demo" in out
    assert re.search(r"http://127\.0\.0\.1:\d+/\?q=%", out)
    assert "curl -G http://127.0.0.1" in out
    assert "[1/6]" in err
    assert "[6/6]" in err
    assert "Traceback" not in err


def test_what_was_printed_opens_the_doors_and_the_second_run_builds_nothing(county: Path, baicha: Run) -> None:
    printed = (county / "out").read_text(encoding="utf-8")
    key = re.search(r"bch_\S+", printed)
    password = re.search(r"Password\s+(\S+)", printed)
    assert key is not None
    assert password is not None
    before = _snapshot(baicha, county / "data")
    with _served(county / "data", free_port(), "--starter", str(ROOT / "starter")) as (client, process):
        listed = client.get("/v1/admin/keys", headers={"Authorization": f"Bearer {key[0]}"})
        page = client.get("/", headers={"Accept": "text/html"})
        out, err = _stop(process, signal.SIGTERM)
    assert listed.status_code == httpx.codes.OK
    assert "<html" in page.text.lower()
    assert "bch_" not in out, "a key is shown once"
    assert "curl -G" in out
    assert not re.search(r"\[\d/5\]|Embedding|behind", err), "nothing was loaded or built again"
    assert _snapshot(baicha, county / "data") == before
    assert process.returncode == 0


def test_workers_share_the_port_and_end_together(county: Path) -> None:
    with _served(county / "data", free_port(), "--workers", "2") as (client, process):
        assert client.get("/v1/search", params={"q": "民宿"}).status_code == httpx.codes.OK
        _, err = _stop(process)
    assert process.returncode == 0
    assert err.count("Application startup complete") == 2
    assert "Traceback" not in err
    assert "Warning" not in err


def test_a_taken_port_is_told_before_any_work(baicha: Run, data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = baicha("serve", "--starter", ROOT / "starter", "--port", port)
    assert done.code == 2
    assert f"port {port} is taken" in done.err
    assert re.search(r"BAICHA_PORT=\d+ make run", done.err)
    assert done.err.count("\n") == 1
    assert not data.exists()


def test_an_address_of_another_machine_is_told(baicha: Run) -> None:
    done = baicha("serve", "--host", "192.0.2.1", "--port", "18080")
    assert done.code == 2
    assert "no address of this machine" in done.err


def test_an_impossible_port_is_told_by_its_setting(baicha: Run) -> None:
    done = baicha("serve", "--port", "70000")
    assert done.code == 2
    assert "BAICHA_PORT" in done.err


def test_an_empty_folder_is_served_and_says_how_to_begin(data: Path) -> None:
    port = free_port()
    process = start(data, "serve", BAICHA_PORT=str(port))
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
            _wait(client, process, "/healthz")
            assert client.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
        _, err = _stop(process)
    finally:
        process.kill()
        process.communicate()
    assert "baicha import FILE" in err
