"""All words of a snapshot, what its listings say and are called: as it was built, then told with the changes."""

from dataclasses import dataclass, replace

from index.opening import Changes
from index.snapshot import Snapshot
from recommender.changed_lexicon import ChangedLexicon
from recommender.domain import Domain
from recommender.lexicon import Lexicon
from recommender.likeness import Embed, Likeness
from recommender.names_of_all import NamesOfAll
from recommender.said import Said


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the snapshot `snapshot_id` as it was built, or with changes since."""

    snapshot_id: str
    lexicon: Lexicon
    names: NamesOfAll
    likeness: Likeness

    @classmethod
    def of(cls, snapshot: Snapshot, said: Said, domain: Domain, embed_things: Embed, embed_phrases: Embed) -> "Words":
        """Make the words of what the listings of a snapshot say."""
        lexicon = Lexicon(snapshot.columns, said, domain)
        names = NamesOfAll.of(said, len(snapshot.places))
        return cls(snapshot.id, lexicon, names, Likeness(lexicon, embed_things, embed_phrases))

    def changed(self, snapshot: Snapshot, changes: Changes) -> "Words":
        """Return the words with changes; what it costs is told by how many there are, not by the listings."""
        lexicon = ChangedLexicon(self.lexicon, changes, snapshot.columns)
        return replace(
            self, lexicon=lexicon, names=self.names.changed(changes), likeness=self.likeness.changed(lexicon)
        )
