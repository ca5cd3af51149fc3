"""What it costs to add, change and delete a listing of a large index, and how soon the next search shows it.

    ROWS=100000 nice -n 10 python -m bench.index_changes
    ROWS=1000000 python -m bench.index_changes build      # only builds what is measured, and keeps it (`bench.kept`)

`written` is the transaction on SQLite, `shown` the look of another part of the service that merges the change in (an
added or changed listing is embedded in it), `searched` a circle of 5 km over the index with its tail, and `before` the
same over the index as it was built. Writes `bench/results/index-changes.json`.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.migrate import upgrade
from bench import listings as listings_module
from bench.index import RESULTS, machine
from bench.index_ready import K, written_anywhere
from bench.kept import cache_folder, keep, made_by
from bench.listings import write_listings
from index.database import make_engine, reading, writing
from index.encoders import embed_queries, load_encoder
from index.importing import import_file
from index.listing import Listing, ListingFields, ListingRecord
from index.opening import FORMAT, Snapshot
from index.records import canonical, content_hash
from index.settings import Settings
from index.snapshot import Snapshots, build
from index.space.areas import Circle

_DISTINCT = 200
_TIMES = 40
Change = Callable[[Session, Listing, int], str]


def main() -> None:
    """Measure and write one run; or only build what is measured."""
    rows = int(os.environ.get("ROWS", "100000"))
    kept = cache_folder() / f"changes-{rows}"
    prepare(rows, kept)
    if "build" in sys.argv[1:]:
        return
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        settings = Settings(data=Path(folder))
        # What is kept stays as it is: snapshots are only read, or removed, which spares a linked file.
        shutil.copytree(kept / "data", folder, dirs_exist_ok=True)
        shutil.copytree(kept / "index" / "snapshots", Path(folder) / "snapshots", copy_function=os.link)
        engine = make_engine(settings)
        report = {"rows": rows, "machine": machine(), **measure(engine, settings)}
        engine.dispose()
    (RESULTS / "index-changes.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report))


def prepare(rows: int, folder: Path) -> None:
    """Import so many listings and build their index, as far as it is not kept."""
    keep(folder / "data", made_by(listings_module, _DISTINCT), lambda made: _import(rows, made))
    keep(folder / "index", made_by(written_anywhere(), FORMAT), lambda made: _build(folder / "data", made))


def _import(rows: int, folder: Path) -> None:
    written = folder / "listings.jsonl"
    write_listings(written, rows, distinct=_DISTINCT)
    engine = make_engine(Settings(data=folder))
    upgrade(engine)
    import_file(engine, written)
    engine.dispose()
    written.unlink()


def _build(data: Path, folder: Path) -> None:
    engine = make_engine(Settings(data=data))
    build(engine, Settings(data=data))
    engine.dispose()
    (data / "snapshots").rename(folder / "snapshots")


def measure(engine: Engine, settings: Settings) -> dict[str, Any]:
    """Return median milliseconds of each kind of change, and of a search before and after them."""
    snapshots = Snapshots(settings, engine)
    before = snapshots.current()
    query = embed_queries(load_encoder(settings.encoder), ["a quiet guesthouse among tea gardens"])[0]
    with reading(engine) as session:
        chosen = list(session.exec(select(Listing).order_by(col(Listing.content_hash)).limit(3 * _TIMES)))
    found: dict[str, Any] = {"before_ms": _searched(before, chosen[0], query)}
    for at, (name, change) in enumerate((("add", _add), ("change", _change), ("delete", _delete))):
        written, shown = [], []
        for number, listing in enumerate(chosen[at * _TIMES : (at + 1) * _TIMES]):
            began = time.perf_counter()
            with writing(engine) as session:
                changed = change(session, listing, number)
            committed = time.perf_counter()
            seen = snapshots.current()
            shown.append((time.perf_counter() - committed) * 1000)
            written.append((committed - began) * 1000)
            assert (changed in seen.row_of) is (name != "delete")
        found[name] = {
            "written_ms": round(statistics.median(written), 2),
            "shown_ms": round(statistics.median(shown), 2),
        }
    found |= {"tail": seen.tail, "searched_ms": _searched(seen, chosen[0], query)}
    return found


def _add(session: Session, listing: Listing, number: int) -> str:
    values = listing.model_dump() | {"id": f"new-{number}", "source_id": f"new-{number}"}
    session.add(_hashed(values, f"A new terrace above the river, number {number}."))
    return f"new-{number}"


def _change(session: Session, listing: Listing, number: int) -> str:
    session.merge(_hashed(listing.model_dump(), f"Painted anew, number {number}."))
    return listing.id


def _delete(session: Session, listing: Listing, number: int) -> str:  # noqa: ARG001 - one signature for all
    session.delete(session.get_one(Listing, listing.id))
    return listing.id


def _hashed(values: dict[str, Any], description: str) -> Listing:
    values["description_en"] = description
    own = {name: values[name] for name in ListingFields.model_fields}
    record = ListingRecord.model_validate(own | {"source": values["source"], "id": values["source_id"]})
    return Listing.model_validate(values | {"content_hash": content_hash(canonical(record))})


def _searched(snapshot: Snapshot, listing: Listing, query: Any) -> float:
    assert listing.lat is not None
    assert listing.lon is not None
    area, times = Circle(listing.lat, listing.lon, 5_000.0), []
    for _ in range(200):
        began = time.perf_counter()
        snapshot.engine.search(query, K, area=area)
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 4)


if __name__ == "__main__":
    main()
