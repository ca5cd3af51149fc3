"""Ports for servers that the tests start as processes of their own."""

import os
import socket
from itertools import count

#: Below those that Linux gives to outgoing connections (from 32768 on), any of which could take a port between the
#: moment when it is found free and the one when the server binds it.
_FIRST, _LAST = 15_000, 32_000
#: Each process of a test run begins elsewhere, and gives out no port twice.
_turns = count(os.getpid() * 61)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    for turn in _turns:
        port = _FIRST + turn % (_LAST - _FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("the turns have no end")
