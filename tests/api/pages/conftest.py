"""Browsers for the pages: in process for what needs no script, Chromium for what does."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from tests.api.builders import Served
from tests.api.pages.reading import Reader


@pytest.fixture
def zh(served: Served) -> Reader:
    """Somebody who reads Chinese."""
    return Reader(served.browser(), "zh-CN,zh;q=0.9")


@pytest.fixture
def en(served: Served) -> Reader:
    """Somebody who reads English."""
    return Reader(served.browser(), "en-GB,en;q=0.9")


@pytest.fixture
def site(served: Served, assets: None) -> Iterator[str]:
    """The address of a server with the county of the tests."""
    listener = socket.create_server(("127.0.0.1", 0))
    # The lifespan would close the container, which the county's own fixture does.
    server = uvicorn.Server(uvicorn.Config(served.app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()
