"""The form by which a merchant states a bill: what can be chosen, and what was typed, read field by field."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, get_args

from api.pages.merchants import name_of, own_listings
from api.pages.page import Frame
from ledger.bills import band_of
from ledger.credit_inputs import first_month
from ledger.dates import read_day
from ledger.events import Attester, Bill, Service
from ledger.payments import minor_units

#: A bill paid longer before or after it was due is a slip of the pen.
_FAR = timedelta(days=366)
SERVICES: tuple[str, ...] = get_args(Service)


def places_of(frame: Frame) -> list[dict[str, str]]:
    """Return the merchant's own places, to choose one from."""
    return [{"id": listing.id, "name": name_of(frame, listing)} for listing in own_listings(frame)]


def services(frame: Frame) -> list[dict[str, str]]:
    """Return what bills may be for, in the reader's language."""
    return [{"id": name, "name": frame.t(f"credit.service_{name}")} for name in SERVICES]


def read_bill(frame: Frame, typed: Mapping[str, str]) -> Bill | dict[str, str]:
    """Return the bill that was typed, or for each field that is wrong the text that says so.

    Days are taken in the forms of `ledger.dates`, amounts as on a statement.
    """
    due, paid = _day(typed["due"]), _day(typed["paid"])
    yuan = _yuan(typed["amount"])
    wrong: dict[str, str] = {}
    if typed["service"] not in SERVICES:
        wrong["service"] = "credit.bad_service"
    if due is None:
        wrong["due"] = "credit.bad_day"
    if paid is None:
        wrong["paid"] = "credit.bad_day"
    elif paid > frame.now.date():
        wrong["paid"] = "credit.bad_future"
    elif paid < first_month(frame.now.date()):
        wrong["paid"] = "credit.bad_old"
    elif due is not None and abs(due - paid) > _FAR:
        wrong["due"] = "credit.bad_far"
    if yuan is None or yuan <= 0:
        wrong["amount"] = "credit.bad_amount"
    if wrong or due is None or paid is None or yuan is None:
        return {name: frame.t(key) for name, key in wrong.items()}
    service: Any = typed["service"]
    return Bill(service=service, due=due, paid=paid, band=band_of(yuan), attested_by=Attester.MERCHANT)


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return read_day(text)
    return None


def _yuan(text: str) -> float | None:
    with suppress(ValueError):
        return minor_units(text) / 100
    return None
