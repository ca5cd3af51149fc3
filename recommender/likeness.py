"""Words that no listing uses, held against those that listings do use, by the encoder ("能洗澡的热水" → 24小时热水).

Only what is asked for as something to have ("要有…", "with …") and was not understood otherwise is looked up, and what
is found only ranks: the encoder's likeness is a guess, which a chip shows and the asker can take away.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.changed_lexicon import ChangedLexicon
from recommender.lexicon import Lexicon, Thing
from recommender.query import Limit, LimitKind
from recommender.sentence import READ, Sentence, phrase_units

#: Likeness (cosine) from which a phrase is taken to mean a thing. Of the ontology's words for facilities and tags that
#: listings do not use, each held against those that they do, what is found rightly less what is found wrongly is 6.3%
#: at 0.65, 6.4% at 0.60, 5.0% at 0.55 and 5.6% at 0.70, on the mean of ten cities and two languages. Chosen on nine
#: cities and judged on the tenth it is 0.60 or 0.65; the higher one guesses wrongly less often
#: (`python -m bench.generalise`).
LIKE_ENOUGH = 0.65
#: Things that are compared with, those that most listings have; phrases of a sentence that are looked up.
_MOST_THINGS, _MOST_PHRASES = 2_000, 3
_CACHED = 4_096
#: Cosines that differ by less are the same, but for how they were added up.
_SAME = 1e-5
_ASKED = re.compile(
    r"(?:[要带含配]?有|能够?+|可以?+|提供|附带|配备|要能|最好能)(?P<zh>[\u4e00-\u9fff]{2,10}?)"
    r"(?=的(?:酒店|民宿|地方|住处|店|餐馆|餐厅|景点|饭店)|吗|么|呢|吧|$|[^\u4e00-\u9fff])"
    r"|\b(?:with|has|have|having|offers?|offering|provides?|including)\s+(?:an?\s+|the\s+|some\s+)?"
    rf"(?P<en>[a-z][a-z' -]{{2,40}}?)(?=\s+(?:and|or|near|in|under|for|please|too|available)\b|[?,.!;{READ}]|\s*$)"
)
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class Likeness:
    """Finds the thing that a phrase is most like, over the things of one lexicon. Safe to share between threads."""

    def __init__(self, lexicon: Lexicon, embed_things: Embed, embed_phrases: Embed) -> None:
        things = sorted(_compared(lexicon.things.values()), key=lambda thing: (-len(thing.rows), thing.key))
        self._take(things[:_MOST_THINGS], embed_things)
        self._embed_things = embed_things
        self._embed = embed_phrases
        self._is_filler = lexicon.is_filler
        self._things_now = lexicon.things

    def _take(self, things: Iterable[Thing], embed: Embed) -> None:
        named = [(thing, words) for thing in things for words in (thing.label_zh, thing.label_en) if words]
        self._things: list[Thing] = [thing for thing, _ in named]
        self._vectors = embed([words for _, words in named]) if named else None
        self.nearest = lru_cache(maxsize=_CACHED)(self._nearest)

    def changed(self, lexicon: ChangedLexicon) -> "Likeness":
        """Return the same over a lexicon with changes; only what is new in it is embedded."""
        made = copy(self)
        made._take(_compared(lexicon.new_things.values()), self._embed_things)  # noqa: SLF001 - of this class
        made._things = [*self._things, *made._things]  # noqa: SLF001
        both = [vectors for vectors in (self._vectors, made._vectors) if vectors is not None]  # noqa: SLF001
        made._vectors = np.concatenate(both) if both else None  # noqa: SLF001
        made._things_now = lexicon.things  # noqa: SLF001
        return made

    def read(self, sentence: Sentence) -> Iterator[Limit]:
        """Yield a soft limit for each phrase that is asked for, was not read, and is like a thing."""
        if self._vectors is None:
            return
        for match in list(_ASKED.finditer(sentence.rest))[:_MOST_PHRASES]:
            group = "zh" if match["zh"] else "en"
            phrase = match[group].strip()
            if all(self._is_filler(unit) for unit in phrase_units(phrase)):
                continue
            thing, likeness = self.nearest(phrase)
            if likeness >= LIKE_ENOUGH and thing.key in self._things_now:
                yield Limit(thing.kind, values=(thing.key,), hard=False, start=match.start(group), end=match.end(group))

    def _nearest(self, phrase: str) -> tuple[Thing, float]:
        """Return the thing that a phrase is most like, and how much."""
        likenesses = np.asarray(self._vectors) @ self._embed([phrase])[0]
        # Of things called alike the first, whatever the last digit of a product says.
        best = int(np.argmax(likenesses >= likenesses.max() - _SAME))
        return self._things[best], float(likenesses[best])


def _compared(things: Iterable[Thing]) -> Iterator[Thing]:
    """Yield the facilities and tags that listings say."""
    for thing in things:
        if thing.kind in (LimitKind.FACILITY, LimitKind.TAG) and not thing.is_concept and len(thing.rows):
            yield thing
