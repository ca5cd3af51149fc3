import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from index.database import reading, writing
from index.errors import UnreadableInput, UsageError
from index.report import Rejection
from ledger.counted import NotCounted, counted_entries
from ledger.disputes import decide, withdraw
from ledger.events import Attester, Event, Grade, Payment, Scan, Visit
from ledger.merchant_rows import Grain, rows
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.payments import columns_of, from_feed, is_signed, signed_bytes
from ledger.payments_import import import_feed, import_statement, trust_issuer
from ledger.periods import Period
from ledger.reading import events_of
from tests.index.builders import a_listing
from tests.ledger.builders import NOW, TZ, an_event, stored

BANK = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = BANK.public_key().public_bytes_raw()
TILL = """微信支付账单明细
,,
交易时间,交易单号,交易类型,金额
2026-11-24 12:05:00,`4200001,消费,¥88.00
2026-11-24 12:30:00,`4200002,消费,"1,234.50"
2026-11-24 12:40:00,`4200003,退款,¥88.00
yesterday,`4200004,消费,¥10
2026-11-24 12:50:00,,消费,¥10
2026-11-24 12:55:00,`4200005,消费,free
2026-11-24 12:56:00,`4200006,消费,1e999999
"""


def a_line(visit: str | None = None, *, signer: Ed25519PrivateKey = BANK, **changed: Any) -> str:
    """A line of a feed, signed, and changed afterwards as a test says."""
    said = {
        "issuer": "bank",
        "listing": "tea-house",
        "at": "2026-11-24T04:10:00Z",
        "amount": 8_800,
        "currency": "CNY",
        "reference": "4200001",
        "visit": visit,
    }
    payload = Payment(
        amount=8_800, attested_by=Attester.ISSUER, issuer="bank", reference="4200001", visit=visit, signature="0" * 128
    )
    event = an_event(payload, at=said["at"], visitor=None)
    return json.dumps(said | {"signature": signer.sign(signed_bytes(event)).hex()} | changed)


def taken(lines: Sequence[str]) -> list[Event | Rejection]:
    return list(from_feed(enumerate(lines, 1), {"bank": KEY}, TZ, NOW.date()))


def summary(engine: Engine) -> MerchantSummary:
    with reading(engine) as session:
        return merchant_summary(session, ["tea-house"], Period.last_days(7, NOW, TZ))


def test_a_signed_payment_is_taken_and_can_be_verified_again_from_its_event() -> None:
    [event] = taken([a_line(), ""])

    assert isinstance(event, Event)
    assert is_signed(event, KEY)
    assert not is_signed(event, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert not is_signed(an_event(), KEY)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (a_line(amount=8_801), "the signature is not that of bank"),
        (a_line(visit="visit-00000001", listing="farm-stay"), "the signature is not that of bank"),
        (a_line(at="2026-11-24T04:10:01Z"), "the signature is not that of bank"),
        (a_line(signer=Ed25519PrivateKey.from_private_bytes(bytes(32))), "the signature is not that of bank"),
        (a_line(issuer="another"), "'another' is not trusted"),
        (a_line(signature="zz"), "signature"),
        (a_line(signature=None), "is a JSON object with a signature"),
        (a_line(amount="much"), "amount"),
        (a_line(at=None), "at"),
        ("[1]", "is a JSON object with a signature"),
        ("{", "Expecting"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_was_changed_or_is_not_trusted_is_rejected_with_its_line(line: str, reason: str) -> None:
    [rejection] = taken(["", line])[:1]

    assert isinstance(rejection, Rejection)
    assert rejection.line == 2
    assert reason in rejection.reason


def test_a_feed_lifts_the_visit_it_names_and_a_statement_lifts_nothing(any_engine: Engine, tmp_path: Path) -> None:
    visit = an_event(Visit(grade=Grade.SCANNED, scan=Scan()), id="visit-00000001")
    stored(any_engine, visit)
    with writing(any_engine) as session:
        session.add(a_listing(id="tea-house"))
    till = tmp_path / "till.csv"
    till.write_text(TILL, encoding="utf-8")
    import_statement(any_engine, till, "tea-house", mapping={}, now=NOW, tz=TZ)
    assert (summary(any_engine).payments, summary(any_engine).paid_visits) == (2, 0)

    feed = tmp_path / "feed.jsonl"
    feed.write_text(a_line(visit.id), encoding="utf-8")
    assert import_feed(any_engine, feed, now=NOW, tz=TZ).exit_code == 2
    with writing(any_engine) as session:
        trust_issuer(session, "bank", KEY.hex(), now=NOW)
    assert import_feed(any_engine, feed, now=NOW, tz=TZ).exit_code == 0
    assert import_feed(any_engine, feed, now=NOW, tz=TZ).unchanged == 1

    assert (summary(any_engine).payments, summary(any_engine).paid_visits) == (3, 1)


def test_a_statement_is_read_with_its_preamble_and_each_bad_row_is_named(engine: Engine, tmp_path: Path) -> None:
    till = tmp_path / "till.csv"
    till.write_text(TILL, encoding="gb18030")

    report = import_statement(engine, till, "tea-house", mapping={}, now=NOW, tz=TZ)

    assert (report.inserted, report.exit_code) == (2, 3)
    assert [(one.line, one.reason.split(":")[0]) for one in report.rejected] == [
        (6, "it is a refund, or nothing was paid"),
        (7, "no time"),
        (8, "交易单号 is empty"),
        (9, "no amount of money"),
        (10, "no amount of money"),
    ]
    with reading(engine) as session:
        payments = [logged.event.payload for logged in events_of(session)]
    assert [each.amount for each in payments if isinstance(each, Payment)] == [8_800, 123_450]
    assert all(isinstance(each, Payment) and each.attested_by is Attester.MERCHANT for each in payments)
    again = import_statement(engine, till, "tea-house", mapping={}, now=NOW, tz=TZ)
    assert (again.inserted, again.unchanged) == (0, 2)


def test_a_mapping_that_was_given_once_is_remembered_for_the_listing(any_engine: Engine, tmp_path: Path) -> None:
    till = tmp_path / "till.csv"
    till.write_text("wann,wieviel,nummer\n2026-11-24 12:00,88,1\n", encoding="utf-8")
    mapping = {"at": "wann", "amount": "wieviel", "reference": "nummer"}
    with pytest.raises(UsageError, match="no column for at"):
        import_statement(any_engine, till, "tea-house", mapping={}, now=NOW, tz=TZ)

    assert import_statement(any_engine, till, "tea-house", mapping=mapping, now=NOW, tz=TZ).inserted == 1
    till.write_text("wann,wieviel,nummer\n2026-11-24 12:00,99,2\n", encoding="utf-8")

    assert import_statement(any_engine, till, "tea-house", mapping={}, now=NOW, tz=TZ).inserted == 1
    with pytest.raises(UsageError, match="no column"):
        import_statement(any_engine, till, "farm-stay", mapping={}, now=NOW, tz=TZ)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\xff"])
def test_a_file_with_nothing_to_read_says_so(engine: Engine, tmp_path: Path, content: bytes) -> None:
    till = tmp_path / "till.csv"
    till.write_bytes(content)

    with pytest.raises(UnreadableInput):
        import_statement(engine, till, "tea-house", mapping={}, now=NOW, tz=TZ)
    with pytest.raises(UnreadableInput):
        import_statement(engine, tmp_path / "missing.csv", "tea-house", mapping={}, now=NOW, tz=TZ)


def test_a_given_column_wins_over_the_usual_ones_and_must_exist() -> None:
    header = ["Time", "Amount", "实收金额", "id"]

    assert columns_of(header, {}).amount == "实收金额"
    assert columns_of(header, {"amount": "amount"}).amount == "Amount"
    with pytest.raises(UsageError, match="the file has: Time, Amount"):
        columns_of(header, {"amount": "takings"})


@pytest.mark.parametrize("key", ["", "zz" * 32, "ab" * 31])
def test_only_an_ed25519_key_is_trusted(engine: Engine, key: str) -> None:
    with writing(engine) as session, pytest.raises(UsageError, match="64 hexadecimal"):
        trust_issuer(session, "bank", key, now=NOW)


def test_a_withdrawn_payment_leaves_every_count_and_comes_back_by_a_later_decision(any_engine: Engine) -> None:
    week, stated = Period.last_days(7, NOW, TZ), {"attested_by": Attester.MERCHANT}
    days = [NOW - timedelta(hours=3), NOW - timedelta(hours=30)]
    stored(
        any_engine,
        *(an_event(Payment(amount=100, reference=str(at), **stated), at=at, visitor=None) for at in days),
    )

    def counted() -> tuple[int, list[int | None], list[NotCounted | None]]:
        with reading(any_engine) as session:
            by_day = rows(session, ["tea-house"], week, Grain.DAY, slice(-2, None))
            entries = counted_entries(session, ["tea-house"], week, "payment")
        return summary(any_engine).payments, [row.counts["payments"] for row in by_day], [e.why_not for e in entries]

    assert counted() == (2, [1, 1], [None, None])
    with writing(any_engine) as session:
        withdraw(session, 0, decided_by="board", now=NOW)
    assert counted() == (1, [1, 0], [None, NotCounted.WITHDRAWN])
    with writing(any_engine) as session:
        decide(session, 0, counts=False, decided_by="board", now=NOW)
    assert counted() == (2, [1, 1], [None, None])
