import itertools
from typing import Any

import h3
import pytest

from index.database import reading
from ledger.events import Impression
from ledger.reading import events_of
from tests.api.builders import ROWS, Served, browser_with_visitor

#: The last of them is nearest to none of the others: their orders of the places differ.
SPOTS = [(30.5534, 119.6121), (30.5561, 119.6147), (30.5618, 119.6196)]
WORDS = ["离我最近的农家乐", "农家乐，离我两公里内", "农家乐 nearby", "从我这里到竹子园的路上吃饭", "附近便宜的餐厅"]


def _ask(served: Served, words: str, spot: tuple[float, float]) -> tuple[list[dict[str, Any]], list[Impression]]:
    """Return the results of a search by a visitor who says where they are, and what was logged of it."""
    browser, visitor = browser_with_visitor(served)
    reply = browser.get("/v1/search", params={"q": words, "lat": spot[0], "lon": spot[1], "limit": 27})
    assert reply.status_code == 200, reply.text
    served.container.recorder.flush()
    with reading(served.container.engine) as session:
        logged = [one.event for one in events_of(session, kinds=["impression"]) if one.event.visitor == visitor]
    shown = {event.listing: event.payload for event in logged if isinstance(event.payload, Impression)}
    results = reply.json()["results"]
    return results, [shown[result["id"]] for result in results]


@pytest.mark.parametrize("words", WORDS)
def test_what_is_logged_of_a_listing_is_the_same_from_wherever_it_was_asked(served: Served, words: str) -> None:
    told: dict[str, list[dict[str, float]]] = {}
    answered = []
    for spot in SPOTS:
        results, logged = _ask(served, words, spot)
        assert len(results) >= 10
        assert "distance" in {name for result in results for name in result["terms"]}, "the asker is told"
        answered.append({result["id"]: result["terms"].get("distance") for result in results})
        for result, impression in zip(results, logged, strict=True):
            told.setdefault(result["id"], []).append(impression.terms)
            assert impression.terms
    assert answered[0] != answered[1] != answered[2]
    for terms in told.values():
        assert all(one == other for one, other in itertools.pairwise(terms))
    assert max(map(len, told.values())) == len(SPOTS)


def test_what_is_logged_of_a_place_that_was_named_has_its_distance(served: Served) -> None:
    _, logged = _ask(served, "竹子园附近的农家乐", SPOTS[0])
    assert "distance" in {name for impression in logged for name in impression.terms}


def test_a_position_is_read_to_three_decimals_whatever_is_sent(served: Served) -> None:
    rough, fine = (30.553, 119.612), (30.55324321, 119.61211234)
    asked = [_ask(served, WORDS[0], spot)[0] for spot in (rough, fine)]
    assert asked[0] == asked[1]
    params = {"q": WORDS[0], "listing": ROWS[3]["id"]}
    said = [
        served.client.get("/v1/search/why-not", params=params | {"lat": lat, "lon": lon}).json()
        for lat, lon in (rough, fine)
    ]
    assert said[0] == said[1]


def test_no_entry_holds_a_position(served: Served) -> None:
    """Neither as a number, nor as an H3 cell finer than those that are kept of scans."""
    lat, lon = 30.55344321, 119.61214321
    for words in WORDS:
        _ask(served, words, (lat, lon))
    with reading(served.container.engine) as session:
        bodies = [one.event.model_dump_json() for one in events_of(session)]
    assert len(bodies) > len(WORDS) * 10
    fine = [h3.latlng_to_cell(lat, lon, resolution) for resolution in range(9, 16)]
    for body in bodies:
        assert not any(secret in body for secret in ("30.553", "119.612", *fine))
