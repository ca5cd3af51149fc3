"""What a thing of a listing is called for a reader: in their language where anything says it, else as the data have it.

English: the listing's own English, what other listings pair with the same phrase, the ontology's word with the phrase
beside it, the phrase as it stands. Chinese: the same the other way round.
"""

from index.listing import Listing
from index.settings import Language
from recommender.detect import is_han
from recommender.domain import Domain
from recommender.lexicon import Lexicon
from recommender.sentence import phrase_key


class Wording:
    """Finds words for the phrases of one snapshot's listings."""

    def __init__(self, lexicon: Lexicon, domain: Domain) -> None:
        self._lexicon = lexicon
        self._concepts = [
            (word, concept) for concept in domain.concepts for word in map(phrase_key, concept.words) if len(word) > 1
        ]
        self._known: dict[tuple[str, Language], str] = {}

    def of(self, phrase: str, language: Language) -> str:
        """Return what a phrase of a listing is called in a language."""
        if any(map(is_han, phrase)) == (language == "zh"):
            return phrase
        known = self._known.get((phrase, language))
        if known is None:
            known = self._known[phrase, language] = self._found(phrase, language)
        return known

    def kind(self, listing: Listing, language: Language) -> str | None:
        """Return what kind of place a listing is, None where it does not say."""
        own = listing.subtype_en if language == "en" else listing.subtype
        other = own or listing.subtype or listing.subtype_en
        return None if not other else other if own else self.of(other, language)

    def area(self, listing: Listing, language: Language) -> str | None:
        """Return the area that a listing is in, None where it does not say."""
        own = listing.area_en if language == "en" and listing.area_en else listing.area
        if own is None or language == "zh":
            return own
        thing = self._lexicon.areas.get(phrase_key(own))
        return own if thing is None else thing.label(language)

    def _found(self, phrase: str, language: Language) -> str:
        key = phrase_key(phrase)
        thing = self._lexicon.things.get(key)
        label = None if thing is None else thing.label_zh if language == "zh" else thing.label_en
        if label:
            return label
        inside = [(len(word), concept) for word, concept in self._concepts if word in key and not word.isascii()]
        if not inside or language == "zh":
            return phrase
        longest = max(inside, key=lambda one: one[0])[1]
        return f"{longest.en[0]} ({phrase})"
