"""Whether understanding is fitted to the words of the benchmarks: quality with synonyms taken away, and likeness.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.generalise [SET …]

First, of each concept of the ontology a share of its words is dropped at random (seeded), and the questions are asked
again: what falls steeply with a few words lost leans on them. Then the encoder's likeness is calibrated: every word of
a facility or tag that the listings do not use is held against those that they do, and the nearest should be one of
the same concept. At last the threshold is cross-validated: for each city (and the starter data) and each language it
is chosen on the others' words alone, and judged on the words held out, by the share found less the share wrong. Sets
are folders of `BAICHA_BENCH_DATA`; the invented cities of tests/recommender/other_cities come by themselves.
"""

import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.search import DATA, SETS, STARTER, indexed
from index.encoders import embed_passages, load_encoder
from index.settings import Settings
from index.snapshot import Snapshot
from recommender.domain import Concept, Domain, load_domain
from recommender.evaluation import evaluate, read_qrels, read_queries
from recommender.finder import Finder
from recommender.lexicon import Lexicon
from recommender.likeness import LIKE_ENOUGH
from recommender.query import LimitKind
from recommender.said import Said
from recommender.sentence import phrase_key, phrase_units

SHARES = (0.0, 0.1, 0.25, 0.5)
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
_PARTS = ("zh", "en")
SEED = 20260303
_CITIES = Path(__file__).parents[1] / "tests" / "recommender" / "other_cities"


def main(sets: Sequence[str]) -> None:
    """Print what lost synonyms cost each set, and how the encoder's likeness stands over all of them."""
    folds: list[Asked] = []
    for name in sets or SETS:
        with tempfile.TemporaryDirectory() as data:
            settings = Settings(data=Path(data))
            snapshot = indexed(DATA / name / "listings.jsonl", settings)
            for share in SHARES:
                print_lost(name, snapshot, settings, share)
            folds += asked_of(name, Lexicon(snapshot.columns, Said.of(snapshot), load_domain()), settings.encoder)
    for file in (STARTER, *sorted(_CITIES.glob("*/listings.jsonl"))):
        with tempfile.TemporaryDirectory() as data:
            settings = Settings(data=Path(data))
            snapshot = indexed(file, settings)
            lexicon = Lexicon(snapshot.columns, Said.of(snapshot), load_domain())
            folds += asked_of(file.parent.name, lexicon, settings.encoder)
    print_likeness(folds)
    print_folds([fold for fold in folds if len(fold.right)])


def print_lost(name: str, snapshot: Snapshot, settings: Settings, share: float) -> None:
    """Print the quality of a set's answers with a share of the synonyms dropped."""
    domain = fewer_words(load_domain(), share, random.Random(f"{SEED} {share}"))  # noqa: S311 - no secret
    finder = Finder(snapshot, load_encoder(settings.encoder), settings, domain=domain)
    for file in sorted((DATA / name).glob("queries_*.jsonl")):
        qrels = read_qrels(file.with_name(file.name.replace("queries_", "qrels_")).with_suffix(".tsv"))
        _, figures = evaluate(finder, read_queries(file), qrels)
        print(f"{name} {file.stem}: {share:.0%} of synonyms dropped, nDCG@10 {figures.ndcg_at_10:.4f}")


def fewer_words(domain: Domain, share: float, rng: random.Random) -> Domain:
    """Return an ontology that has lost a share of its synonyms; the first word of each language stays."""

    def fewer(words: tuple[str, ...]) -> tuple[str, ...]:
        return words[:1] + tuple(word for word in words[1:] if rng.random() >= share)

    def lessened(concept: Concept) -> Concept:
        return replace(concept, zh=fewer(concept.zh), en=fewer(concept.en))

    return replace(domain, concepts=tuple(map(lessened, domain.concepts)))


@dataclass(frozen=True, slots=True)
class Asked:
    """Words that the listings of a city do not use: how like the nearest entry is, and whether it is the right one."""

    city: str
    language: str
    likeness: NDArray[np.float32]
    right: NDArray[np.bool_]
    there: NDArray[np.bool_]

    def gain(self, threshold: float) -> float:
        """Return what a threshold finds rightly less what it finds wrongly, as a share of all that was asked."""
        found = self.likeness >= threshold
        return float(((self.right & found).sum() - (~self.right & found).sum()) / max(1, len(found)))


def asked_of(city: str, lexicon: Lexicon, encoder_name: str) -> list[Asked]:
    """Hold every unused word of a facility or tag against those that the listings use, by language."""
    encoder = load_encoder(encoder_name)
    kinds = (LimitKind.FACILITY, LimitKind.TAG)
    entries = [thing for thing in lexicon.things.values() if thing.kind in kinds and not thing.is_concept]
    labels = [thing.label_zh or thing.label_en or thing.key for thing in entries]
    used = {phrase_key(label) for label in labels} | {thing.key for thing in entries}
    found = []
    for language in _PARTS if labels else ():
        asked = [
            (word, set(lexicon.things[f"@{concept.id}"].rows.tolist()))
            for concept in load_domain().concepts
            if concept.kind in kinds
            for word in (concept.zh if language == "zh" else concept.en)
            if phrase_key(word) not in used and len(phrase_units(word)) > 1
        ]
        likenesses = embed_passages(encoder, [word for word, _ in asked]) @ embed_passages(encoder, labels).T
        nearest = likenesses.argmax(axis=1)
        # The same concept binds the entry: all that have the entry are among those that have the concept.
        right = [
            bool(rows) and set(entries[at].rows.tolist()) <= rows for (_, rows), at in zip(asked, nearest, strict=True)
        ]
        there = np.asarray([bool(rows) for _, rows in asked])
        found.append(Asked(city, language, likenesses.max(axis=1), np.asarray(right), there))
    return found


def print_likeness(folds: Sequence[Asked]) -> None:
    """Print how often the nearest entry is one of the word's own concept, by threshold."""
    for fold in folds:
        for threshold in THRESHOLDS:
            found = fold.likeness >= threshold
            print(
                f"{fold.city} {fold.language} likeness ≥ {threshold:.2f}: "
                f"right {(fold.right & found).sum() / max(1, found.sum()):.2f} of {found.sum()}, "
                f"found {(fold.right & found).sum() / max(1, fold.there.sum()):.2f} of what is there"
            )


def print_folds(folds: Sequence[Asked]) -> None:
    """Print for each city and language the threshold that the others choose, and what it gains on what is held out."""
    print(f"{'held out':<22}{'chosen':>8}{'gain':>8}{'gain at ' + format(LIKE_ENOUGH, '.2f'):>14}{'best there':>12}")
    for held in folds:
        others = [fold for fold in folds if fold.city != held.city]
        chosen = max(THRESHOLDS, key=lambda level: np.mean([fold.gain(level) for fold in others]))
        best = max(THRESHOLDS, key=held.gain)
        gains = f"{held.gain(chosen):>8.3f}{held.gain(LIKE_ENOUGH):>14.3f}"
        print(f"{held.city + ' ' + held.language:<22}{chosen:>8.2f}{gains}{best:>12.2f}")
    for threshold in THRESHOLDS:
        print(f"mean gain at {threshold:.2f}: {np.mean([fold.gain(threshold) for fold in folds]):.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
