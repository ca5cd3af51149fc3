"""BM25 as strong as plain words can be made: the baseline that `bench.search` compares with.

Documents hold all that a listing says, with words for its category, price, stars and rating beside the numbers, in
both languages. Chinese is cut into pairs of characters, English into words without plural endings. Okapi BM25
(Robertson and Zaragoza, 2009) with k1 = 1.2, b = 0.75 and the idf that is never negative.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.listing import Category, Listing
from recommender.detect import is_han
from recommender.sentence import phrase_units

_K1, _B = 1.2, 0.75
_CATEGORY_WORDS = {
    Category.RESTAURANT: "餐馆 餐厅 饭店 美食 吃饭 restaurant place to eat food",
    Category.HOTEL: "酒店 宾馆 住宿 旅馆 hotel place to stay guesthouse",
    Category.ATTRACTION: "景点 景区 游玩 好玩 attraction place to visit sight entertainment",
}
_LEVEL_WORDS = ("", "便宜 经济 cheap", "中等 适中 moderate", "贵 高档 expensive", "很贵 奢华 very expensive")


class Bm25:
    """An index over listings, whose positions are their rows."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        documents = [Counter(_tokens(" ".join(_texts(listing)))) for listing in listings]
        lengths = np.asarray([sum(document.values()) for document in documents], dtype=np.float64)
        norms = _K1 * (1 - _B + _B * lengths / lengths.mean())
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, document in enumerate(documents):
            for token, count in document.items():
                postings[token].append((row, count))
        self._count = len(listings)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for token, found in postings.items():
            rows = np.asarray([row for row, _ in found], dtype=np.int64)
            counts = np.asarray([count for _, count in found], dtype=np.float64)
            idf = math.log(1 + (len(listings) - len(found) + 0.5) / (len(found) + 0.5))
            self._postings[token] = (rows, idf * counts * (_K1 + 1) / (counts + norms[rows]))

    def search(self, text: str, k: int) -> list[int]:
        """Return the best rows, those of equal scores in row order."""
        scores = np.zeros(self._count)
        for token in set(_tokens(text)):
            if token in self._postings:
                rows, weights = self._postings[token]
                scores[rows] += weights
        order = np.lexsort((np.arange(self._count), -scores))[:k]
        return [int(row) for row in order if scores[row] > 0]


def _tokens(text: str) -> Iterator[str]:
    units = phrase_units(text)
    yield from (unit for unit in units if not is_han(unit[0]))
    yield from (a + b for a, b in pairwise(units) if is_han(a[0]) and is_han(b[0]))


def _texts(listing: Listing) -> Iterator[str]:
    for text in (
        listing.name, listing.name_en, listing.subtype, listing.subtype_en, listing.area, listing.area_en,
        listing.address, listing.address_en, listing.description, listing.description_en, listing.hours,
    ):  # fmt: skip
        yield text or ""
    for words in (
        listing.facilities, listing.facilities_en, listing.dishes, listing.dishes_en, listing.tags, listing.tags_en,
    ):  # fmt: skip
        yield " ".join(words)
    yield _CATEGORY_WORDS[Category(listing.category)]
    if listing.metro:
        yield "地铁 metro"
    if listing.price is not None:
        yield "免费 free" if listing.price == 0 else f"{listing.price:g}元 价格 人均 门票 price"
    if listing.price_level:
        yield _LEVEL_WORDS[listing.price_level]
    if listing.stars is not None:
        yield f"{listing.stars:g}星 {listing.stars:g} star"
    if listing.rating is not None:
        yield f"评分{listing.rating:g}分 rating"
