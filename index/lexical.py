"""Search by words: BM25 over names, pinyin and everything else that is known of a listing (tantivy).

The text is cut before tantivy sees it, and a query is built from the words and never parsed: no string that a visitor
types can be a syntax error.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import StorageError
from index.text import pinyin_tokens, tokens, typed_words
from index.vectors import Rows, Scores, best

#: How much more a word in the name counts than one in the text.
_NAME_BOOST = 3.0
_PINYIN_BOOST = 1.0
#: Longer queries are cut; the first words say most.
_MAX_QUERY_TERMS = 128
_HEAP_BYTES = 64_000_000


#: Of BM25, as tantivy has them; and how it keeps a field's length.
_K1, _B = 1.2, 0.75
_EXACT_LENGTH, _STEPS = 40, 8
#: Rows given are asked for by so many spans of them, cut at gaps of more than so many rows.
_MOST_SPANS, _GAP = 8, 256
FIELDS = ("name", "text", "pinyin")


class WordIndex(Protocol):
    """Finds rows by words: the lexical index of a snapshot, or that with changes since."""

    def search(self, text: str, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows that share a word with `text`, best first, of `rows` or of all. BM25 scores."""
        ...

    def scores(self, text: str, rows: Rows) -> NDArray[np.float32]:
        """Return the BM25 score of each of `rows`, in their order; 0 where no word is shared."""
        ...


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    return builder.build()


def write_lexical(folder: Path, documents: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Index `(name, text)` pairs in row order; a name may hold several, a line each. Returns the fields' mean lengths.

    Raises:
        StorageError: The files cannot be written.
    """
    folder.mkdir()
    try:
        return _write(folder, documents)
    except ValueError as exc:
        # What tantivy makes of every failure to write.
        raise StorageError(f"cannot write {folder} ({exc}); free some space on the disk and build again") from exc


def _write(folder: Path, documents: Iterable[tuple[str, str]]) -> dict[str, float]:
    import tantivy

    index = tantivy.Index(_schema(), path=str(folder))
    # One thread keeps the documents in order.
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    lengths, count = dict.fromkeys(FIELDS, 0), 0
    for row, (name, text) in enumerate(documents):
        document = tantivy.Document()
        for field, words in words_of(name, text).items():
            document.add_text(field, " ".join(words))
            lengths[field] += len(words)
        document.add_unsigned("row", row)
        writer.add_document(document)
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    return {field: length / max(count, 1) for field, length in lengths.items()}


def words_of(name: str, text: str) -> dict[str, list[str]]:
    """Return what is indexed of a name and a text, by field."""
    return {"name": tokens(name), "text": tokens(text), "pinyin": pinyin_tokens(name)}


class LexicalIndex:
    """An index that `write_lexical` wrote, open for searching."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._schema = _schema()
        index = tantivy.Index(self._schema, path=str(folder))
        index.reload()
        self._searcher = index.searcher()

    def search(self, text: str, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the `k` best rows that share a word with `text`, best first, of `rows` or of all. BM25 scores."""
        query = self._query(text)
        # With rows given, every match is taken: those outside are only seen afterwards.
        wanted = min(self._searcher.num_docs, self._searcher.num_docs if rows is not None else k)
        if query is None or wanted <= 0 or (rows is not None and len(rows) == 0):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if rows is not None:
            query = self._within(query, _spans(rows))
        hits = self._searcher.search(query, limit=wanted, count=False).hits
        found = np.asarray(self._searcher.fast_field_values("row", [address for _, address in hits]), dtype=np.int64)
        scores = np.asarray([score for score, _ in hits], dtype=np.float32)
        if rows is not None:
            kept = np.isin(found, rows)
            found, scores = found[kept], scores[kept]
        return best(found, scores, k)

    def scores(self, text: str, rows: Rows) -> NDArray[np.float32]:
        """Return the BM25 score of each of `rows`, in their order; 0 where no word is shared."""
        found, scores = self.search(text, len(rows), rows)
        by_row = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.asarray([by_row.get(row, 0.0) for row in rows.tolist()], dtype=np.float32)

    def rarity(self, field: str, word: str) -> float:
        """Return the inverse document frequency of a word in a field."""
        having = self._searcher.doc_freq(field, word)
        return math.log(1 + (self._searcher.num_docs - having + 0.5) / (having + 0.5))

    def _query(self, text: str) -> Any:
        from tantivy import Occur, Query

        parts = [Query.boost_query(self._term(field, word), boost) for field, word, boost in asked_words(text)]
        return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None

    def _term(self, field: str, token: str) -> Any:
        from tantivy import Query

        return Query.term_query(self._schema, field, token, "freq")

    def _within(self, query: Any, spans: Iterable[tuple[int, int]]) -> Any:
        from tantivy import FieldType, Occur, Query

        ranges = [Query.range_query(self._schema, "row", FieldType.Unsigned, *span) for span in spans]
        inside = Query.boolean_query([(Occur.Should, each) for each in ranges])
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(inside, 0.0))])


def _spans(rows: Rows) -> list[tuple[int, int]]:
    """Return few spans, both ends included, that hold all rows: cut where most lies between them.

    The rows of an area are a few runs that may lie far apart on the curve: between the first and the last of them may
    be most of a country.
    """
    rows = np.sort(rows)
    gaps = np.diff(rows)
    cuts = np.sort(np.argsort(-gaps, kind="stable")[: _MOST_SPANS - 1])
    cuts = cuts[gaps[cuts] > _GAP]
    starts, ends = np.concatenate([[0], cuts + 1]), np.concatenate([cuts, [len(rows) - 1]])
    return list(zip(rows[starts].tolist(), rows[ends].tolist(), strict=True))


def asked_words(text: str) -> list[tuple[str, str, float]]:
    """Return the words of a query: the field in which each is looked for, and how much it counts there."""
    cut = list(dict.fromkeys(tokens(text)))[:_MAX_QUERY_TERMS]
    asked = [("name", word, _NAME_BOOST) for word in cut] + [("text", word, 1.0) for word in cut]
    return asked + [("pinyin", word, _PINYIN_BOOST) for word in typed_words(text)[:_MAX_QUERY_TERMS]]


class FewWords:
    """BM25 over few documents beside an index, weighed by the words of that index: rows `0 …` are the documents.

    A document here has the score that it would have there, had the index been built with it among very many.
    """

    def __init__(
        self, documents: Iterable[Mapping[str, list[str]]], beside: LexicalIndex, mean_lengths: Mapping[str, float]
    ) -> None:
        self._beside = beside
        self._mean = mean_lengths
        self._counts = [{field: Counter(words) for field, words in document.items()} for document in documents]

    def scores(self, text: str) -> Scores:
        """Return the score of each document; 0 where no word is shared."""
        asked = [(field, word, boost * self._beside.rarity(field, word)) for field, word, boost in asked_words(text)]
        return np.asarray([self._score(counts, asked) for counts in self._counts], dtype=np.float32)

    def _score(self, counts: Mapping[str, Counter[str]], asked: Iterable[tuple[str, str, float]]) -> float:
        total = 0.0
        for field, word, weight in asked:
            times = counts[field][word]
            if times:
                length = _kept_length(counts[field].total()) / max(self._mean[field], 1e-9)
                total += weight * (_K1 + 1) * times / (times + _K1 * (1 - _B + _B * length))
        return total


def _kept_length(length: int) -> int:
    """Return a field's length as tantivy keeps it: exact to 40 words, then in ever wider steps, eight of each width."""
    if length <= _EXACT_LENGTH:
        return length
    low, width = _EXACT_LENGTH, 2
    while length >= low + _STEPS * width:
        low, width = low + _STEPS * width, 2 * width
    return low + (length - low) // width * width
