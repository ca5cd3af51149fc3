"""Bills in an issuer's signed feed: what is signed counts; what was changed, unknown or unpaid is told by its line."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from index.database import reading, writing
from index.report import ImportReport
from ledger.append import Status
from ledger.bills import band_of, bill_event, is_signed, signed_bytes
from ledger.credit_report import CreditReport, credit_report
from ledger.dates import read_day
from ledger.disputes import take_back
from ledger.events import Attester, Bill
from ledger.payments_import import import_feed, trust_issuer
from ledger.reading import events_of
from ledger.stated_bills import state_bill
from tests.index.builders import a_listing
from tests.ledger.builders import NOW, TZ, an_event

WATER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = WATER.public_key().public_bytes_raw()
TODAY = NOW.astimezone(TZ).date()


def a_line(number: int = 1, *, signer: Ed25519PrivateKey = WATER, sign: bool = True, **said: Any) -> str:
    """A line of a feed about the bill of so many months ago: `said` is signed too, or else changed afterwards."""
    month = TODAY.replace(day=20) - number * timedelta(days=30)
    line: dict[str, Any] = {
        "kind": "bill",
        "issuer": "water works",
        "listing": "tea-house",
        "service": "water",
        "due": month.isoformat(),
        "paid": (month - timedelta(days=2)).isoformat(),
        "band": 1,
        "reference": f"W-{number}",
    }
    signed = line | said if sign else line
    days: dict[str, Any] = {name: read_day(signed[name]) for name in ("due", "paid")}
    fields = {name: signed[name] for name in ("service", "band", "issuer", "reference")}
    bill = Bill(**fields, **days, attested_by=Attester.ISSUER, signature="0" * 128)
    event = bill_event("any", signed["listing"], bill, TZ)
    return json.dumps(line | said | {"signature": signer.sign(signed_bytes(event)).hex()})


@pytest.fixture
def trusting(any_engine: Engine) -> Engine:
    """A ledger that trusts the water works, with one listing."""
    with writing(any_engine) as session:
        session.add(a_listing(id="tea-house"))
        trust_issuer(session, "water works", KEY.hex(), now=NOW)
    return any_engine


def imported(engine: Engine, folder: Path, lines: Sequence[str]) -> ImportReport:
    feed = folder / "feed.jsonl"
    feed.write_text("\n".join(lines), encoding="utf-8")
    return import_feed(engine, feed, now=NOW, tz=TZ)


def report(engine: Engine) -> CreditReport:
    with reading(engine) as session:
        return credit_report(session, ["tea-house"], NOW, tz=TZ)


def bills(engine: Engine) -> tuple[float | None, int]:
    return next((term.value, term.points) for term in report(engine).terms if term.id == "bills")


def test_signed_bills_move_the_term_once_and_can_be_verified_from_the_log(trusting: Engine, tmp_path: Path) -> None:
    lines = [a_line(number) for number in range(1, 4)]

    done = imported(trusting, tmp_path, lines)

    assert (done.inserted, done.exit_code) == (3, 0)
    assert bills(trusting) == (3, 12)
    again = imported(trusting, tmp_path, lines)
    assert (again.inserted, again.unchanged) == (0, 3)
    assert bills(trusting) == (3, 12)
    with reading(trusting) as session:
        events = [logged.event for logged in events_of(session)]
    assert all(is_signed(event, KEY) for event in events)
    assert not is_signed(events[0], Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw())
    assert not is_signed(an_event(), KEY)
    [first, *_] = report(trusting).inputs
    assert (first.issuer, first.service, first.band, first.on_time) == ("water works", "water", 1, True)
    assert first.paid is not None
    assert first.at.date() == first.paid


def test_a_late_bill_goes_in_and_counts_nothing(trusting: Engine, tmp_path: Path) -> None:
    imported(trusting, tmp_path, [a_line(1), a_line(2), a_line(3, due="2026-01-01")])

    assert bills(trusting) == (0, 0)
    assert [one.on_time for one in report(trusting).inputs] == [True, True, False]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"])
def test_days_are_read_year_first_in_any_form(form: str) -> None:
    assert read_day(date(2026, 3, 4).strftime(form)) == date(2026, 3, 4)


def test_each_line_that_cannot_go_in_is_told_and_the_rest_go_in(trusting: Engine, tmp_path: Path) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    wrong = [
        (a_line(2, signer=other), "the signature is not that of water works"),
        (a_line(2, sign=False, due="2027-01-01"), "the signature is not that of water works"),
        (a_line(2, sign=False, service="rent"), "the signature is not that of water works"),
        (a_line(2, sign=False, listing="farm-stay"), "the signature is not that of water works"),
        (a_line(2, listing="farm-stay"), "there is no listing 'farm-stay' here"),
        (a_line(2, sign=False, issuer="another"), "'another' is not trusted"),
        (a_line(2, sign=False, paid=None), "this bill is not paid"),
        (a_line(2, sign=False, paid="03/04/2026"), "paid: no day: '03/04/2026'; write it as 2026-11-24"),
        (a_line(2, sign=False, due="yesterday"), "due: no day"),
        (a_line(2, paid="2027-01-01", due="2027-01-01"), "2027-01-01 is still to come"),
        (a_line(2, sign=False, band=-1), "band"),
        (a_line(2, sign=False, band="1"), "band"),
        (a_line(2, sign=False, service="tea"), "service"),
        (a_line(2, sign=False, reference=""), "issuer, reference and signature"),
        (a_line(2, sign=False, signature="zz").replace('"kind": "bill"', '"kind": "biil"'), "neither payment nor bill"),
        (json.dumps({"rows": []}), "a JSON object with a signature"),
        ("\u0000", "Expecting value"),
        (a_line(1, due="2026-12-01"), "another event has this id"),
    ]

    done = imported(trusting, tmp_path, [a_line(1), *(line for line, _ in wrong)])

    assert (done.inserted, done.exit_code) == (1, 3)
    assert {one.line for one in done.rejected} == set(range(2, len(wrong) + 2))
    told = {one.line: one.reason for one in done.rejected}
    assert [(number, reason) for number, (_, reason) in enumerate(wrong, 2) if reason not in told[number]] == []


def test_bands_begin_at_their_amounts() -> None:
    assert [band_of(yuan) for yuan in (0.01, 99.99, 100, 500, 1_999, 2_000, 10_000)] == [0, 0, 1, 2, 2, 3, 4]


def test_a_bill_says_who_attests_it_and_only_an_issuer_signs() -> None:
    said: dict[str, Any] = {"service": "rent", "due": TODAY, "paid": TODAY, "band": 3}
    kinds: list[dict[str, Any]] = [
        {"attested_by": "issuer", "issuer": "landlord"},
        {"attested_by": "issuer", "issuer": "landlord", "reference": "1"},
        {"attested_by": "merchant", "issuer": "landlord"},
        {"attested_by": "merchant", "signature": "0" * 128},
    ]
    for more in kinds:
        with pytest.raises(ValueError, match="others have none"):
            Bill(**said, **more)


def test_a_stated_bill_is_noted_once_lifts_nothing_and_can_be_stated_again_after_it_was_taken_back(
    any_engine: Engine,
) -> None:
    bill = Bill(service="rent", due=TODAY, paid=TODAY, band=3, attested_by=Attester.MERCHANT)

    def state() -> Status:
        with writing(any_engine) as session:
            return state_bill(session, "tea-house", bill, now=NOW, tz=TZ).status

    assert [state(), state()] == [Status.RECORDED, Status.DUPLICATE]
    assert report(any_engine).score == report(any_engine).base
    assert report(any_engine).months[-1].stated_bills == 1
    with writing(any_engine) as session:
        take_back(session, ["tea-house"], 0, taken_by="laoban", now=NOW)
    assert report(any_engine).months[-1].stated_bills == 0
    assert [state(), state()] == [Status.RECORDED, Status.DUPLICATE]
    assert report(any_engine).months[-1].stated_bills == 1
