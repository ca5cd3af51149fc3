"""Load the starter data into an empty data folder, so that the first run shows a county instead of nothing.

Each step may be done twice without harm and is written down when it is done, so that an interrupted first run goes on
where it was. What an operator has imported is never mixed with starter data.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from index.database import reading, writing
from index.errors import StorageError, UnreadableInput
from index.listing import Listing
from index.progress import Progress
from index.settings import Settings
from ledger.events import Event

STATE_FILE = "starter.json"
LOCK_FILE = "starter.lock"
LISTINGS = "listings.jsonl"
PLACES = "places.csv"
ORIGINS = "origins.csv"
#: Seed of the made-up history; any number would do, but it must stay the same for a resumed load.
HISTORY_SEED = 1
#: How far the made-up history goes back.
HISTORY_DAYS = 120
#: Events that are appended in one transaction.
BATCH = 1000
#: The made-up merchant's login, and the label of the first admin key.
LOGIN = "demo"
KEY_LABEL = "first run"


class Step(StrEnum):
    """What the first run does, in this order."""

    LISTINGS = "listings"
    PLACES = "places"
    ORIGINS = "origins"
    INDEX = "index"
    HISTORY = "history"
    LOGINS = "logins"


class State(BaseModel):
    """How far the first run has come; kept in the data folder. `begun_at` is the end of the made-up history."""

    model_config = ConfigDict(extra="forbid")

    begun_at: datetime
    done: list[Step] = []


@dataclass(frozen=True, slots=True)
class FirstLogins:
    """What the first run hands over: an admin's key, and the login of one made-up merchant."""

    admin_key: str
    merchant: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Watcher:
    """How the loader speaks to whoever waits: a line a step, a bar for long ones, and the logins once."""

    say: Callable[[str], None]
    on_progress: Progress
    show_logins: Callable[[FirstLogins], None]


def load_starter(engine: Engine, settings: Settings, folder: Path, watcher: Watcher, *, now: datetime) -> bool:
    """Load what is not loaded yet; return whether there was anything to do.

    Raises:
        UnreadableInput: The folder holds no starter data.
        StorageError: The note of what was done cannot be read.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    with _alone(settings.data / LOCK_FILE):
        state = _read_state(settings.data / STATE_FILE)
        if state is None:
            if _holds_listings(engine):
                return False
            state = State(begun_at=now)
            _write_state(settings.data / STATE_FILE, state)
        missing = [step for step in Step if step not in state.done]
        for step in missing:
            watcher.say(f"[{list(Step).index(step) + 1}/{len(Step)}] {_TITLES[step]}")
            _STEPS[step](_Load(engine, settings, folder, watcher, state.begun_at))
            state.done.append(step)
            _write_state(settings.data / STATE_FILE, state)
    return bool(missing)


@dataclass(frozen=True, slots=True)
class _Load:
    engine: Engine
    settings: Settings
    folder: Path
    watcher: Watcher
    begun_at: datetime


def _load_listings(load: _Load) -> None:
    from index.importing import import_file

    report = import_file(load.engine, _file(load, LISTINGS), on_progress=load.watcher.on_progress)
    for line in report.lines():
        load.watcher.say(line)
    load.watcher.say(f"      {report.accepted} listings")


def _load_places(load: _Load) -> None:
    from index.places import import_places

    report = import_places(load.engine, _file(load, PLACES))
    for line in report.lines():
        load.watcher.say(line)
    load.watcher.say(f"      {report.accepted} places to measure from")


def _copy_origins(load: _Load) -> None:
    """Put the list of places that guests are asked about into the data folder, unless the operator has one there."""
    source, kept = load.folder / ORIGINS, load.settings.data / ORIGINS
    if not kept.exists() and source.is_file():
        shutil.copyfile(source, kept)


def _build_index(load: _Load) -> None:
    from index.snapshot import build

    snapshot = build(load.engine, load.settings, on_progress=load.watcher.on_progress)
    load.watcher.say(f"      index {snapshot}")


def _load_history(load: _Load) -> None:
    """Append the made-up events; ids come from the seed, so that those of an interrupted load are duplicates."""
    if not load.settings.starter_history:
        load.watcher.say("      left out, as BAICHA_STARTER_HISTORY says")
        return
    from api.starter_history import history_events
    from ledger.append import append

    with reading(load.engine) as session:
        listings = session.exec(select(Listing).order_by(Listing.id)).all()
    events = list(history_events(listings, seed=HISTORY_SEED, until=load.begun_at, days=HISTORY_DAYS))
    for done, batch in _batches(events):
        with writing(load.engine) as session:
            append(session, batch, now=load.begun_at, trusted=True)
        load.watcher.on_progress("history", done, len(events))
    load.watcher.say(f"      {len(events)} made-up events, each marked as such")


def _make_logins(load: _Load) -> None:
    """Make the first logins and show them; after an interruption those nobody may have seen are replaced."""
    with writing(load.engine) as session:
        logins = FirstLogins(
            admin_key=_make_admin_key(session, load.begun_at),
            merchant=_demo_merchant(session, load.begun_at),
            login=LOGIN,
            password=secrets.token_urlsafe(12),
        )
        _set_login(session, logins, load.begun_at)
    load.watcher.show_logins(logins)


_TITLES = {
    Step.LISTINGS: "Import the starter listings",
    Step.PLACES: "Import the places to measure from",
    Step.ORIGINS: "Take over the places that guests may come from",
    Step.INDEX: "Build the index",
    Step.HISTORY: "Load the made-up history",
    Step.LOGINS: "Make the first logins",
}
_STEPS: dict[Step, Callable[[_Load], None]] = {
    Step.LISTINGS: _load_listings,
    Step.PLACES: _load_places,
    Step.ORIGINS: _copy_origins,
    Step.INDEX: _build_index,
    Step.HISTORY: _load_history,
    Step.LOGINS: _make_logins,
}


def _make_admin_key(session: Session, now: datetime) -> str:
    from api.accounts import Role, list_keys, make_key, revoke_key

    for key in list_keys(session):
        if key.label == KEY_LABEL:
            revoke_key(session, key.prefix, now=now)
    return make_key(session, Role.ADMIN, label=KEY_LABEL, now=now).plain


def _demo_merchant(session: Session, now: datetime) -> str:
    from api.accounts import MerchantListing, make_merchant
    from api.starter_history import DEMO_MERCHANT

    held = session.get(MerchantListing, DEMO_MERCHANT)
    if held is not None:
        return held.merchant_id
    listing = session.get(Listing, DEMO_MERCHANT)
    return make_merchant(session, listing.name if listing else LOGIN, listings=[DEMO_MERCHANT], now=now).id


def _set_login(session: Session, logins: FirstLogins, now: datetime) -> None:
    from api.accounts import Login, accept_invitation, invite

    unseen = session.get(Login, logins.login)
    if unseen is not None:
        session.delete(unseen)
        session.flush()
    accept_invitation(session, invite(session, logins.merchant, now=now), logins.login, logins.password, now=now)


def _file(load: _Load, name: str) -> Path:
    path = load.folder / name
    if not path.is_file():
        raise UnreadableInput(f"there is no {path}; name the folder of the starter data with --starter")
    return path


def _holds_listings(engine: Engine) -> bool:
    with reading(engine) as session:
        return session.exec(select(Listing.id).limit(1)).first() is not None


def _batches(items: Sequence[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Yield how many items are done after a batch, and the batch."""
    rest = iter(items)
    done = 0
    while batch := list(islice(rest, BATCH)):
        done += len(batch)
        yield done, batch


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock on the data folder: two first runs at once take turns. It ends with the process that holds it."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read_state(path: Path) -> State | None:
    try:
        return State.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValidationError, UnicodeDecodeError) as exc:
        raise StorageError(f"{path} cannot be read; remove it if the first run was complete") from exc


def _write_state(path: Path, state: State) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(state.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
