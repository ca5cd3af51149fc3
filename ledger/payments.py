"""Payments: an issuer's signed feed, which lifts a visit to grade A, and a merchant's own file, which lifts nothing.

Who attests it stands in every payment. A feed, which may bring bills too, is JSON lines, each signed with Ed25519
(RFC 8032) by an issuer that the operator trusts; the signature is kept with the payment, so that an auditor can verify
it again. A merchant's file is rows of a till or a statement, read with a mapping from what is needed to how the columns
are called.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from index.errors import UsageError
from index.report import Rejection
from ledger.bills import attested_bill
from ledger.dates import DAY_FORMS
from ledger.events import Attester, Event, Payment
from ledger.proof import canonical_json
from ledger.proof.ed25519 import verifies

#: What a merchant's file has to hold, and how such columns are usually called.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "at": ("交易时间", "支付时间", "付款时间", "时间", "time", "date", "paid at", "at"),
    "amount": ("实收金额", "交易金额", "订单金额", "金额", "amount", "total", "paid"),
    "reference": ("交易单号", "订单号", "流水号", "单号", "reference", "order", "id"),
}
#: Rows that are not of money that came in.
_REFUNDS = ("退款", "refund")
_TIMES = tuple(
    f"{day}{time}" for day in DAY_FORMS for time in (" %H:%M:%S", " %H:%M", "T%H:%M:%S", "%H:%M:%S", "%H:%M", "")
)
#: Fen that nobody pays; the digits of 1e999999 take a minute to write out.
_TOO_MUCH = 10**15
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")


class RowFault(StrEnum):
    """Why a row of a merchant's file is no payment."""

    REFERENCE = "no_reference"
    REFUND = "no_income"
    AMOUNT = "no_amount"
    TIME = "no_time"
    OTHER = "no_payment"


class _RowError(ValueError):
    def __init__(self, fault: RowFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Columns:
    """How a file calls the columns that are needed."""

    at: str
    amount: str
    reference: str


def columns_of(header: Iterable[str], given: Mapping[str, str]) -> Columns:
    """Return the columns: those given, and for others what they are usually called.

    Raises:
        UsageError: One cannot be found in the header, or a given name is not in it.
    """
    known = {name.strip().lower(): name for name in header}
    found: dict[str, str] = {}
    for need, usual in USUAL_NAMES.items():
        wanted = (given[need],) if need in given else usual
        name = next((known[each.strip().lower()] for each in wanted if each.strip().lower() in known), None)
        if name is None:
            columns = ", ".join(known.values())
            raise UsageError(f"no column for {need}; name it, as in --map {need}=NAME (the file has: {columns})")
        found[need] = name
    return Columns(**found)


def from_statement(
    rows: Iterable[tuple[int, Mapping[str, str]]], columns: Columns, listing: str, tz: ZoneInfo
) -> Iterator[Event | Rejection]:
    """Yield a payment that the merchant attests for each row, or why the row is none.

    Args:
        rows: The line on which each begins, and its cells by column.
        columns: How the columns are called.
        listing: Whose takings they are.
        tz: Of times without an offset.
    """
    for line, row in rows:
        try:
            yield _stated(row, columns, listing, tz)
        except _RowError as exc:
            yield Rejection(line, str(exc), exc.fault)
        except ValueError as exc:
            yield Rejection(line, _reason(exc), RowFault.OTHER)


def _stated(row: Mapping[str, str], columns: Columns, listing: str, tz: ZoneInfo) -> Event:
    reference = row.get(columns.reference, "").strip().strip("`\t")
    if not reference:
        raise _RowError(RowFault.REFERENCE, f"{columns.reference} is empty")
    amount = minor_units(row.get(columns.amount, ""))
    if amount <= 0 or any(word in " ".join(row.values()).lower() for word in _REFUNDS):
        raise _RowError(RowFault.REFUND, "it is a refund, or nothing was paid")
    payload = Payment(amount=amount, attested_by=Attester.MERCHANT, reference=reference[:200])
    at = _time(row.get(columns.at, ""), tz)
    return Event(id=payment_id(listing, "", reference), at=at, listing=listing, payload=payload)


def minor_units(text: str) -> int:
    """Return an amount of money as it is written on a statement, in fen.

    Raises:
        ValueError: It is none.
    """
    cleaned = text.strip().lstrip("¥￥").replace(",", "").removesuffix("元").strip()
    try:
        amount = Decimal(cleaned) * 100
    except ArithmeticError as exc:
        raise _RowError(RowFault.AMOUNT, f"no amount of money: {text.strip()!r}") from exc
    if not amount.is_finite() or abs(amount) >= _TOO_MUCH or amount != amount.to_integral_value():
        raise _RowError(RowFault.AMOUNT, f"no amount of money: {text.strip()!r}")
    return int(amount)


def _time(text: str, tz: ZoneInfo) -> datetime:
    cleaned = text.strip().strip("`\t")
    for form in _TIMES:
        try:
            return datetime.strptime(cleaned, form).replace(tzinfo=tz)
        except ValueError:
            continue
    try:
        parsed = datetime.fromisoformat(cleaned)
    except ValueError as exc:
        raise _RowError(RowFault.TIME, f"no time: {cleaned!r}; write it as 2026-11-24 12:00:00") from exc
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=tz)


def from_feed(
    lines: Iterable[tuple[int, str]], keys: Mapping[str, bytes], tz: ZoneInfo, today: date
) -> Iterator[Event | Rejection]:
    """Yield a payment or a bill for each line of a signed feed, or why it is not taken.

    Args:
        lines: Numbered JSON objects with `kind`, which is `bill` for what `ledger.bills.attested_bill` reads, and
            `payment`, or absent, for others: these have `issuer`, `listing`, `at`, `amount`, `currency`, `reference`,
            `visit` (the id of the visit's event, or null) and `signature`, Ed25519 in hexadecimal over `signed_bytes`.
        keys: Public key by the name of each issuer that is trusted.
        tz: Of the local day on which a bill was paid.
        today: In the same zone.
    """
    for number, line in lines:
        if line.strip():
            try:
                yield _attested(json.loads(line), keys, tz, today)
            except (ValueError, RecursionError) as exc:
                yield Rejection(number, _reason(exc))


def _attested(raw: Any, keys: Mapping[str, bytes], tz: ZoneInfo, today: date) -> Event:
    if not isinstance(raw, dict) or not isinstance(raw.get("signature"), str):
        raise ValueError("a payment or a bill is a JSON object with a signature")  # noqa: TRY004 - one kind of fault
    issuer = str(raw.get("issuer"))
    if issuer not in keys:
        raise ValueError(f"issuer {issuer!r} is not trusted; see baicha payments trust")
    kind = raw.get("kind", "payment")
    if kind == "bill":
        return attested_bill(raw, keys[issuer], tz, today)
    if kind != "payment":
        raise ValueError(f"kind: {kind!r} is neither payment nor bill")
    return _attested_payment(raw, issuer, keys[issuer])


def _attested_payment(raw: Mapping[str, Any], issuer: str, key: bytes) -> Event:
    payload = Payment(
        amount=raw.get("amount", 0),
        currency=raw.get("currency", "CNY"),
        attested_by=Attester.ISSUER,
        issuer=issuer,
        reference=raw.get("reference", ""),
        visit=raw.get("visit"),
        signature=raw["signature"],
    )
    listing = raw.get("listing")
    event_id = payment_id(str(listing), issuer, payload.reference)
    event = Event(id=event_id, at=raw.get("at"), listing=listing, payload=payload)
    if not is_signed(event, key):
        raise ValueError(f"the signature is not that of {issuer}")
    return event


def signed_bytes(event: Event) -> bytes:
    """Return what an issuer signs: a line, then the canonical JSON (RFC 8785) of the payment, with its time in UTC.

    It can be made again from the event in the log, so that whoever has the issuer's key can verify the payment.
    """
    written = event.model_dump(mode="json")
    names = ("amount", "currency", "issuer", "reference", "visit")
    said = {"listing": event.listing, "at": written["at"], **{name: written["payload"][name] for name in names}}
    return b"baicha payment 1\n" + canonical_json(said).encode()


def is_signed(event: Event, key: bytes) -> bool:
    """Return whether a payment's event carries the signature of the issuer with this public key."""
    payment = event.payload
    if not isinstance(payment, Payment) or payment.signature is None:
        return False
    return verifies(key, signed_bytes(event), bytes.fromhex(payment.signature))


def public_key(text: str) -> bytes:
    """Return an Ed25519 public key from its 64 hexadecimal digits.

    Raises:
        UsageError: It is none.
    """
    if not _PUBLIC_KEY.fullmatch(text.strip().lower()):
        raise UsageError("a public key is 64 hexadecimal digits (Ed25519, RFC 8032)")
    return bytes.fromhex(text.strip())


def payment_id(listing: str, issuer: str, reference: str) -> str:
    """Return an id that follows from what names a payment, so that it is stored once, however often it is sent.

    `issuer` is empty where the merchant attests it.
    """
    named = f"{listing}\n{issuer}\n{reference}".encode()
    return f"payment-{hashlib.sha256(named).hexdigest()[:40]}"


def _reason(exc: Exception) -> str:
    if isinstance(exc, ValidationError):
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(exc, RecursionError):
        return "nested too deeply"
    return " ".join(str(exc).split())
