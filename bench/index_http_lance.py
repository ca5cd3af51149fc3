"""LanceDB's side of `bench.index_http`: its table and its hybrid search. Needs nothing of Baicha but how texts are cut.

python -m bench.index_http_lance FOLDER
"""

import json
import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.text import tokens

RADIUS_M = 5_000.0
SHOWN = 10
METRES_A_DEGREE = 111_195.0


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each listing."""
    with (folder / "texts.jsonl").open(encoding="utf-8") as file:
        for line in file:
            name, text = json.loads(line)
            yield name, text


def write(folder: Path) -> None:
    """Write the table, with b-trees on the place and a full-text index over words cut as Baicha cuts them."""
    import lancedb
    import pyarrow as pa

    shutil.rmtree(folder / "lance", ignore_errors=True)
    columns = {name: np.load(folder / f"{name}.npy") for name in ("lat", "lon", "price")}
    passages, of = np.load(folder / "passages.npy"), np.load(folder / "passage_of.npy")
    schema = pa.schema(
        [("id", pa.int64()), ("vector", pa.list_(pa.float32(), passages.shape[1])), ("text", pa.string())]
        + [(name, pa.float64()) for name in columns]
    )

    def batches() -> Iterator[Any]:
        named = texts(folder)
        for start in range(0, len(of), 20_000):
            cut = slice(start, min(start + 20_000, len(of)))
            flat = pa.array(passages[of[cut]].ravel())
            said = [" ".join(tokens(f"{name} {text}")) for name, text in (next(named) for _ in range(start, cut.stop))]
            arrays = [pa.array(np.arange(start, cut.stop)), pa.FixedSizeListArray.from_arrays(flat, passages.shape[1])]
            arrays += [pa.array(said), *(pa.array(column[cut]) for column in columns.values())]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    table = lancedb.connect(folder / "lance").create_table("places", data=batches(), schema=schema)
    for name in ("lat", "lon"):
        table.create_scalar_index(name, index_type="BTREE")
    table.create_fts_index("text", base_tokenizer="whitespace", lower_case=False, stem=False, remove_stop_words=False)
    table.optimize()


class LanceDb:
    """LanceDB's hybrid search: vectors, its full-text index, and b-trees on the place, filtered first."""

    def __init__(self, folder: Path) -> None:
        import lancedb
        from lancedb.rerankers import RRFReranker

        self.table: Any = lancedb.connect(folder / "lance").open_table("places")
        self.fuse = RRFReranker()

    def __call__(self, text: str, vector: Any, lat: float, lon: float) -> list[dict[str, Any]]:
        """Ask the table."""
        high = RADIUS_M / METRES_A_DEGREE
        wide = high / math.cos(math.radians(lat))
        where = (
            f"lat >= {lat - high} AND lat <= {lat + high} AND lon >= {lon - wide} AND lon <= {lon + wide} AND "
            f"(lat-{lat})*(lat-{lat})*{1 / high**2}+(lon-{lon})*(lon-{lon})*{1 / wide**2} <= 1"
        )
        asked = self.table.search(query_type="hybrid").vector(vector).text(" ".join(tokens(text)))
        found = asked.distance_type("dot").where(where, prefilter=True).rerank(self.fuse).limit(SHOWN)
        rows = found.select(["id", "price"]).to_list()
        return [{"id": row["id"], "price": row["price"], "score": row["_relevance_score"]} for row in rows]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
