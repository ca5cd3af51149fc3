"""A served county for the tests: real listings, index, encoder and ledger, with a clock that stands still."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from starlette.routing import BaseRoute

from api import accounts, credit_consents
from api.accounts import Role
from api.container import Container
from index.database import writing
from recommender.finder import Finder

#: A Tuesday noon in the county.
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

TEA_HOUSE = "made-up-tea-house"
FARM_STAY = "made-up-farm-stay"
GARDEN = "bamboo-garden"


#: The routes of the first app that was served, which do not know whose they are.
_routes: list[BaseRoute] = []


@dataclass
class Clock:
    """A clock that goes only when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


def listing_row(number: int, **fields: Any) -> dict[str, Any]:
    """One row of an import file, with a default for everything that a test does not speak of."""
    defaults: dict[str, Any] = {
        "id": f"place-{number:02d}",
        "source": "tests",
        "category": ("restaurant", "hotel", "attraction")[number % 3],
        "name": f"第{number}家",
        "name_en": f"Place {number}",
        "subtype": "农家乐",
        "area": "天荒坪镇",
        "area_en": "Tianhuangping",
        "description": "竹林边的小院，可以喝茶。",
        "description_en": "A small yard by the bamboo, with tea.",
        "lat": 30.55 + number / 1000,
        "lon": 119.61 + number / 1000,
        "coordinates_accuracy_m": 30,
        "price": 60.0 + number,
        "rating": 4.0,
        "hours": "Mo-Su 09:00-21:00",
        "phone": "0572-5550100",
        "facilities": ["免费停车"],
        "facilities_en": ["free parking"],
    }
    return defaults | fields


ROWS = [
    *(listing_row(number) for number in range(24)),
    listing_row(30, id=TEA_HOUSE, name="溪边茶馆", name_en="Brook Tea House", category="restaurant", made_up=True),
    listing_row(31, id=FARM_STAY, name="竹里人家", name_en="Bamboo Hamlet", category="restaurant", made_up=True),
    listing_row(
        32,
        id=GARDEN,
        name="竹子园",
        name_en="Bamboo Garden",
        category="attraction",
        coordinates_accuracy_m=2000,
        hours=None,
    ),
]


@dataclass
class Keys:
    """A key of every role, and of a second merchant."""

    merchant: str
    other_merchant: str
    board: str
    admin: str

    def header(self, role: str) -> dict[str, str]:
        """Return the headers that a role sends; nobody sends none."""
        return {} if role == "nobody" else {"Authorization": f"Bearer {getattr(self, role)}"}


@dataclass
class Served:
    """The app and what a test needs to speak to it."""

    app: FastAPI
    container: Container
    clock: Clock
    client: TestClient
    merchant: str
    other_merchant: str
    keys: Keys
    browsers: list[TestClient] = field(default_factory=list)

    def browser(self) -> TestClient:
        """Return another browser, with cookies of its own."""
        made = TestClient(self.app, raise_server_exceptions=False)
        self.browsers.append(made)
        return made

    def admin(self) -> dict[str, str]:
        """Return the operator's headers."""
        return self.keys.header("admin")


@dataclass(frozen=True, slots=True)
class County:
    """A prepared data folder, who is in it, and the finder over its snapshot."""

    folder: Path
    merchant: str
    other_merchant: str
    keys: Keys
    finder: Finder


def let_key_read_credit(served: Served) -> None:
    """Let the first merchant's key read credit, as its owner does on the credit page."""
    owner = accounts.Holder(Role.MERCHANT, served.merchant, "laoban")
    with writing(served.container.engine) as session:
        for key in credit_consents.keys_of(session, served.merchant):
            credit_consents.let_key(session, owner, key.prefix, read=True, now=served.clock())


def with_merchants(engine: Engine, now: datetime) -> tuple[str, str, Keys]:
    """Make two merchants, the first of the tea house, the second of the farm stay, and a key of every role."""
    with writing(engine) as session:
        merchant = accounts.make_merchant(session, "溪边茶馆", listings=[TEA_HOUSE], now=now).id
        other = accounts.make_merchant(session, "竹里人家", listings=[FARM_STAY], now=now).id
        make: Callable[..., accounts.NewKey] = lambda role, of=None: accounts.make_key(  # noqa: E731
            session, role, merchant=of, now=now
        )
        keys = Keys(
            make(Role.MERCHANT, merchant).plain,
            make(Role.MERCHANT, other).plain,
            make(Role.BOARD).plain,
            make(Role.ADMIN).plain,
        )
    return merchant, other, keys


def serve(county: County, container: Container, clock: Clock) -> Served:
    """Serve a copy of the county's folder."""
    from api.app import create_app

    app = create_app(container)
    # Looking through a hundred routes for what each depends on takes longer than most tests: once is enough.
    own = [route for route in app.router.routes if getattr(route, "path", "") == app.openapi_url]  # it asks its app
    if not _routes:
        _routes.extend(route for route in app.router.routes if route not in own)
    app.router.routes = [*own, *_routes]
    client = TestClient(app, raise_server_exceptions=False)
    return Served(app, container, clock, client, county.merchant, county.other_merchant, county.keys)


def browser_with_visitor(served: Served) -> tuple[TestClient, str]:
    """Return a browser that has a visitor's cookie, and the visitor's id."""
    from api.visitors import VISITOR_COOKIE

    browser = served.browser()
    event = {
        "id": f"first-share-{len(served.browsers)}",
        "at": served.clock().isoformat(),
        "listing": GARDEN,
        "payload": {"kind": "share"},
    }
    assert browser.post("/v1/events", json={"events": [event]}).status_code == 200
    return browser, browser.cookies[VISITOR_COOKIE].split(".")[2]
