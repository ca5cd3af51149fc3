"""A merchant's alerts that they have not dismissed."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, Session, SQLModel, col, select

from api import accounts
from api.accounts.tables import UtcDateTime
from api.container import Container
from index.errors import NotFound
from index.hours import parse_hours
from index.listing import Listing
from ledger.alerts import Alert, alerts


class DismissedAlert(SQLModel, table=True):
    """An alert that a merchant does not want to see again."""

    __tablename__ = "dismissed_alert"

    merchant_id: str = Field(sa_column=Column(String(40), ForeignKey("merchant.id"), primary_key=True))
    alert_id: str = Field(primary_key=True, max_length=500)
    at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))


def alerts_of(container: Container, session: Session, merchant: str) -> list[Alert]:
    """Return what a merchant should look at and has not dismissed, newest first; closed places give none."""
    found = alerts_now(session, accounts.listings_of(session, merchant), container.clock(), container.settings.tz)
    query = select(DismissedAlert.alert_id).where(col(DismissedAlert.merchant_id) == merchant)
    dismissed = set(session.exec(query))
    return [alert for alert in found if alert.id not in dismissed]


def alerts_now(session: Session, own: Iterable[Listing], now: datetime, tz: ZoneInfo) -> list[Alert]:
    """Return what the owner of these listings should look at, dismissed or not; closed places give none."""
    places = [listing for listing in own if not listing.closed]
    hours = {listing.id: parse_hours(listing.hours) if listing.hours else None for listing in places}
    return alerts(session, hours, now, tz)


def dismiss(container: Container, session: Session, merchant: str, alert_id: str) -> None:
    """Hide an alert from now on.

    Raises:
        NotFound: The merchant has no such alert.
    """
    if not any(alert.id == alert_id for alert in alerts_of(container, session, merchant)):
        raise NotFound("alert", alert_id)
    session.add(DismissedAlert(merchant_id=merchant, alert_id=alert_id, at=container.clock()))
