"""Reading the tables: one row is a query, who asks it, and what must come of it."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from index.settings import Language
from tests.recommender.starter_queries.county import County
from tests.recommender.starter_queries.facts import BadRowError, Scene

FOLDER = Path(__file__).parent
ZONE = ZoneInfo("Asia/Shanghai")
#: A Wednesday in the late morning: most places are open, the evening's are not.
USUAL_NOW = datetime(2026, 10, 14, 11, 0, tzinfo=ZONE)


class Mark(StrEnum):
    """What kind of row it is, when not a usual one."""

    USUAL = ""
    #: Nothing in the county can satisfy it: an answer comes, and what was relaxed is said.
    IMPOSSIBLE = "impossible"
    #: In a language, or about a place, that is not expected to be understood: an answer comes.
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class StarterQuery:
    """One row of `queries_zh.csv` or `queries_en.csv`; `understood`, `must` and `must_not` are as written."""

    id: str
    text: str
    language: Language
    understood: str
    must: str
    must_not: str
    mark: Mark
    scene: Scene


@dataclass(frozen=True, slots=True)
class Need:
    """One row of `paraphrases.csv`: a need, said in four ways."""

    id: str
    need: str
    understood: str
    texts: tuple[tuple[Language, str], ...]


def read_queries(county: County, language: Language) -> list[StarterQuery]:
    """Read the table of a language.

    Raises:
        BadRowError: A time, a place or a mark cannot be read.
    """
    return [_query(row, county, language) for row in _rows(FOLDER / f"queries_{language}.csv")]


def read_needs() -> list[Need]:
    """Read the table of paraphrases."""
    return [_need(row) for row in _rows(FOLDER / "paraphrases.csv")]


def read_known_failures() -> dict[str, str]:
    """Return the reason for each row that is known to fail.

    Raises:
        BadRowError: A row is named twice, or without a reason.
    """
    rows = _rows(FOLDER / "known_failures.csv")
    twice = [row for row, times in Counter(row["id"] for row in rows).items() if times > 1]
    if twice or not all(row["reason"] for row in rows):
        raise BadRowError(f"known_failures.csv: each row needs an id of its own and a reason (twice: {twice})")
    return {row["id"]: row["reason"] for row in rows}


def _rows(path: Path) -> list[Mapping[str, str]]:
    # Spreadsheets put a byte order mark before UTF-8, and need it to read Chinese.
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def _query(row: Mapping[str, str], county: County, language: Language) -> StarterQuery:
    try:
        now = datetime.fromisoformat(row["when"]).replace(tzinfo=ZONE) if row["when"] else USUAL_NOW
        origin = county.point(row["from"]) if row["from"] else None
        mark = Mark(row["mark"])
    except (KeyError, ValueError) as exc:
        raise BadRowError(f"{row['id']}: {exc}") from exc
    scene = Scene(county, now, origin)
    return StarterQuery(row["id"], row["query"], language, row["understood"], row["must"], row["must_not"], mark, scene)


def _need(row: Mapping[str, str]) -> Need:
    texts: tuple[tuple[Language, str], ...] = (
        ("zh", row["zh_1"]),
        ("zh", row["zh_2"]),
        ("en", row["en_1"]),
        ("en", row["en_2"]),
    )
    return Need(row["id"], row["need"], row["understood"], texts)
