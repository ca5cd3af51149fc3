"""What is on the way: the detour is bounded, and told."""

from index.geodesy import distances_m
from recommender.finder import Finder
from recommender.limits.way import DETOUR_SHARE, LEAST_DETOUR_M
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
    assert [chip.label for chip in answer.understood if chip.kind == "near"] == ["安吉站到余村的路上"]
    assert "near:安吉站>余村" in {chip.id for chip in answer.understood}
