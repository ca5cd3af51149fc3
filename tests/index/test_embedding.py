import subprocess
import sys

import numpy as np
import psutil
import pytest

from index import embedding
from index.embedding import embed_all
from index.encoders import embed_passages, load_encoder
from index.errors import SettingsError

_PASSAGES = [f"restaurant number {number} 竹林鸡" for number in range(600)]


def test_processes_make_the_same_vectors_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = np.concatenate(list(embed_all("use", _PASSAGES)))
    monkeypatch.setattr(embedding, "MANY", 500)
    together = np.concatenate(list(embed_all("use", _PASSAGES)))
    assert np.allclose(alone, embed_passages(load_encoder("use"), _PASSAGES), atol=1e-5)
    assert np.allclose(alone, together, atol=1e-5)


def test_an_encoder_that_cannot_be_loaded_says_so_before_any_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "MANY", 1)
    with pytest.raises(SettingsError, match="cannot load 'no/such'"):
        next(embed_all("no/such", _PASSAGES))


def test_processes_end_with_a_builder_that_is_killed() -> None:
    told = (
        "from index import embedding\n"
        "if __name__ == '__main__':\n"
        "    embedding.MANY = 1\n"
        "    for _ in embedding.embed_all('use', [f'tea house {n}' for n in range(100_000)]):\n"
        "        print('embedded', flush=True)\n"
    )
    command = [sys.executable, "-c", told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "embedded\n"
        started = psutil.Process(builder.pid).children(recursive=True)
        assert len(started) >= 2
        builder.kill()
    assert psutil.wait_procs(started, timeout=60)[1] == []
