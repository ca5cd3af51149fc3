"""Browsers for the pages: in process for what needs no script, Chromium for what does."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from scripts.find_chromium import found
from tests.api.builders import Served
from tests.api.pages.reading import Reader

ROOT = Path(__file__).parents[3]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def zh(served: Served) -> Reader:
    """Somebody who reads Chinese."""
    return Reader(served.browser(), "zh-CN,zh;q=0.9")


@pytest.fixture
def en(served: Served) -> Reader:
    """Somebody who reads English."""
    return Reader(served.browser(), "en-GB,en;q=0.9")


@pytest.fixture(scope="session")
def assets() -> None:
    """The built script and style sheets."""
    subprocess.run([sys.executable, ROOT / "scripts" / "build_assets.py"], check=True, timeout=300)


@pytest.fixture
def site(served: Served, assets: None) -> Iterator[str]:
    """The address of a server with the county of the tests."""
    listener = socket.create_server(("127.0.0.1", 0))
    # The lifespan would close the container, which the county's own fixture does.
    server = uvicorn.Server(uvicorn.Config(served.app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, from `BAICHA_CHROMIUM` or PATH."""
    path = found()
    if path is None or shutil.which(path) is None:
        pytest.skip("no Chromium; install one, or name it in BAICHA_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
