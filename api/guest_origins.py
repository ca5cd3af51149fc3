"""Where guests may say that they come from: the county, the places of the data folder's `origins.csv`, and the rest.

The file has the columns `id,name,name_en`, nearest first, and the starter data bring one. Without it guests are asked
only whether they come from the county, from elsewhere in the country, or from abroad.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.container import Container
from api.visitors import Visitor
from index.database import writing
from index.errors import NotFound, UnreadableInput, UsageError
from index.settings import Language, Settings
from ledger.append import Receipt
from ledger.bilingual import Bilingual
from ledger.events import ID_PATTERN
from ledger.origins import COUNTY, record_origin

FILE = "origins.csv"
#: More are no short list, and no coarse places either.
MOST = 12
_COLUMNS = ("id", "name", "name_en")
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_EVENT_ID = re.compile(ID_PATTERN)
_ELSEWHERE = "elsewhere", Bilingual("国内其他", "Rest of the country")
_ABROAD = "abroad", Bilingual("境外", "Abroad")


@dataclass(frozen=True, slots=True)
class GuestOrigin:
    """A place that guests may come from: its code in the ledger, and what it is called."""

    id: str
    name: Bilingual


def guest_origins(settings: Settings) -> tuple[GuestOrigin, ...]:
    """Return what guests are offered, in its order.

    Raises:
        UnreadableInput: The data folder's file cannot be used; the message names the line.
    """
    county = COUNTY, Bilingual(f"{settings.county}本地", f"Here in {settings.county_en}")
    offered = [county, *_read(settings.data / FILE), _ELSEWHERE, _ABROAD]
    return tuple(GuestOrigin(place, name) for place, name in offered)


def called(container: Container, place: str, language: Language) -> str:
    """Return what a code is called; an answer that is offered no longer, or was in words, as it is."""
    return next((each.name.of(language) for each in container.guest_origins if each.id == place), place)


def record_answer(container: Container, visit: str, visitor: Visitor | None, place: str) -> Receipt:
    """Record where a visitor came from on the day of a visit of their own; who has no id has none.

    Raises:
        UsageError: That place is not offered.
        NotFound: It is no verified visit of this visitor's within the last day.
    """
    if place not in {each.id for each in container.guest_origins}:
        raise UsageError(f"{place[:40]!r} is not among the places that are offered; choose one of those")
    if visitor is None or not _EVENT_ID.fullmatch(visit):
        raise NotFound("visit of yours within the last day", visit)
    with writing(container.engine) as session:
        return record_origin(
            session, visit=visit, visitor=visitor.id, place=place, consent=visitor.consent, now=container.clock()
        )


def _read(path: Path) -> Iterator[tuple[str, Bilingual]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as exc:
        raise UnreadableInput(f"cannot read {path}; write it in UTF-8, or remove it") from exc
    rows = csv.DictReader(text.splitlines())
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise UnreadableInput(f"{path} has to begin with the line {','.join(_COLUMNS)}")
    taken = {COUNTY, _ELSEWHERE[0], _ABROAD[0]}
    for number, row in enumerate(rows, 1):
        place, name, name_en = ((row[column] or "").strip() for column in _COLUMNS)
        if not _ID.fullmatch(place) or place in taken or not name or not name_en or number > MOST:
            raise UnreadableInput(
                f"{path}:{rows.line_num}: each of at most {MOST} places has an id of its own (small letters, digits, "
                "hyphens; not county, elsewhere or abroad) and a name in both languages"
            )
        taken.add(place)
        yield place, Bilingual(name, name_en)
