"""What can be suggested over a snapshot: its listings, areas and places, and what the listings are, have and serve."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from index.snapshot import Snapshot
from recommender.autocomplete import Completer, Entry, EntryKind
from recommender.detect import is_han
from recommender.domain import CategoryWords, Concept, Domain, load_domain
from recommender.lexicon import Lexicon, Thing
from recommender.query import LimitKind
from recommender.sentence import phrase_key

#: A longer phrase is prose, not something to type.
_LONGEST_PHRASE = 40
_KINDS = {
    LimitKind.SUBTYPE: EntryKind.KIND,
    LimitKind.FACILITY: EntryKind.FACILITY,
    LimitKind.DISH: EntryKind.DISH,
    LimitKind.TAG: EntryKind.TAG,
    LimitKind.AREA: EntryKind.AREA,
}


def completer_of(snapshot: Snapshot, lexicon: Lexicon) -> Completer:
    """Return the completer for a snapshot."""
    return Completer(suggestible(snapshot, lexicon, load_domain()))


def suggestible(snapshot: Snapshot, lexicon: Lexicon, domain: Domain) -> list[Entry]:
    """Return everything that can be suggested; what goes by the same name is one entry, the most common sense of it."""
    words = _Words()
    for thing in (*lexicon.areas.values(), *lexicon.things.values()):
        # A part of a phrase is found inside it; alone it may be no word (费停车 of 免费停车).
        if not (thing.is_concept or thing.is_part) and len(thing.rows) and not lexicon.is_filler(thing.key):
            words.add(_of_thing(thing))
    for concept in domain.concepts:
        thing = lexicon.things[f"@{concept.id}"]
        if len(thing.rows):
            words.add(_of_concept(concept, len(thing.rows)))
    counts = Counter(listing.category for listing in snapshot.listings)
    for category in domain.categories:
        if counts[category.category]:
            words.add(_of_category(category, counts[category.category]))
    for place in snapshot.places:
        if not words.has(place.name):
            words.add(Entry(EntryKind.PLACE, place.name, place.name_en))
    return [*words, *_listings(snapshot)]


class _Words:
    """Entries by what they are called."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._owner: dict[str, str] = {}

    def __iter__(self) -> Iterator[Entry]:
        for key, entry in self._entries.items():
            # A word that is what something else is called stands for that.
            also = (word for word in entry.also if self._owner.get(phrase_key(word), key) == key)
            yield replace(entry, also=tuple(also))

    def has(self, name: str) -> bool:
        """Whether something is called so."""
        return phrase_key(name) in self._owner

    def add(self, entry: Entry) -> None:
        """Add an entry, or its words to the one of the same name, which then has the larger count of the two."""
        names = [phrase_key(name) for name in (entry.name, entry.name_en) if name]
        if not all(names) or not names or max(map(len, names)) > _LONGEST_PHRASE:
            return
        known = next((self._owner[name] for name in names if name in self._owner), None)
        if known is None:
            self._entries[names[0]] = entry
            known = names[0]
        else:
            self._entries[known] = _joined(self._entries[known], entry)
        for name in names:
            self._owner.setdefault(name, known)


def _joined(first: Entry, second: Entry) -> Entry:
    also = dict.fromkeys((*first.also, *second.also, *(name for name in (second.name, second.name_en) if name)))
    return replace(
        first,
        name=first.name or second.name,
        name_en=first.name_en or second.name_en,
        count=max(first.count, second.count),
        also=tuple(word for word in also if word not in (first.name, first.name_en)),
    )


def _of_thing(thing: Thing) -> Entry:
    return Entry(_KINDS[thing.kind], thing.label_zh, thing.label_en, len(thing.rows))


def _of_concept(concept: Concept, count: int) -> Entry:
    return Entry(_KINDS[concept.kind], concept.zh[0], concept.en[0], count, also=concept.words)


def _of_category(words: CategoryWords, count: int) -> Entry:
    local = next(word for word in words.generic if is_han(word[0]))
    english = next(word for word in words.generic if not is_han(word[0]))
    return Entry(EntryKind.KIND, local, english, count, also=words.nouns)


def _listings(snapshot: Snapshot) -> Iterator[Entry]:
    for listing in snapshot.listings:
        yield Entry(EntryKind.LISTING, listing.name, listing.name_en, listing_id=listing.id)
