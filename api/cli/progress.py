"""Show how a long step goes on: a bar where somebody watches a terminal, a line every tenth elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

    from index.progress import Progress

_TENTHS = 10
#: What the index calls its steps, for people.
_NAMES = {
    "import": "Reading the file",
    "vectors": "Embedding",
    "anywhere": "Indexing vectors",
    "words": "Indexing words",
    "milvus": "Pushing",
    "history": "Made-up history",
}
#: What a step counts, where it is not listings.
_UNITS = {"import": "B", "history": "events"}


@contextmanager
def progress(stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> Iterator["Progress"]:
    """Yield a function for `on_progress=`; whatever it left unfinished on the screen is tidied up afterwards."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield _lines(stream, clock)
        return
    bars: dict[str, tqdm[Any]] = {}
    try:
        yield _bars(stream, bars)
    finally:
        for bar in bars.values():
            bar.close()


def _lines(stream: TextIO, clock: Callable[[], float]) -> Callable[[str, int, int], None]:
    shown: dict[str, int] = {}
    began: dict[str, tuple[float, int]] = {}

    def show(step: str, done: int, total: int) -> None:
        since, before = began.setdefault(step, (clock(), done))
        tenth = _TENTHS * done // total if total else _TENTHS
        if tenth > shown.get(step, 0):
            shown[step] = tenth
            rate = _rate(step, done - before, clock() - since)
            print(f"{_NAMES.get(step, step)}: {tenth * _TENTHS}%{rate}", file=stream, flush=True)

    return show


def _rate(step: str, done: int, seconds: float) -> str:
    """Return how fast a step goes, where there is something to tell it by."""
    if done <= 0 or seconds <= 0:
        return ""
    return f" ({done / seconds:,.0f} {_UNITS.get(step, 'listings')}/s)"


def _bars(stream: TextIO, bars: "dict[str, tqdm[Any]]") -> Callable[[str, int, int], None]:
    from tqdm import tqdm

    def show(step: str, done: int, total: int) -> None:
        if step not in bars:
            for bar in bars.values():
                bar.close()
            unit = _UNITS.get(step, "listings")
            bars[step] = tqdm(
                desc=_NAMES.get(step, step),
                total=total,
                unit=unit if unit == "B" else f" {unit}",
                file=stream,
                unit_scale=True,
                leave=False,
            )
        bars[step].update(done - bars[step].n)

    return show
