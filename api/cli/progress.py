"""Show how a long step goes on: a bar where somebody watches a terminal, a line every tenth elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

    from index.progress import Progress

_TENTHS = 10
#: What the index calls its steps, for people.
_NAMES = {"import": "Reading the file", "vectors": "Embedding", "words": "Indexing words"}


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator["Progress"]:
    """Yield a function for `on_progress=`; whatever it left unfinished on the screen is tidied up afterwards."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield _lines(stream)
        return
    bars: dict[str, tqdm[Any]] = {}
    try:
        yield _bars(stream, bars)
    finally:
        for bar in bars.values():
            bar.close()


def _lines(stream: TextIO) -> Callable[[str, int, int], None]:
    shown: dict[str, int] = {}

    def show(step: str, done: int, total: int) -> None:
        tenth = _TENTHS * done // total if total else _TENTHS
        if tenth > shown.get(step, 0):
            shown[step] = tenth
            print(f"{_NAMES.get(step, step)}: {tenth * _TENTHS}%", file=stream, flush=True)

    return show


def _bars(stream: TextIO, bars: "dict[str, tqdm[Any]]") -> Callable[[str, int, int], None]:
    from tqdm import tqdm

    def show(step: str, done: int, total: int) -> None:
        if step not in bars:
            for bar in bars.values():
                bar.close()
            bars[step] = tqdm(desc=_NAMES.get(step, step), total=total, file=stream, unit_scale=True, leave=False)
        bars[step].update(done - bars[step].n)

    return show
