from datetime import timedelta

import pytest

from api import accounts
from index.database import reading, writing
from index.listing import Listing
from tests.api.builders import FARM_STAY, GARDEN, NOW, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, events_of_kind, links, words

FREE = "place-01"


def test_a_place_shows_its_facts_in_the_readers_language(en: Reader) -> None:
    said = words(en.open(f"/listings/{FARM_STAY}"))
    assert "Bamboo Hamlet 竹里人家" in said
    assert "A small yard by the bamboo" in said
    assert "竹林边的小院" in said
    assert "free parking" in said
    assert "daily 09:00–21:00" in said
    assert "This merchant is made up" in said


def test_a_place_shows_what_is_like_it_and_what_is_near(zh: Reader) -> None:
    page = zh.open(f"/listings/{FARM_STAY}")
    assert len(set(links(page, "/listings/place-"))) >= 5
    assert "附近还有" in words(page)


def test_opening_a_place_is_recorded_with_the_search_that_led_there(zh: Reader, served: Served) -> None:
    result = links(zh.open("/?q=茶馆"), "?from=")[0]
    zh.open(result)
    [opened] = events_of_kind(served.container, "open")
    assert opened.payload.query_id == result.split("from=")[1]
    assert "baicha_ticket" in zh.client.cookies


def test_a_page_that_is_loaded_again_counts_one_open_in_half_an_hour(zh: Reader, en: Reader, served: Served) -> None:
    for minutes in (0, 20, 9, 1, 29):
        served.clock.forward(timedelta(minutes=minutes))
        zh.open(f"/listings/{FARM_STAY}")
    opened = events_of_kind(served.container, "open")
    assert [event.at - NOW for event in opened] == [timedelta(0), timedelta(minutes=30)]
    zh.open(f"/listings/{GARDEN}")
    en.open(f"/listings/{FARM_STAY}")
    assert len(events_of_kind(served.container, "open")) == 4


@pytest.mark.parametrize("came_from", ["", "?from=%00", "?from=<x>", f"?from={'a' * 100}"])
def test_an_odd_origin_is_left_aside(zh: Reader, served: Served, came_from: str) -> None:
    assert zh.open(f"/listings/{FARM_STAY}{came_from}").status_code == 200
    [opened] = events_of_kind(served.container, "open")
    assert opened.payload.query_id is None


def test_a_prefetch_is_not_an_open(zh: Reader, served: Served) -> None:
    zh.open(f"/listings/{FARM_STAY}", **{"Sec-Purpose": "prefetch"})
    assert events_of_kind(served.container, "open") == []


def test_a_place_that_is_not_there_is_a_page_that_says_so(en: Reader) -> None:
    page = en.open("/listings/no-such-place")
    assert page.status_code == 404
    assert "There is no such page" in words(page)


def test_the_way_leads_to_a_map_in_its_coordinates_and_is_recorded(zh: Reader, served: Served) -> None:
    page = zh.open(f"/listings/{FARM_STAY}")
    assert len(links(page, "/go/")) == 3
    assert links(page, "geo:")
    sent = zh.client.get(f"/listings/{FARM_STAY}/go/amap", follow_redirects=False)
    assert sent.status_code == 302
    assert sent.headers["location"].startswith("https://uri.amap.com/")
    assert [event.payload.map for event in events_of_kind(served.container, "directions")] == ["amap"]


def test_there_is_no_way_where_coordinates_are_only_approximate_and_that_is_said(en: Reader, served: Served) -> None:
    page = en.open(f"/listings/{GARDEN}")
    assert links(page, "/go/") == []
    assert links(page, "geo:") == []
    assert "only approximate" in words(page)
    assert en.client.get(f"/listings/{GARDEN}/go/amap", follow_redirects=False).status_code == 404
    assert events_of_kind(served.container, "directions") == []


def test_a_tap_on_the_telephone_is_recorded(zh: Reader, served: Served) -> None:
    assert links(zh.open(f"/listings/{FARM_STAY}"), "tel:05725550100")
    sent = zh.send(f"/listings/{FARM_STAY}", f"/listings/{FARM_STAY}/tap", kind="call")
    assert sent.status_code == 204
    assert [event.listing for event in events_of_kind(served.container, "call")] == [FARM_STAY]


def test_a_tap_that_is_none_is_refused(zh: Reader) -> None:
    assert zh.send("/privacy", f"/listings/{FARM_STAY}/tap", kind="visit").status_code == 400


def test_a_report_reaches_the_operator(zh: Reader, served: Served) -> None:
    page = zh.send(f"/listings/{GARDEN}", f"/listings/{GARDEN}/report", what="closed", note="门关着 <b>")
    assert "谢谢" in words(page)
    [correction] = events_of_kind(served.container, "correction")
    assert (correction.payload.what, correction.payload.note) == ("closed", "门关着 <b>")


def test_a_report_without_a_choice_is_told_so_at_the_field_and_keeps_what_was_typed(en: Reader) -> None:
    page = en.send(f"/listings/{GARDEN}", f"/listings/{GARDEN}/report", what="", note="the gate is shut")
    assert page.status_code == 422
    assert 'id="report-what-error"' in page.text
    assert "the gate is shut" in page.text


def test_a_claim_waits_for_a_person(en: Reader, served: Served) -> None:
    page = en.send(f"/listings/{FREE}", f"/listings/{FREE}/claim", name="Wang", contact="0572-5550123", note="")
    assert "Your claim has arrived" in words(page)
    with reading(served.container.engine) as session:
        assert [claim.listing_id for claim in accounts.pending_claims(session)] == [FREE]


def test_a_claim_without_contact_is_told_so_at_the_field(en: Reader) -> None:
    page = en.send(f"/listings/{FREE}", f"/listings/{FREE}/claim", name="Wang", contact=" ")
    assert page.status_code == 422
    assert 'id="claim-contact-error"' in page.text
    assert 'id="claim-name-error"' not in page.text


def test_a_place_that_is_somebodys_cannot_be_claimed(en: Reader) -> None:
    page = en.send(f"/listings/{TEA_HOUSE}", f"/listings/{TEA_HOUSE}/claim", name="Wang", contact="0572-5550123")
    assert page.status_code == 409
    assert "claimed already" in words(page)


def test_a_closed_place_says_so(zh: Reader, served: Served) -> None:
    from api.corrections import set_closed
    from index.database import writing

    with writing(served.container.engine) as session:
        set_closed(session, FREE, closed=True)
    assert "已停业" in words(zh.open(f"/listings/{FREE}"))


def test_the_way_to_a_places_own_website_is_counted(en: Reader, served: Served) -> None:
    with writing(served.container.engine) as session:
        session.get_one(Listing, FARM_STAY).website = "https://bamboo.example/zh?a=1"
    path = f"/listings/{FARM_STAY}/go/website"
    assert links(en.open(f"/listings/{FARM_STAY}"), "/go/website") == [path]
    reply = en.client.get(path, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (302, "https://bamboo.example/zh?a=1")
    assert [event.listing for event in events_of_kind(served.container, "website")] == [FARM_STAY]


@pytest.mark.parametrize("website", [None, "javascript:alert(1)"])
def test_there_is_no_way_to_a_website_that_is_none(en: Reader, served: Served, website: str | None) -> None:
    with writing(served.container.engine) as session:
        session.get_one(Listing, FARM_STAY).website = website
    assert links(en.open(f"/listings/{FARM_STAY}"), "/go/website") == []
    assert en.open(f"/listings/{FARM_STAY}/go/website").status_code == 404


def test_the_saved_list_says_that_it_needs_script(en: Reader) -> None:
    assert "Saving needs script" in words(en.open("/saved"))
