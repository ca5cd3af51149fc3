"""LanceDB's side of `bench.index_http`: its table, and its hybrid search behind the route and the page of Baicha.

    python -m bench.index_http_lance FOLDER

Needs nothing of Baicha but the encoder and how texts are cut, in an environment of its own.
"""

import json
import math
import os
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.text import tokens

SHOWN = 10
METRES_A_DEGREE = 111_195.0
TEXTS = ("id", "name", "name_en", "category", "subtype", "subtype_en", "hours")
NUMBERS = ("lat", "lon", "price", "rating")
_WITHIN = re.compile(r"(?P<zh>\d+)公里以内|within (?P<en>\d+) km")
#: As many lists as LanceDB itself would make, a byte for each eight components as it would, and how many lists are
#: looked into and results refined so that words alone find what a full scan finds in nearly all cases.
_PROBES, _REFINED = 40, 10
_AT_ONCE = 20_000


def write(folder: Path) -> None:
    """Write the table, with its vector index, b-trees on the place, and a full-text index over words as Baicha cuts."""
    import lancedb
    import pyarrow as pa

    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    schema = pa.schema(
        [("vector", pa.list_(pa.float32(), vectors.shape[1])), ("text", pa.string())]
        + [(name, pa.string()) for name in TEXTS]
        + [(name, pa.float64()) for name in NUMBERS]
    )

    def batches() -> Iterator[Any]:
        with (folder / "listings.jsonl").open(encoding="utf-8") as file:
            for start in range(0, len(vectors), _AT_ONCE):
                told = [json.loads(line) for line in islice(file, _AT_ONCE)]
                flat = pa.array(np.ascontiguousarray(vectors[start : start + len(told)]).ravel())
                arrays = [pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])]
                arrays += [pa.array([" ".join(tokens(one["text"])) for one in told])]
                arrays += [pa.array([one[field.name] for one in told], field.type) for field in list(schema)[2:]]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    table = lancedb.connect(folder / "lance").create_table("places", data=batches(), schema=schema, mode="overwrite")
    for name in ("lat", "lon"):
        table.create_scalar_index(name, index_type="BTREE")
    table.create_fts_index("text", base_tokenizer="whitespace", lower_case=False, stem=False, remove_stop_words=False)
    table.create_index(metric="dot", vector_column_name="vector", index_type="IVF_PQ")
    table.optimize()


def app() -> Any:
    """Return the application over what `BENCH_FOLDER` holds."""
    import lancedb
    from fastapi import FastAPI
    from lancedb.rerankers import RRFReranker

    from index.use_encoder import UseEncoder

    table = lancedb.connect(Path(os.environ["BENCH_FOLDER"]) / "lance").open_table("places")
    fuse, encoder, made = RRFReranker(), UseEncoder(), FastAPI()

    @made.get("/v1/search")
    def search(q: str, lat: float | None = None, lon: float | None = None) -> dict[str, Any]:
        within, words = _WITHIN.search(q), _WITHIN.sub("", q).strip()
        vector = encoder.encode([words])[0]
        asked = table.search(query_type="hybrid").vector(vector).text(" ".join(tokens(words)))
        asked = asked.distance_type("dot").nprobes(_PROBES).refine_factor(_REFINED)
        if within and lat is not None and lon is not None:
            metres = 1000.0 * int(within["zh"] or within["en"])
            asked = asked.where(circle(lat, lon, metres), prefilter=True)
        found = asked.rerank(fuse).limit(SHOWN).select([*TEXTS, *NUMBERS]).to_list()
        return page([result(row, lat, lon) for row in found])

    return made


def circle(lat: float, lon: float, metres: float) -> str:
    """Return a circle as an expression of SQL, in the plane: a box that the b-trees know, and the distance."""
    high = metres / METRES_A_DEGREE
    wide = high / math.cos(math.radians(lat))
    return (
        f"lat >= {lat - high} AND lat <= {lat + high} AND lon >= {lon - wide} AND lon <= {lon + wide} AND "
        f"(lat-{lat})*(lat-{lat})*{1 / high**2}+(lon-{lon})*(lon-{lon})*{1 / wide**2} <= 1"
    )


def result(row: dict[str, Any], lat: float | None, lon: float | None) -> dict[str, Any]:
    """Return a result as Baicha's page has it, of what the table knows."""
    distance = None
    if lat is not None and lon is not None:
        east = (row["lon"] - lon) * math.cos(math.radians(lat))
        distance = METRES_A_DEGREE * math.hypot(row["lat"] - lat, east)
    told = {name: row[name] for name in (*TEXTS, *NUMBERS)}
    score = row["_relevance_score"]
    return told | {"score": score, "terms": {"fused": score}, "reasons": [], "distance_m": distance}


def page(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page as Baicha's is; how many there are of all is not counted."""
    empty: dict[str, Any] = {"understood": [], "relaxed": [], "notes": [], "next": None, "total": None, "offset": 0}
    return {"results": results} | empty | {"query_id": "", "follows": False, "follow": None, "snapshot": "lancedb"}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
