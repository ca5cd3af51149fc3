"""What is on the way: the detour is bounded, and told."""

import pytest

from index.geodesy import distances_m
from recommender.finder import Finder
from recommender.limits.way import DETOUR_SHARE, LEAST_DETOUR_M
from recommender.query import LimitKind
from tests.recommender.conftest import ask


def test_every_result_on_the_way_makes_it_longer_by_a_stated_share_at_most(starter: Finder) -> None:
    answer = starter.find(ask("从安吉站去余村的路上吃饭"))
    way = answer.query.near
    assert way is not None
    assert way.end is not None
    length = float(distances_m(way.lat or 0, way.lon or 0, [way.end.lat or 0], [way.end.lon or 0])[0])
    assert answer.total > 0
    for result in answer.results[: answer.total]:
        lat, lon = result.listing.lat, result.listing.lon
        assert lat is not None
        by = sum(float(distances_m(lat, lon or 0, [one.lat or 0], [one.lon or 0])[0]) for one in (way, way.end))
        assert by - length <= max(LEAST_DETOUR_M, DETOUR_SHARE * length) + 1
        assert any(reason.startswith("顺路，绕行") for reason in result.reasons)
        assert result.distance_m is None
    assert [chip.label for chip in answer.understood if chip.kind is LimitKind.NEAR] == ["安吉站到余村的路上"]
    assert "near:安吉站>余村" in {chip.id for chip in answer.understood}


@pytest.mark.parametrize(
    ("text", "words", "more"),
    [
        ("从安吉站到余村的路上有停车场的酒店", "从安吉站到余村的路上", "停车场"),
        ("hotel on the way from Anji Railway Station to Yucun with parking", None, "parking"),
        ("hotel on the way from Anji Railway Staton to Yucunn with parking", None, "parking"),
        ("想找安吉站和余村之间能带狗的民宿", "安吉站和余村之间", "能带狗"),
        ("带孩子从安吉站到余村路上吃饭，人均100以内", "从安吉站到余村路上", "带孩子"),
        ("从安吉站去余村，路上想找个有包厢的地方吃饭", "从安吉站去余村", "包厢"),
        ("driving from Anji Railway Station to Yucun, lunch on the way, parking", None, "parking"),
        ("a cafe between Anji Railway Station and Yucun that is open now", None, "open now"),
    ],
)
def test_what_stands_beside_a_way_is_read_as_well(starter: Finder, text: str, words: str | None, more: str) -> None:
    query = starter.understand(ask(text))
    assert query.near is not None
    assert query.near.end is not None
    assert (query.near.name, query.near.end.name) == ("安吉站", "余村")
    said = {chip.kind: chip.words for chip in query.understood}
    assert words is None or said[LimitKind.NEAR] == words
    assert more in said.values()


def test_a_way_to_a_place_begins_where_the_asker_is(starter: Finder) -> None:
    request = ask("去余村的路上有免费停车的农家乐", origin=(30.65, 119.67))
    query = starter.understand(request)
    assert [chip.label for chip in query.understood if chip.kind is LimitKind.NEAR] == ["我的位置到余村的路上"]
    assert list(query.values(LimitKind.FACILITY))
