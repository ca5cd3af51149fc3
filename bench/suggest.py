"""How long a suggestion takes and how often it holds what was meant, beside rapidfuzz scanning every name.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.suggest [ROWS …]

Names are made up and seeded: Chinese ones of three to six characters, half of them with an English name. Each is typed
as its first half, whole, in pinyin, and in pinyin with one letter left out; `found` is the share of those whose name is
among eight. Several made-up names begin alike, so that no method finds all by their first half.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from recommender.autocomplete import Completer, Entry, EntryKind, sounded, typed_key

_HAN = "竹溪山水茶云石松梅兰荷月星风雨花鸟鱼龙凤金玉清白青红古新大小东西南北上下里外人家园居舍坊堂楼阁馆院村镇湖泉岭谷"
_NOUNS = "bamboo brook hill cloud stone pine plum moon star wind lake spring valley bridge garden house lodge inn"
_WORDS = tuple(_NOUNS.split(" "))
_ASKED = 300
_SHOWN = 8
_SEED = 7


def entries(rows: int) -> list[Entry]:
    """Return made-up listings."""
    rng = random.Random(_SEED)  # noqa: S311 - names, not keys
    made = []
    for row in range(rows):
        name = "".join(rng.choices(_HAN, k=rng.randint(3, 6)))
        english = " ".join(rng.choices(_WORDS, k=3)).title() + f" {row}" if row % 2 else None
        made.append(Entry(EntryKind.LISTING, name, english, listing_id=str(row)))
    return made


def typings(names: Sequence[str]) -> dict[str, list[str]]:
    """Return each name as it might be typed."""
    rng = random.Random(_SEED)  # noqa: S311 - slips, not keys
    slips = []
    for name in names:
        key = sounded(typed_key(name))
        at = rng.randrange(1, len(key) - 1)
        slips.append(key[:at] + key[at + 1 :])
    return {
        "first half": [name[: (len(name) + 1) // 2] for name in names],
        "whole name": list(names),
        "pinyin": [sounded(typed_key(name)) for name in names],
        "one slip": slips,
    }


def main(sizes: Sequence[int]) -> None:
    """Print a table for each size."""
    for rows in sizes:
        listings = entries(rows)
        began = time.perf_counter()
        completer = Completer(listings)
        print(f"\n{rows:,} listings; built in {time.perf_counter() - began:.2f} s")
        spelt = [entry.name or "" for entry in listings] + [sounded(entry.name or "") for entry in listings]

        def scan(text: str, spelt: Sequence[str] = spelt, rows: int = rows) -> set[str]:
            return {str(at % rows) for _, _, at in process.extract(text, spelt, scorer=fuzz.ratio, limit=_SHOWN)}

        def complete(text: str, completer: Completer = completer) -> set[str]:
            return {one.entry.listing_id or "" for one in completer.complete(text, _SHOWN)}

        asked = random.Random(_SEED).sample(listings, min(_ASKED, rows))  # noqa: S311
        print(f"{'typed':<12}{'method':<12}{'ms p50':>9}{'ms p95':>9}{'found':>8}")
        for typed, texts in typings([entry.name or "" for entry in asked]).items():
            for method, answer in (("Baicha", complete), ("rapidfuzz", scan)):
                wanted = [entry.listing_id or "" for entry in asked]
                count = len(texts) if method == "Baicha" else min(len(texts), 50)
                _print_row(typed, method, answer, texts[:count], wanted)


def _print_row(
    typed: str, method: str, answer: Callable[[str], set[str]], texts: Sequence[str], wanted: Sequence[str]
) -> None:
    times, found = [], 0
    for text, listing in zip(texts, wanted, strict=False):
        began = time.perf_counter()
        shown = answer(text)
        times.append((time.perf_counter() - began) * 1000)
        found += listing in shown
    p50, p95 = np.percentile(times, (50, 95))
    print(f"{typed:<12}{method:<12}{p50:>9.2f}{p95:>9.2f}{found / len(texts):>8.2f}")


if __name__ == "__main__":
    main([int(rows) for rows in sys.argv[1:]] or [2_549, 100_000])
