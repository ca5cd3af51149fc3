"""What an auditor computes from an export and its facts is what the pages' routes show, to the last digit."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import accounts
from api.operations.facts import facts_lines
from api.operations.recomputing import Wanted, figures_of, recompute
from index.database import reading, writing
from index.listing import Listing
from index.settings import Settings
from ledger.append import append
from ledger.disputes import decide, dispute
from ledger.erasure import forget
from ledger.events import (
    Attester,
    BillPaid,
    Consent,
    Event,
    Grade,
    Impression,
    Open,
    Payload,
    Payment,
    Scan,
    Ticket,
    Visit,
    Withheld,
)
from ledger.log.checkpoints import newest
from recommender.asked_for import AskedFor
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served, let_key_read_credit
from tests.ledger.log.builders import exported, signed

NEIGHBOURS = [f"place-{number:02d}" for number in (3, 6, 9, 12, 15)]
CHIPS = ("facility:@parking", "facility:@ev_charging", "price:..80", "open:tue2230", "near:me", "name:place-03")


@pytest.fixture
def lived_in(served: Served) -> Served:
    """Seven merchants and their guests over three months, with whatever makes figures differ from bare counts."""
    with writing(served.container.engine) as session:
        for listing in NEIGHBOURS:
            session.get_one(Listing, listing).made_up = True
            accounts.make_merchant(session, listing, listings=[listing], now=served.clock())
        append(session, [*_searches(served), *_visits(served), *_money(served)], now=served.clock(), trusted=True)
    with writing(served.container.engine) as session:
        doubtful = served.container.weigh(session, [TEA_HOUSE], 0, 2**53)
        judged = [visit.index for visit in doubtful if visit.verdict.is_doubtful][:2]
        for index in judged:
            dispute(session, [TEA_HOUSE], index, note="ours", now=served.clock())
        decide(session, judged[0], counts=True, decided_by="admin", now=served.clock())
        forget(session, "a-guest-004", now=served.clock())
    return served


def _event(served: Served, name: str, days: float, listing: str, visitor: str | None, payload: Payload) -> Event:
    at = served.clock() - timedelta(days=days)
    return Event(
        id=f"{payload.kind}-{name}-{listing}", at=at, listing=listing, visitor=visitor,
        consent=Consent.REMEMBERED, payload=payload,
    )  # fmt: skip


def _searches(served: Served) -> list[Event]:
    found = []
    for number in range(60):
        who, days = f"a-guest-{number:03d}", number % 45 + 0.3
        for place in ((TEA_HOUSE, FARM_STAY, *NEIGHBOURS)[number % 7], TEA_HOUSE):
            eligible = Withheld if number % 9 == 0 else Impression
            payload: Payload = eligible(query_id="a-search-1", position=0, propensity=0.05 if number % 9 == 0 else 0.95)
            if isinstance(payload, Impression):
                payload = payload.model_copy(update={"understood": CHIPS})
            found.append(_event(served, f"{number}-{place}", days, place, who, payload))
        if number % 2:
            found.append(_event(served, f"{number}", days - 0.1, TEA_HOUSE, who, Open()))
    return found


def _visits(served: Served) -> list[Event]:
    found = []
    for number in range(60):
        who, days, came = f"a-guest-{number:03d}", number % 45, served.clock()
        for place in (TEA_HOUSE, (FARM_STAY, *NEIGHBOURS)[number % 6]):
            ticket = Ticket(opened_at=came - timedelta(days=days, hours=2)) if number % 5 == 0 else None
            scan = Scan(own_network=True, staff_of=place) if number % 8 == 0 else None
            grade = Grade.STATED if number % 11 == 0 else Grade.SCANNED
            visit = Visit(grade=grade, ticket=ticket, scan=scan, origin="杭州" if number % 3 else "county")
            found.append(_event(served, f"{number}", days, place, who, visit))
    return found


def _money(served: Served) -> list[Event]:
    issued: dict[str, Any] = {"attested_by": Attester.ISSUER, "issuer": "the bank", "signature": "ab" * 64}
    paid = [
        Payment(amount=6_000 + number, reference=f"{number}", visit=f"visit-{number}-{TEA_HOUSE}", **issued)
        for number in range(1, 30)
    ]
    bills = [
        BillPaid(service="water", attested_by=Attester.ISSUER, issuer="the works", on_time=True),
        BillPaid(service="rent", attested_by=Attester.MERCHANT, on_time=True),
    ]
    return [
        *(_event(served, f"{number}", number % 45, TEA_HOUSE, None, one) for number, one in enumerate(paid, 1)),
        *(_event(served, f"{number}", 20 * number + 3, TEA_HOUSE, None, one) for number, one in enumerate(bills)),
    ]


@pytest.fixture
def handed_on(lived_in: Served) -> tuple[list[bytes], list[bytes], str]:
    """The lines of the export and of the facts, and the origin of the ledger: all that an auditor is given."""
    engine = lived_in.container.engine
    signed(engine)
    with reading(engine) as session:
        last = newest(session)
        assert last is not None
        origin = last.checkpoint.origin
        names = AskedFor(lived_in.container.finder())
        facts = list(facts_lines(session, lived_in.container.settings, names, origin=origin, now=lived_in.clock()))
    return exported(engine).splitlines(keepends=True), [f"{line}\n".encode() for line in facts], origin


def audited(handed_on: tuple[Sequence[bytes], Sequence[bytes], str], folder: Path, wanted: Wanted) -> Any:
    """Compute where nothing is at hand but the two files: other settings, and no database."""
    export, facts, origin = handed_on
    elsewhere = Settings(data=folder / "none", timezone="America/Lima", open_window_days=1, county="x")
    return json.loads(json.dumps(figures_of(elsewhere, export, ("facts", origin, facts), wanted)))


def shown(served: Served, path: str, **params: Any) -> Any:
    role = "board" if path.startswith("board") else "merchant"
    let_key_read_credit(served)
    reply = served.client.get(f"/v1/{path}", headers=served.keys.header(role), params={"lang": "en", **params})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_two_files_give_what_every_route_shows(
    lived_in: Served, handed_on: tuple[list[bytes], list[bytes], str], tmp_path: Path
) -> None:
    mine, path = lived_in.merchant, f"merchants/{lived_in.merchant}"
    assert len(audited(handed_on, tmp_path, Wanted(7))["merchants"]) == 7
    for days in (7, 90):
        chosen = Wanted(days, merchants=[mine], board=True, experiment=True)
        found = audited(handed_on, tmp_path, chosen)
        _the_board_is_equal(found["board"], shown(lived_in, "board/indicators", days=days))
        page = found["merchants"][mine]
        _the_effect_is_equal(page, found["experiment"], shown(lived_in, f"{path}/effect", days=days))
        _the_figures_are_equal(page, lived_in, days)
    _the_credit_is_equal(page, shown(lived_in, f"{path}/credit"), shown(lived_in, f"{path}/credit-signals"))


@pytest.mark.one_database("postgresql", "its order of texts is another than SQLite's, into which the events are put")
def test_the_same_are_compared_in_place(lived_in: Served) -> None:
    found = recompute(lived_in.container.settings, lived_in.clock(), AskedFor(lived_in.container.finder()))
    assert (found.differs, found.merchants) == (None, 7)


def _the_board_is_equal(found: Any, reply: Any) -> None:
    assert [one["id"] for one in found] == [one["id"] for one in reply["indicators"]]
    assert sum(one["value"] is not None for one in found) > 0
    for one, told in zip(found, reply["indicators"], strict=True):
        cells = [{**cell, "label": cell["label"]["en"]} for cell in one["cells"]]
        assert (one["value"], one["total"], one["suppressed"]) == (told["value"], told["total"], told["suppressed"])
        assert (cells, one["interval"], one["made_up"]) == (told["cells"], told["interval"], told["made_up"])


def _the_effect_is_equal(mine: Any, experiment: Any, reply: Any) -> None:
    assert set(reply["caused"]) == set(mine["effect"]["caused"]) == {TEA_HOUSE}
    for listing, caused in reply["caused"].items():
        told = {**caused, "per_unit": caused["per_visitor"]}
        del told["per_visitor"]
        assert mine["effect"]["caused"][listing] == experiment["caused"][listing] == told
    shift = mine["effect"]["displacement"]
    told = reply["displacement"]
    assert (shift["per_unit"], shift["low"], shift["high"]) == (told["per_visitor"], told["low"], told["high"])
    assert mine["credit"] == reply["credit"]


def _the_figures_are_equal(mine: Any, served: Served, days: int) -> None:
    path = f"merchants/{served.merchant}/stats"
    reply = shown(served, path, days=days, compare="previous,peers")
    on_request = shown(served, path, days=days, fields="searches,wanted,origins,returning")
    steps = shown(served, path, days=days, grain="week", limit=100)
    summary = mine["summary"]
    for name in ("visits", "visitors", "referred_visitors", "share", "weighted_visits", "effective_visitors", "opens"):
        assert summary[name] == reply[name], name
        assert summary["previous"][name] == reply["previous"][name], name
    assert (summary["doubtful_visits"], summary["paid_visits"]) == (reply["doubtful_visits"], reply["paid_visits"])
    assert min(reply["visits"], reply["referred_visitors"], reply["doubtful_visits"], reply["paid_visits"]) > 0
    assert (mine["sentence"]["en"], summary["interval"]) == (reply["sentence"], reply["interval"])
    assert (summary["shown_hours"], mine["listings"]) == (reply["by_hour"], reply["listings"])
    for name, middle in reply["peers"].items():
        assert mine["peers"][name] == {part: middle[part] for part in ("low", "median", "high")}
    for printed, name in (("found", "searches"), ("wanted", "wanted")):
        assert mine[printed]["en"]["wishes"] == on_request[name]["wishes"] != []
    assert mine["origins"]["told"] == on_request["origins"]["told"]
    assert [told for _, told in mine["origins"]["places"]] == [
        one["visitors"] for one in on_request["origins"]["places"]
    ]
    assert mine["returning"] == on_request["returning"]
    weeks = [
        {name: row[name] for name in each["counts"]}
        for each, row in zip(mine["rows"]["week"], steps["rows"], strict=True)
    ]
    assert [each["counts"] for each in mine["rows"]["week"]] == weeks


def _the_credit_is_equal(mine: Any, credit: Any, signals: Any) -> None:
    report = mine["report"]
    assert (report["score"], report["sha256"]) == (credit["score"], credit["formula_sha256"])
    assert report["doubtful"] == credit["doubtful_visits"]
    assert len(report["inputs"]) == len(credit["inputs"])
    told = {term["id"]: (term["value"], term["points"]) for term in credit["terms"]}
    assert {term["id"]: (term["value"], term["points"]) for term in report["terms"]} == told
    assert any(points for _, points in told.values())
    values = [(one["id"], one["value"]) for one in signals["signals"]]
    assert [(one["id"], one["value"]) for one in mine["signals"]] == values
