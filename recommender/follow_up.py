"""Follow-ups: "便宜一点的", "换一家", "with parking?", "what about dinner near there" refine the query before.

Only a fragment refines; a whole new question starts anew. A comparative is read against what was shown: cheaper than
the middle of the prices shown, closer than the middle of the distances.
"""

import math
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.snapshot import Snapshot
from recommender.lexicon import Lexicon, Sense
from recommender.masks import Masks
from recommender.query import LISTING_PREFIX, Limit, LimitKind, Near, Query, Range
from recommender.sentence import LONGEST, Sentence, phrase_units

_CUES = {
    "cheaper": r"(?:更|再|有没有)*(?:便宜|实惠|省钱)(?:一?点|一?些)?儿?的?|少花点|\bcheaper\b|\bless expensive\b",
    "dearer": r"(?:更|再)*(?:贵|高档|高级)(?:一?点|一?些)儿?的?|\bmore (?:expensive|upmarket)\b|\bfancier\b",
    "closer": r"(?:更|再|离)*近(?:一?点|一?些)儿?的?|更近的?|\bcloser\b|\bnearer\b",
    "better": r"(?:评分|口碑|评价)(?:更|再)?(?:高|好)(?:一?点|一?些)?的?|\bbetter(?: rated)?\b|\bhigher[- ]rated\b",
    "another": r"换(?:一?[家个些]|别的|其他)|还有(?:别的|其他|吗|没有)|别的(?:呢|吗)|其他的?(?:呢|吗)"
    r"|再(?:来|推荐|找)[几一两]?[家个]|\banother(?: one| place)?\b|\b(?:something|anything) else\b"
    r"|\b(?:any )?others?\b(?: (?:options?|ones?|places?))?|\bdifferent ones?\b|\bsome more\b",
    "there": r"那(?:里|儿|边|家)?的?(?:附近|周边|周围|旁边)|那边|那里|那儿"
    r"|\b(?:near|around|close to|next to|by) (?:there|it|that place)\b|\bover there\b",
    "about": r"^那(?!么?多)|呢[?？]?\s*$|^(?:and |so )?(?:what|how) about\b|^(?:and|also|but|with|without)\b"
    r"|^(?:还|也|再)要",
}
#: Points at one of the listings shown, by its place among them.
_ORDINALS = ("[一1]|first", "[二两2]|second", "[三3]|third", "[四4]|fourth", "[五5]|fifth")
_ORDINAL = re.compile(
    r"第(?:" + "|".join(f"(?P<zh{at}>{words.split('|')[0]})" for at, words in enumerate(_ORDINALS)) + r")[个家间]"
    r"|\bthe (?:"
    + "|".join(f"(?P<en{at}>{words.split('|')[1]})" for at, words in enumerate(_ORDINALS))
    + r")(?: (?:one|place|hotel|restaurant))?\b(?! time| floor| day)"
)
_PATTERNS = {name: re.compile(pattern) for name, pattern in _CUES.items()}
_COMPARED = ("cheaper", "dearer", "closer", "better", "another")
#: A fragment is no longer than this, characters, and says hardly anything but limits.
_LONGEST_FRAGMENT, _MOST_WORDS = 60, 1
#: What a new topic keeps of the query before: where, and who comes along.
_LASTING = frozenset({LimitKind.NEAR, LimitKind.AREA, LimitKind.PARTY})
#: Kinds of which a later word replaces the earlier; of others both hold.
_REPLACED = frozenset(LimitKind) - {
    LimitKind.FACILITY,
    LimitKind.DISH,
    LimitKind.TAG,
    LimitKind.NOT,
    LimitKind.PARTY,
}
#: What names a topic, so that a sentence can stand alone.
_TOPICS = frozenset({LimitKind.SUBTYPE, LimitKind.DISH, LimitKind.NAME})
#: Characters that say nothing beside a limit.
_PARTICLES = frozenset("要有能吗呢的可以吧啊了呀带个么也还再都最好必须得就行是在里")
_HUNDRED_M = 100.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that points back, and where it stands."""

    name: str
    start: int
    end: int


class FollowUps:
    """Joins a fragment to the query before, over one snapshot."""

    def __init__(self, snapshot: Snapshot, lexicon: Lexicon, masks: Masks) -> None:
        self._snapshot = snapshot
        self._lexicon = lexicon
        self._masks = masks

    def merged(self, fragment: Query, previous: Query, shown: Sequence[str]) -> Query | None:
        """Return the query that a follow-up means, None where the sentence starts anew.

        `shown` are the listings last shown. The chips of the result are still to be written.
        """
        sentence = Sentence.of(fragment.text)
        pointed = _pointed(sentence, shown, self._snapshot.row_of)
        if pointed is not None:
            return Query(fragment.text, fragment.language, (pointed,), fragment.wish, follows=True)
        cues = {cue.name: cue for cue in _cues_in(sentence)}
        topic = self._topic(sentence, fragment)
        if not self._refines(sentence, fragment, previous, cues, topic=topic):
            return None
        earlier = [limit for limit in previous.limits if self._is_known(limit)]
        turns = topic and bool(fragment.categories) and fragment.categories != previous.categories
        kept = [limit for limit in earlier if not turns or limit.kind in _LASTING]
        rows = [row for one in shown if (row := self._snapshot.row_of.get(one)) is not None]
        added = [limit for limit in fragment.limits if _is_new(limit, cues, topic=topic)]
        if turns or "there" in cues:
            kept = self._placed(kept, earlier, rows, "there" in cues)
        for cue in cues.values():
            made = self._compared(cue, kept, rows, shown)
            added += [replace(limit, start=cue.start, end=cue.end) for limit in made]
        limits = _joined(kept, added)
        wish = _without(fragment.wish, cues)
        text = fragment.text if turns else f"{previous.text} {fragment.text}"[-LONGEST:]
        wish = wish if turns else f"{previous.wish} {wish}".strip()
        return Query(text, fragment.language, tuple(limits), wish, follows=True)

    def _topic(self, sentence: Sentence, fragment: Query) -> bool:
        """Whether a sentence names what it is about."""
        matches = self._lexicon.matches(sentence)
        senses = {meaning.sense for match in matches for meaning in match.meanings}
        return bool(senses & {Sense.NOUN, Sense.VERB} and fragment.categories) or any(
            limit.kind in _TOPICS for limit in fragment.limits
        )

    def _refines(
        self, sentence: Sentence, fragment: Query, previous: Query, cues: dict[str, Cue], *, topic: bool
    ) -> bool:
        if len(sentence.text.strip()) > _LONGEST_FRAGMENT or not sentence.units:
            return False
        placed = any(limit.near is not None and not limit.near.is_asker for limit in fragment.limits)
        if "there" in cues:
            return not placed
        if cues.keys() & set(_COMPARED):
            return not topic or fragment.categories <= previous.categories
        if "about" in cues:
            return True
        words = [
            unit for unit in phrase_units(fragment.wish) if unit not in _PARTICLES and not self._lexicon.is_filler(unit)
        ]
        only_area = {limit.kind for limit in fragment.limits} <= {LimitKind.AREA, LimitKind.CATEGORY}
        return not topic and not placed and not only_area and len(words) <= _MOST_WORDS

    def _is_known(self, limit: Limit) -> bool:
        """Whether all listings that a limit names are still there."""
        ids = limit.values if limit.kind is LimitKind.NAME else ()
        ids += tuple(value.removeprefix(LISTING_PREFIX) for value in limit.values if value.startswith(LISTING_PREFIX))
        return all(one in self._snapshot.row_of for one in ids)

    def _placed(self, kept: list[Limit], earlier: Sequence[Limit], rows: Sequence[int], there: bool) -> list[Limit]:  # noqa: FBT001
        """Give "there" a place: that of the query before, else the one it named, else the first one shown."""
        if any(limit.kind in (LimitKind.NEAR, LimitKind.AREA) for limit in kept):
            return kept
        named = [value for limit in earlier if limit.kind is LimitKind.NAME for value in limit.values]
        at = self._snapshot.row_of[named[0]] if named else rows[0] if rows and there else None
        if at is None:
            return kept
        one = self._snapshot.listings[at]
        accuracy = one.coordinates_accuracy_m or 0.0
        near = Near(one.name, one.name_en, one.lat, one.lon, accuracy, anchors=(one.id,))
        kept = [limit for limit in kept if limit.kind is not LimitKind.NAME]
        return [*kept, Limit(LimitKind.NEAR, near=near)]

    def _compared(self, cue: Cue, kept: Sequence[Limit], rows: Sequence[int], shown: Sequence[str]) -> Iterable[Limit]:
        """Yield the limit that a comparative stands for."""
        if cue.name in ("cheaper", "dearer"):
            yield self._priced(cue, rows)
        elif cue.name == "better":
            yield Limit(LimitKind.SORT, values=("-rating",), hard=False)
        elif cue.name == "closer":
            near = next((limit.near for limit in kept if limit.near is not None), None)
            if near is None:
                yield Limit(LimitKind.NEAR, near=Near("", is_asker=True), hard=False)
            else:
                yield Limit(LimitKind.NEAR, near=self._closer(near, rows))
        elif cue.name == "another" and shown:
            before = [value for limit in kept if limit.kind is LimitKind.NOT for value in limit.values]
            seen = [value for value in before if value.startswith(LISTING_PREFIX)]
            values = dict.fromkeys([*seen, *(f"{LISTING_PREFIX}{one}" for one in shown)])
            yield Limit(LimitKind.NOT, values=tuple(values))

    def _priced(self, cue: Cue, rows: Sequence[int]) -> Limit:
        prices = self._snapshot.columns.price[np.asarray(rows, dtype=np.int64)]
        prices = prices[np.isfinite(prices)]
        middle = float(np.median(prices)) if len(prices) else 0.0
        if cue.name == "dearer":
            asked = Range(math.floor(middle) + 1.0, None) if middle else None
        else:
            asked = Range(None, math.ceil(middle) - 1.0) if middle > 1 else None
        if asked is None:
            levels = ("1",) if cue.name == "cheaper" else ("3", "4")
            return Limit(LimitKind.PRICE_LEVEL, values=levels, hard=False)
        return Limit(LimitKind.PRICE, range=asked)

    def _closer(self, near: Near, rows: Sequence[int]) -> Near:
        distances = self._masks.distances(near, np.asarray(rows, dtype=np.int64))
        if distances is None or not rows:
            return near
        known = distances[np.isfinite(distances)]
        if not len(known):
            return near
        middle = max(_HUNDRED_M, math.floor(float(np.median(known)) / _HUNDRED_M) * _HUNDRED_M)
        return replace(near, radius_m=middle if near.radius_m is None else min(middle, near.radius_m))


def _pointed(sentence: Sentence, shown: Sequence[str], known: Container[str]) -> Limit | None:
    """Return the listing that "第二个怎么样" or "the second one" asks about, None when none is pointed at."""
    match = _ORDINAL.search(sentence.text) if len(sentence.text) <= _LONGEST_FRAGMENT else None
    if match is None or match.lastgroup is None:
        return None
    place = int(match.lastgroup[2:])
    if place >= len(shown) or shown[place] not in known:
        return None
    return Limit(LimitKind.NAME, values=(shown[place],), start=match.start(), end=match.end())


def _cues_in(sentence: Sentence) -> list[Cue]:
    found = []
    for name, pattern in _PATTERNS.items():
        match = pattern.search(sentence.text.strip() if name == "about" else sentence.text)
        if match is not None:
            found.append(Cue(name, *match.span()))
    return found


def _is_new(limit: Limit, cues: dict[str, Cue], *, topic: bool) -> bool:
    """Whether a limit of the fragment is one of its own, not another reading of a word that points back."""
    if limit.kind is LimitKind.CATEGORY:
        return topic
    if limit.kind is LimitKind.PRICE_LEVEL:
        return not {"cheaper", "dearer"} & cues.keys()
    if limit.near is not None and limit.near.is_asker:
        return not {"there", "closer"} & cues.keys()
    return True


def _joined(kept: Sequence[Limit], added: Sequence[Limit]) -> list[Limit]:
    replaced = {limit.kind for limit in added} & _REPLACED
    if LimitKind.CATEGORY in replaced:
        replaced |= {LimitKind.SUBTYPE, LimitKind.NAME}
    excluded = any(value.startswith(LISTING_PREFIX) for limit in added for value in limit.values)
    rest = [
        limit
        for limit in kept
        if limit.kind not in replaced
        and not (excluded and limit.kind is LimitKind.NOT and limit.values[0].startswith(LISTING_PREFIX))
    ]
    return list({limit.id: limit for limit in [*rest, *added]}.values())


def _without(wish: str, cues: dict[str, Cue]) -> str:
    """Return what is wished without the words that point back."""
    text = wish.lower()
    for name in cues:
        text = _PATTERNS[name].sub(" ", text)
    return " ".join(text.split())
