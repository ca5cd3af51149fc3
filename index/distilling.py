"""A static student of an encoder: a vector for each piece of a word, and a text's is their mean (StaticEmbedding).

The pieces are cut from what the index itself says (a Unigram model, Kudo, ACL 2018), and their vectors fitted so that
their means come as near as can be to what the teacher makes of the index's texts: ridge regression from the teacher's
own vectors of the pieces, with the ridge that serves held-out texts best. What it costs in quality is in
`docs/decisions/0005-static-student.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.encoders import embed_passages, embed_queries
from index.errors import UsageError
from index.listing import ListingFields
from index.passages import passage_of
from index.progress import Progress, silent

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Floats = NDArray[np.float32]
PIECES = 16_000
_LONGEST_PIECE = 8
#: Texts that the student learns from, at most.
_MOST_TEXTS = 60_000
_HELD_OUT = 10
_RIDGES = (1e-2, 1e-1, 1.0, 10.0)
_STEPS = 60
_FEWEST = 20
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Student:
    """What was made: pieces, texts learnt from, the ridge, and the mean cosine with the teacher on held-out texts."""

    pieces: int
    texts: int
    ridge: float
    cosine: float


def texts_of(listings: Iterable[ListingFields]) -> list[str]:
    """Return what the index says, each text once: passages, names, kinds, areas, tags, dishes and facilities."""
    said: dict[str, None] = {}
    for listing in listings:
        single = (passage_of(listing), listing.name, listing.name_en, listing.subtype, listing.subtype_en, listing.area)
        lists = (listing.tags, listing.tags_en, listing.dishes, listing.dishes_en)
        more = (listing.facilities, listing.facilities_en)
        said |= dict.fromkeys(text for text in single if text)
        said |= dict.fromkeys(text for entries in (*lists, *more) for text in entries)
        if len(said) >= _MOST_TEXTS:
            break
    return list(said)


def distil(
    teacher: "SentenceTransformer", texts: Sequence[str], folder: Path, on_progress: Progress | None = None
) -> Student:
    """Write a student of a teacher into a folder that `BAICHA_ENCODER` can name.

    Raises:
        UsageError: There are too few texts to learn from.
    """
    if len(texts) < _FEWEST:
        raise UsageError(f"there are {len(texts)} texts to learn from, and {_FEWEST} are needed; import listings first")
    tokenizer = _tokenizer(texts)
    pieces = [tokenizer.id_to_token(number).replace("▁", " ") for number in range(tokenizer.get_vocab_size())]
    progress = on_progress or silent
    targets = _taught(teacher, texts, progress)
    start = embed_queries(teacher, pieces)
    counts = _counts(tokenizer, texts, len(pieces))
    held = np.arange(len(texts)) % _HELD_OUT == 0
    tried = {ridge: _fitted(counts[~held], targets[~held], start, ridge) for ridge in _RIDGES}
    cosines = {ridge: _cosine(counts[held] @ weights, targets[held]) for ridge, weights in tried.items()}
    ridge = max(cosines, key=lambda one: cosines[one])
    _save(tokenizer, _fitted(counts, targets, start, ridge), folder)
    return Student(len(pieces), len(texts), ridge, round(cosines[ridge], 4))


def _tokenizer(texts: Sequence[str]) -> Any:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import Unigram
    from tokenizers.trainers import UnigramTrainer

    tokenizer: Any = Tokenizer(Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Punctuation(), pre_tokenizers.Metaspace()])
    tokenizer.train_from_iterator(
        texts,
        UnigramTrainer(
            vocab_size=PIECES,
            special_tokens=["[UNK]"],
            unk_token="[UNK]",  # noqa: S106 - a token of text, no secret
            max_piece_length=_LONGEST_PIECE,
            show_progress=False,
        ),
    )
    return tokenizer


def _taught(teacher: "SentenceTransformer", texts: Sequence[str], progress: Progress) -> Floats:
    made = []
    for start in range(0, len(texts), _BATCH):
        made.append(embed_passages(teacher, texts[start : start + _BATCH]))
        progress("distil", min(start + _BATCH, len(texts)), len(texts))
    return np.concatenate(made)


def _counts(tokenizer: Any, texts: Sequence[str], pieces: int) -> Any:
    """Return the share that each piece has of each text, a sparse line a text."""
    from scipy.sparse import csr_matrix

    rows, columns, shares = [], [], []
    for row, encoding in enumerate(tokenizer.encode_batch(list(texts))):
        for number in encoding.ids:
            rows.append(row)
            columns.append(number)
            shares.append(1 / len(encoding.ids))
    return csr_matrix((np.asarray(shares, np.float32), (rows, columns)), shape=(len(texts), pieces))


def _fitted(shares: Any, targets: Floats, start: Floats, ridge: float) -> Floats:
    """Return the weights that are best by least squares and a ridge around `start`, by conjugate gradients."""
    moved = np.zeros_like(start)
    left = shares.T @ (targets - shares @ start)
    step, before = left.copy(), np.einsum("ij,ij->j", left, left)
    for _ in range(_STEPS):
        pushed = shares.T @ (shares @ step) + np.float32(ridge) * step
        length = before / np.maximum(np.einsum("ij,ij->j", step, pushed), 1e-20)
        moved += step * length
        left -= pushed * length
        after = np.einsum("ij,ij->j", left, left)
        step = left + step * (after / np.maximum(before, 1e-20))
        before = after
    weights: Floats = start + moved
    return weights


def _cosine(made: Floats, targets: Floats) -> float:
    norms = np.linalg.norm(made, axis=1) * np.linalg.norm(targets, axis=1)
    return float(np.mean(np.einsum("ij,ij->i", made, targets) / np.maximum(norms, 1e-9)))


def _save(tokenizer: Any, weights: Floats, folder: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    student = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[student], device="cpu").save(str(folder), create_model_card=False)
