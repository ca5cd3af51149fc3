"""Whether understanding is fitted to the words of the benchmarks: quality with synonyms taken away, and likeness.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m bench.generalise [SET …]

First, of each concept of the ontology a share of its words is dropped at random (seeded), and the questions are asked
again: what falls steeply with a few words lost leans on them. Then the encoder's likeness is calibrated: every word of
a facility or tag that the listings do not use is held against those that they do, and the nearest should be one of
the same concept. Sets are folders of `BAICHA_BENCH_DATA`; tests/recommender/other_cities is such a folder too.
"""

import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.search import DATA, SETS, indexed
from index.encoders import embed_passages, load_encoder
from index.settings import Settings
from recommender.domain import Concept, Domain, load_domain
from recommender.evaluation import evaluate, read_qrels, read_queries
from recommender.finder import Finder
from recommender.lexicon import Lexicon
from recommender.query import LimitKind
from recommender.sentence import phrase_key, phrase_units

SHARES = (0.0, 0.1, 0.25, 0.5)
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
SEED = 20260303


def main(sets: Sequence[str]) -> None:
    """Print both tables for each set."""
    for name in sets or SETS:
        with tempfile.TemporaryDirectory() as data:
            settings = Settings(data=Path(data))
            snapshot = indexed(DATA / name, settings)
            encoder = load_encoder(settings.encoder)
            for share in SHARES:
                domain = fewer_words(load_domain(), share, random.Random(f"{SEED} {share}"))  # noqa: S311 - no secret
                finder = Finder(snapshot, encoder, settings, domain=domain)
                for file in sorted((DATA / name).glob("queries_*.jsonl")):
                    qrels = read_qrels(file.with_name(file.name.replace("queries_", "qrels_")).with_suffix(".tsv"))
                    _, figures = evaluate(finder, read_queries(file), qrels)
                    print(f"{name} {file.stem}: {share:.0%} of synonyms dropped, nDCG@10 {figures.ndcg_at_10:.4f}")
            print_likeness(name, Lexicon(snapshot.listings, load_domain()), settings.encoder)


def fewer_words(domain: Domain, share: float, rng: random.Random) -> Domain:
    """Return an ontology that has lost a share of its synonyms; the first word of each language stays."""

    def fewer(words: tuple[str, ...]) -> tuple[str, ...]:
        return words[:1] + tuple(word for word in words[1:] if rng.random() >= share)

    def lessened(concept: Concept) -> Concept:
        return replace(concept, zh=fewer(concept.zh), en=fewer(concept.en))

    return replace(domain, concepts=tuple(map(lessened, domain.concepts)))


def print_likeness(name: str, lexicon: Lexicon, encoder_name: str) -> None:
    """Print how often the nearest entry is one of the word's own concept, by threshold."""
    encoder = load_encoder(encoder_name)
    kinds = (LimitKind.FACILITY, LimitKind.TAG)
    entries = [thing for thing in lexicon.things.values() if thing.kind in kinds and not thing.is_concept]
    labels = [thing.label_zh or thing.label_en or thing.key for thing in entries]
    if not labels:
        return
    used = {phrase_key(label) for label in labels} | {thing.key for thing in entries}
    asked = [
        (word, set(lexicon.things[f"@{concept.id}"].rows.tolist()))
        for concept in load_domain().concepts
        if concept.kind in kinds
        for word in concept.words
        if phrase_key(word) not in used and len(phrase_units(word)) > 1
    ]
    likenesses = embed_passages(encoder, [word for word, _ in asked]) @ embed_passages(encoder, labels).T
    nearest = likenesses.argmax(axis=1)
    best = likenesses[np.arange(len(asked)), nearest]
    # The same concept binds the entry: all that have the entry are among those that have the concept.
    right = np.asarray(
        [bool(rows) and set(entries[at].rows.tolist()) <= rows for (_, rows), at in zip(asked, nearest, strict=True)]
    )
    there = np.asarray([bool(rows) for _, rows in asked])
    for threshold in THRESHOLDS:
        found = best >= threshold
        print(
            f"{name} likeness ≥ {threshold:.2f}: right {(right & found).sum() / max(1, found.sum()):.2f} of "
            f"{found.sum()}, found {(right & found).sum() / max(1, there.sum()):.2f} of what is there"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
