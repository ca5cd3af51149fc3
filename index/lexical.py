"""Search by words: BM25 over names, pinyin and everything else that is known of a listing (tantivy).

The text is cut before tantivy sees it, and a query is built from the words and never parsed: no string that a visitor
types can be a syntax error.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

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


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in ("name", "text", "pinyin"):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    return builder.build()


def write_lexical(folder: Path, documents: Iterable[tuple[str, str]]) -> None:
    """Index `(name, text)` pairs in row order; a name may hold several, a line each.

    Raises:
        StorageError: The files cannot be written.
    """
    folder.mkdir()
    try:
        _write(folder, documents)
    except ValueError as exc:
        # What tantivy makes of every failure to write.
        raise StorageError(f"cannot write {folder} ({exc}); free some space on the disk and build again") from exc


def _write(folder: Path, documents: Iterable[tuple[str, str]]) -> None:
    import tantivy

    index = tantivy.Index(_schema(), path=str(folder))
    # One thread keeps the documents in order.
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for row, (name, text) in enumerate(documents):
        document = tantivy.Document()
        document.add_text("name", " ".join(tokens(name)))
        document.add_text("text", " ".join(tokens(text)))
        document.add_text("pinyin", " ".join(pinyin_tokens(name)))
        document.add_unsigned("row", row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


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
            query = self._between(query, int(rows.min()), int(rows.max()))
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

    def _query(self, text: str) -> Any:
        from tantivy import Occur, Query

        cut = list(dict.fromkeys(tokens(text)))[:_MAX_QUERY_TERMS]
        typed = typed_words(text)[:_MAX_QUERY_TERMS]
        parts = [Query.boost_query(self._term("name", token), _NAME_BOOST) for token in cut]
        parts += [self._term("text", token) for token in cut]
        parts += [Query.boost_query(self._term("pinyin", word), _PINYIN_BOOST) for word in typed]
        return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None

    def _term(self, field: str, token: str) -> Any:
        from tantivy import Query

        return Query.term_query(self._schema, field, token, "freq")

    def _between(self, query: Any, low: int, high: int) -> Any:
        from tantivy import FieldType, Occur, Query

        inside = Query.range_query(self._schema, "row", FieldType.Unsigned, low, high)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(inside, 0.0))])
