"""Running the tables through the real index and the real recommender, over the starter data."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from api.migrate import upgrade
from index.database import make_engine
from index.encoders import load_encoder
from index.importing import import_file
from index.places import import_places
from index.settings import Language, Settings
from index.snapshot import Snapshots, build
from recommender.finder import Finder, SearchRequest
from recommender.query import Limit, Query
from tests.recommender.starter_queries.checking import (
    NEEDS_ARE_ASKED_FROM,
    Failure,
    failures_of,
    paraphrase_failures,
)
from tests.recommender.starter_queries.county import STARTER, County
from tests.recommender.starter_queries.limits import Ids, Reading
from tests.recommender.starter_queries.tables import USUAL_NOW, Need, StarterQuery


def starter_finder(data: Path) -> Finder:
    """Import the starter data into a fresh folder, index them with the default encoder, and return their finder."""
    settings = Settings(data=data)
    engine = make_engine(settings)
    upgrade(engine)
    import_file(engine, STARTER / "listings.jsonl")
    import_places(engine, STARTER / "places.csv")
    build(engine, settings)
    engine.dispose()
    return Finder(Snapshots(settings).current(), load_encoder(settings.encoder), settings)


class Asker:
    """Puts the tables' questions to a finder, and sees which listings each limit selects."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._masks = finder.masks

    def failing(self, rows: Sequence[StarterQuery]) -> Mapping[str, Sequence[Failure]]:
        """Return what is wrong with each row whose answer is not as it must be."""
        wrong = {row.id: self._failures(row) for row in rows}
        return {row: failures for row, failures in wrong.items() if failures}

    def failing_needs(self, needs: Sequence[Need], county: County) -> Mapping[str, Sequence[Failure]]:
        """Return what is wrong with each need that is not understood the same in all its ways of saying."""
        origin = county.point(NEEDS_ARE_ASKED_FROM)

        def read(text: str, language: Language) -> Reading:
            return self._reading(self._finder.understand(SearchRequest(text, language, USUAL_NOW, origin)))

        wrong = {need.id: paraphrase_failures(need, county, read) for need in needs}
        return {need: failures for need, failures in wrong.items() if failures}

    def _failures(self, row: StarterQuery) -> list[Failure]:
        scene = row.scene
        answer = self._finder.find(SearchRequest(row.text, row.language, scene.now, scene.origin, limit=10))
        return failures_of(row, answer, self._reading(answer.query))

    def _reading(self, query: Query) -> Reading:
        return Reading(query, self._selected)

    def _selected(self, limit: Limit) -> Ids:
        listings = self._finder.snapshot.listings
        return frozenset(listings[int(row)].id for row in np.flatnonzero(self._masks.of(limit)))
