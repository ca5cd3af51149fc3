from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from index.crs import bd09_to_wgs84, gcj02_to_wgs84
from index.geodesy import distances_m
from tests.api.builders import FARM_STAY, GARDEN, ROWS, TEA_HOUSE, Served


def test_an_unchanged_listing_is_not_sent_again(served: Served) -> None:
    path = f"/v1/listings/{TEA_HOUSE}"
    first = served.client.get(path)
    tag = first.headers["etag"]
    for header in (tag, f'"x", W/{tag}', "*"):
        again = served.client.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert served.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_changed_listing_has_another_tag(served: Served) -> None:
    path = f"/v1/listings/{TEA_HOUSE}"
    before = served.client.get(path)
    served.client.post(f"/v1/admin/listings/{TEA_HOUSE}/close", headers=served.admin())
    after = served.client.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["closed"] is True


@pytest.mark.parametrize(
    ("header", "name"), [("zh-CN", "溪边茶馆"), ("en", "Brook Tea House"), ("de, en;q=0.5", "Brook Tea House")]
)
def test_display_speaks_the_readers_language(served: Served, header: str, name: str) -> None:
    reply = served.client.get(f"/v1/listings/{TEA_HOUSE}", headers={"Accept-Language": header})
    assert reply.json()["display"]["name"] == name
    assert reply.headers["vary"] == "Accept-Language"
    assert reply.headers["etag"] != served.client.get(f"/v1/listings/{TEA_HOUSE}?lang=fr").headers.get("etag")


def test_made_up_merchants_say_so(served: Served) -> None:
    assert served.client.get(f"/v1/listings/{TEA_HOUSE}").json()["made_up"] is True
    assert served.client.get(f"/v1/listings/{GARDEN}").json()["made_up"] is False


@pytest.mark.parametrize("name", ["nowhere", "node/123", "a" * 401, "x/similar", "x/nearby", "x/directions"])
def test_an_unknown_listing_is_not_found(served: Served, name: str) -> None:
    reply = served.client.get(f"/v1/listings/{name}")
    assert reply.status_code == 404
    assert reply.json()["type"] == "urn:baicha:problem:not-found"


def test_unknown_hours_are_neither_open_nor_closed(served: Served) -> None:
    assert served.client.get(f"/v1/listings/{GARDEN}").json()["open_now"] is None
    assert served.client.get(f"/v1/listings/{TEA_HOUSE}").json()["open_now"] is True


def test_browsing_reaches_every_open_listing_once(served: Served) -> None:
    served.client.post(f"/v1/admin/listings/{FARM_STAY}/close", headers=served.admin())
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 10}
    while True:
        page = served.client.get("/v1/listings", params=params).json()
        seen += [listing["id"] for listing in page["listings"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == sorted(str(row["id"]) for row in ROWS if row["id"] != FARM_STAY)


@pytest.mark.parametrize("area", ["天荒坪镇", "Tianhuangping"])
def test_browsing_by_area_and_category(served: Served, area: str) -> None:
    page = served.client.get("/v1/listings", params={"area": area, "category": "hotel", "limit": 50}).json()
    assert len(page["listings"]) == 8
    assert {listing["category"] for listing in page["listings"]} == {"hotel"}


def test_an_empty_area_is_an_empty_page(served: Served) -> None:
    assert served.client.get("/v1/listings", params={"area": "别处"}).json() == {"listings": [], "next": None}


def test_a_cursor_of_another_listing_request_is_refused(served: Served) -> None:
    cursor = served.client.get("/v1/listings", params={"limit": 5}).json()["next"]
    assert served.client.get("/v1/listings", params={"category": "hotel", "cursor": cursor}).status_code == 400
    assert served.client.get("/v1/listings", params={"cursor": "x"}).status_code == 400


@pytest.mark.parametrize("kind", ["similar", "nearby"])
def test_neighbours_leave_out_the_listing_itself_and_closed_ones(served: Served, kind: str) -> None:
    path = f"/v1/listings/{TEA_HOUSE}/{kind}"
    before = [one["id"] for one in served.client.get(path, params={"limit": 20}).json()["results"]]
    assert before
    assert TEA_HOUSE not in before
    served.client.post(f"/v1/admin/listings/{before[0]}/close", headers=served.admin())
    after = [one["id"] for one in served.client.get(path, params={"limit": 20}).json()["results"]]
    assert before[0] not in after
    assert after


def test_nearby_is_nearest_first(served: Served) -> None:
    found = served.client.get(f"/v1/listings/{TEA_HOUSE}/nearby", params={"limit": 20}).json()["results"]
    distances = [one["distance_m"] for one in found]
    assert distances == sorted(distances)


def test_directions_are_in_each_applications_own_coordinates(served: Served) -> None:
    listing = served.client.get(f"/v1/listings/{TEA_HOUSE}").json()
    links = served.client.get(f"/v1/listings/{TEA_HOUSE}/directions").json()["links"]
    query = {name: parse_qs(urlsplit(link).query) for name, link in links.items()}
    lon, lat, _name = query["amap"]["to"][0].split(",")
    amap = gcj02_to_wgs84(float(lat), float(lon))
    lat, lon = query["baidu"]["destination"][0].removeprefix("latlng:").split("|")[0].split(",")
    baidu = bd09_to_wgs84(float(lat), float(lon))
    lat, lon = query["apple"]["daddr"][0].split(",")
    apple = gcj02_to_wgs84(float(lat), float(lon))
    lat, lon = links["geo"].removeprefix("geo:").split("?")[0].split(",")
    for point in (amap, baidu, apple, (float(lat), float(lon))):
        assert distances_m(listing["lat"], listing["lon"], [point[0]], [point[1]])[0] < 1
    assert "溪边茶馆" in unquote(links["geo"])


@pytest.mark.parametrize(("language", "word"), [("zh", "大概"), ("en", "approximate")])
def test_there_are_no_directions_to_an_approximate_place(served: Served, language: str, word: str) -> None:
    reply = served.client.get(f"/v1/listings/{GARDEN}/directions", params={"lang": language}).json()
    assert reply["links"] == {}
    assert word in reply["reason"]


def test_a_claim_waits_for_a_person(served: Served) -> None:
    body = {"name": "王小竹", "contact": "0572-5550123"}
    made = served.client.post(f"/v1/listings/{GARDEN}/claims", json=body)
    assert made.status_code == 201
    waiting = served.client.get("/v1/admin/claims", headers=served.admin()).json()["claims"]
    assert [(claim["id"], claim["contact"]) for claim in waiting] == [(made.json()["id"], "0572-5550123")]


def test_a_listing_with_a_merchant_cannot_be_claimed(served: Served) -> None:
    reply = served.client.post(f"/v1/listings/{TEA_HOUSE}/claims", json={"name": "王", "contact": "12345"})
    assert reply.status_code == 409


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x", "contact": "1"}, [], "text", {"name": 1, "contact": []}]
)
def test_a_claim_without_a_contact_is_refused(served: Served, body: object) -> None:
    assert served.client.post(f"/v1/listings/{GARDEN}/claims", json=body).status_code == 422
