"""A Milvus server of the tests' own, started from its wheel in a fresh folder; Milvus Lite where that cannot run."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def milvus_uri(folder: Path) -> Iterator[str]:
    """Yield where to connect to: a server's address, or the file of a Milvus Lite."""
    # Unpacked, the server has 400 MB, which pytest would keep of its last three runs.
    base = tempfile.mkdtemp(prefix="baicha-milvus-")
    server = None
    try:
        try:
            from milvus import MilvusServer, MilvusServerConfig

            server = MilvusServer(MilvusServerConfig())
            server.set_base_dir(base)
            # Its wheel leaves sockets open that it only tried.
            with warnings.catch_warnings(action="ignore"):
                server.start()
        except (ImportError, OSError, RuntimeError):
            yield str(folder / "milvus.db")
        else:
            yield f"http://127.0.0.1:{server.listen_port}"
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(base, ignore_errors=True)
