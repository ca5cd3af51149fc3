"""`GET /v1/merchants/{id}/stats`: periods, comparison, choice of fields, steps by pages, languages and problems."""

from datetime import timedelta
from typing import Any

import pytest

from api import accounts
from index.database import writing
from ledger.append import append
from ledger.events import Consent, Event, Grade, Impression, Open, Payload, Visit
from tests.api.builders import TEA_HOUSE, Served

NEIGHBOURS = [f"place-{number:02d}" for number in (3, 6, 9, 12, 15)]
PARKING = "facility:@parking"


def ask(served: Served, **params: Any) -> Any:
    renamed = {{"first": "from", "last": "to"}.get(name, name): value for name, value in params.items()}
    path = f"/v1/merchants/{served.merchant}/stats"
    return served.client.get(path, headers=served.keys.header("merchant"), params=renamed)


def told(served: Served, **params: Any) -> Any:
    reply = ask(served, **params)
    assert reply.status_code == 200, reply.text
    return reply.json()


def stored(served: Served, *happened: tuple[str, Payload], days: int = 0, listing: str = TEA_HOUSE) -> None:
    """Append (visitor, payload), so many days ago."""
    at = served.clock() - timedelta(days=days)
    events = [
        Event(
            id=f"{payload.kind}-{who}-{days}-{listing}",
            at=at,
            listing=listing,
            visitor=who,
            consent=Consent.REMEMBERED,
            payload=payload,
        )
        for who, payload in happened
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


def guests(many: int) -> list[str]:
    return [f"a-guest-{number:03d}" for number in range(many)]


def came(many: int, origin: str | None = None) -> list[tuple[str, Payload]]:
    return [(who, Visit(grade=Grade.SCANNED, origin=origin)) for who in guests(many)]


def searched(many: int, *chips: str) -> list[tuple[str, Payload]]:
    return [(who, Impression(query_id="a-search-1", position=0, understood=chips)) for who in guests(many)]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({}, "2026-10-26"),
        ({"period": "today"}, "2026-11-24"),
        ({"period": "week"}, "2026-11-18"),
        ({"period": "month"}, "2026-10-26"),
        ({"period": "year"}, "2025-11-25"),
        ({"first": "2026-11-02"}, "2026-11-02"),
    ],
)
def test_a_period_is_whole_local_days_that_end_with_today(served: Served, asked: Any, first: str) -> None:
    found = told(served, **asked)
    assert (found["first"], found["last"]) == (first, "2026-11-24")
    assert len(found["by_day"]) == len({day["day"] for day in found["by_day"]})


def test_days_of_ones_choice_are_counted_and_set_against_as_many_before(served: Served) -> None:
    stored(served, *came(3), days=5)
    stored(served, *came(2), days=7)
    found = told(served, first="2026-11-18", last="2026-11-20")
    assert (found["visits"], found["previous"]["visits"]) == (3, 2)


@pytest.mark.parametrize(
    ("asked", "parameter", "said"),
    [
        ({"first": "2026-11-25"}, "from", "future"),
        ({"first": "2026-11-20", "last": "2026-11-30"}, "to", "future"),
        ({"first": "2026-11-20", "last": "2026-11-10"}, "from", "before it begins"),
        ({"first": "2024-01-01"}, "from", "too long"),
        ({"last": "2026-11-10"}, "from", "first day too"),
        ({"days": 7, "period": "week"}, "period", "one of days, period"),
        ({"fields": "visits,revenue"}, "fields", "'revenue' is not one of"),
        ({"compare": "everybody"}, "compare", "'everybody' is not one of"),
        ({"grain": "minute"}, "grain", "hour"),
        ({"period": "decade"}, "period", "month"),
        ({"first": "yesterday"}, "from", "date"),
        ({"grain": "day", "limit": 0}, "limit", "greater"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_that_names_the_parameter(
    served: Served, asked: Any, parameter: str, said: str
) -> None:
    reply = ask(served, **asked)
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")
    [error] = reply.json()["errors"]
    assert error["where"] == f"query.{parameter}"
    assert said in error["message"]


def test_only_the_chosen_fields_are_there(served: Served) -> None:
    assert set(told(served, fields="visits, sentence", compare="none")) == {
        "merchant", "listings", "first", "last", "visits", "sentence",
    }  # fmt: skip
    assert set(told(served, fields="", compare="none")) == {"merchant", "listings", "first", "last"}
    found = told(served, fields="visits,sentence", grain="week")
    assert set(found["previous"]) == {"visits"}
    assert {name for row in found["rows"] for name in row} == {"since", "until", "visits"}


def test_an_hour_of_the_week_is_told_from_five_visitors_on(served: Served) -> None:
    stored(served, *came(5))
    stored(served, *came(4), days=1)
    hours = told(served, period="week")["by_hour"]
    assert (hours[1][12], hours[0][12], hours[2][12]) == (5, None, None)


def test_like_merchants_are_spoken_of_from_five_on_and_by_their_middle_alone(served: Served) -> None:
    now = served.clock()
    for number, listing in enumerate(NEIGHBOURS):
        stored(served, *searched(number), listing=listing)
        with writing(served.container.engine) as session:
            accounts.make_merchant(session, listing, listings=[listing], now=now)
    stored(served, *searched(7))
    # The tea house is a made-up one; these are not, and are not like it.
    assert told(served, compare="peers")["peers"] is None
    _make_up(served)
    found = told(served, compare="previous,peers")
    # The other merchant's farm stay is near and alike as well, and nobody was shown it.
    assert found["peers"]["impressions"] == {"own": 7.0, "low": 0.25, "median": 1.5, "high": 2.8}
    assert "previous" in found


def test_what_a_few_rivals_were_found_with_is_not_read_at_all(served: Served) -> None:
    now = served.clock()
    _make_up(served)
    for listing in NEIGHBOURS[:3]:
        stored(served, *searched(6, "price:..80"), listing=listing)
        with writing(served.container.engine) as session:
            accounts.make_merchant(session, listing, listings=[listing], now=now)
    # With the other merchant's farm stay four are alike.
    assert told(served, fields="wanted")["wanted"]["wishes"] == []
    with writing(served.container.engine) as session:
        accounts.make_merchant(session, "a fifth", listings=[NEIGHBOURS[3]], now=now)
    assert [wish["id"] for wish in told(served, fields="wanted")["wanted"]["wishes"]] == ["price:..80"]


def _make_up(served: Served) -> None:
    from index.listing import Listing

    with writing(served.container.engine) as session:
        for listing in NEIGHBOURS:
            session.get_one(Listing, listing).made_up = True


def test_what_searches_asked_for_is_named_and_what_is_lacking_is_wanted(served: Served) -> None:
    stored(
        served, *searched(6, PARKING, "facility:@ev_charging", "price:..80", "near:me", "name:place-03", "open:tue2230")
    )
    stored(served, *((who, Open()) for who in guests(5)))
    found = told(served, fields="searches,wanted", lang="en")
    searches = {wish["id"]: (wish["label"], wish["visitors"]) for wish in found["searches"]["wishes"]}
    assert set(searches) >= {PARKING, "price:..80"}
    assert not {"near:me", "name:place-03"} & set(searches)
    assert searches["price:..80"] == ("price 80 or less", 5)
    assert found["searches"]["since"] is None
    # The tea house has a car park, and costs more than 80.
    wanted = {wish["id"]: wish["label"] for wish in found["wanted"]["wishes"]}
    assert PARKING not in wanted
    assert wanted["price:..80"] == "price 80 or less"
    assert wanted["open:late"] == "open late (after 21)"


def test_origins_and_who_came_back_are_there_when_asked_for(served: Served) -> None:
    stored(served, *came(6, "杭州"), days=3)
    stored(served, *came(2))
    found = told(served, fields="origins,returning")
    assert found["origins"] == {"told": 6, "places": [{"place": "杭州", "visitors": 6}]}
    assert found["returning"] == {"remembered": 6, "returned": 2}


@pytest.mark.parametrize(("grain", "many"), [("hour", 720), ("day", 30), ("week", 5), ("month", 2)])
def test_steps_come_in_pages_and_each_once(served: Served, grain: str, many: int) -> None:
    stored(served, *came(5), days=2)
    asked: dict[str, Any] = {"grain": grain, "limit": 500 if grain == "hour" else 4, "fields": "visits"}
    page = told(served, **asked)
    rows = page["rows"]
    while page["next"]:
        page = told(served, **asked, cursor=page["next"])
        rows += page["rows"]
    assert len(rows) == len({row["since"] for row in rows}) == many
    assert sum(row["visits"] or 0 for row in rows) == 5


def test_a_page_begun_before_midnight_goes_on_with_its_period(served: Served) -> None:
    cursor = told(served, period="week", grain="day", limit=5)["next"]
    served.clock.forward(timedelta(days=1))
    page = told(served, period="week", grain="day", limit=5, cursor=cursor)
    assert [row["since"] for row in page["rows"]] == ["2026-11-23T00:00:00+08:00", "2026-11-24T00:00:00+08:00"]
    assert page["next"] is None


@pytest.mark.parametrize("cursor", ["x", "e30", ""])
def test_a_cursor_that_was_not_given_is_refused(served: Served, cursor: str) -> None:
    assert ask(served, grain="day", cursor=cursor).status_code == 400


def test_a_cursor_belongs_to_its_question(served: Served) -> None:
    cursor = told(served, period="month", grain="day", limit=5)["next"]
    assert ask(served, period="year", grain="day", limit=5, cursor=cursor).status_code == 400


def test_what_did_not_change_is_not_sent_again(served: Served) -> None:
    headers = served.keys.header("merchant")
    path = f"/v1/merchants/{served.merchant}/stats"
    first = served.client.get(path, headers=headers)
    again = served.client.get(path, headers=headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"
    stored(served, *came(1))
    changed = served.client.get(path, headers=headers | {"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_the_reply_is_in_the_language_that_is_asked_for(served: Served) -> None:
    headers = served.keys.header("merchant")
    path = f"/v1/merchants/{served.merchant}/stats"
    reply = served.client.get(path, headers=headers | {"Accept-Language": "en-GB"})
    assert reply.headers["content-language"] == "en"
    assert "No visitors recorded yet" in reply.json()["sentence"]
    assert "还没有" in ask(served, lang="zh").json()["sentence"]


def test_a_merchant_without_a_place_has_zeros(served: Served) -> None:
    now = served.clock()
    with writing(served.container.engine) as session:
        empty = accounts.make_merchant(session, "nobody's", now=now).id
        key = accounts.make_key(session, accounts.Role.MERCHANT, merchant=empty, now=now).plain
    params = {"compare": "peers", "fields": "visits,searches,wanted,origins,returning", "grain": "day"}
    reply = served.client.get(f"/v1/merchants/{empty}/stats", headers={"Authorization": f"Bearer {key}"}, params=params)
    assert reply.status_code == 200
    assert (reply.json()["visits"], reply.json()["peers"]) == (0, None)


def test_without_an_index_only_what_needs_names_is_refused(served: Served) -> None:
    import shutil

    shutil.rmtree(served.container.settings.data / "snapshots")
    assert ask(served).status_code == 200
    assert ask(served, fields="wanted").status_code == 503
