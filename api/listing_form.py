"""What a merchant typed of their listing, read field by field: values, and for each field that is wrong what is.

Nothing is guessed and nothing is lost: a field that cannot be read stays as it was typed, with the nearest form that
can.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from index.hours import WeekHours, parse_hours
from index.listing import Category, Listing
from index.overlay import EDITABLE

LONGEST_HOURS = 500
LONGEST_PHONE = 100
LONGEST_LINK = 2_000
LONGEST_WORD = 100
MOST_WORDS = 50
MOST_PHOTOS = 20
#: Currency units: dearer than any meal, night or ticket, and below what a slip of the finger makes.
HIGHEST_PRICE = 100_000
LISTS = frozenset({"dishes", "dishes_en", "facilities", "facilities_en", "photos"})
_SEPARATORS = re.compile(r"[\n;；、]")
_PHONE = re.compile(r"[0-9+()\-/,;，；、 .转ext]+")
_MONEY_SIGNS = re.compile(r"^(?:¥|￥|rmb|cny)|元$", re.IGNORECASE)
#: Characters that turn the direction of what follows, by which a text can be made to read as another.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FEWEST_DIGITS = 3
_CENTS = 2


class Fault(StrEnum):
    """What is wrong with a field."""

    HOURS = "hours"
    NUMBER = "number"
    NEGATIVE = "negative"
    ZERO = "zero"
    DEAR = "dear"
    LONG = "long"
    MANY = "many"
    WORD_LONG = "word_long"
    LINK = "link"
    PHONE = "phone"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault with what it takes to say it: the limit that was passed, or the word that passes it."""

    fault: Fault
    limit: int = 0
    word: str = ""


@dataclass(slots=True)
class Reading:
    """What was read: a value for each field that could be, a problem for each that could not."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def week(self) -> WeekHours | None:
        """The opening hours as they are understood, None where none are given or they could not be read."""
        return parse_hours(self.values.get("hours"))


class _Wrong(ValueError):
    def __init__(self, fault: Fault, limit: int = 0, word: str = "") -> None:
        super().__init__(fault)
        self.problem = Problem(fault, limit, word)


def read_form(typed: Mapping[str, str], category: Category) -> Reading:
    """Read what was typed; an empty field takes the value away."""
    reading = Reading()
    for key in EDITABLE:
        text = typed.get(key, "").replace("\r\n", "\n").strip()
        try:
            _ensure_characters(text)
            reading.values[key] = _read(key, text, category)
        except _Wrong as wrong:
            reading.problems[key] = wrong.problem
    return reading


def typed_of(listing: Listing) -> dict[str, str]:
    """Return a listing's values as they stand in the form."""
    return {key: _typed(getattr(listing, key)) for key in EDITABLE}


def nearest_week(text: str) -> WeekHours | None:
    """Return what hours that cannot be read come nearest to: the days that they name, from nine to five."""
    return parse_hours(f"{text.strip()} 09:00-17:00")


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(value)
    return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)


def _read(key: str, text: str, category: Category) -> Any:
    if key in LISTS:
        return _links(text) if key == "photos" else _words(text)
    if not text:
        return None
    if key == "price":
        return _price(text, category)
    readers: Mapping[str, Callable[[str], str]] = {"hours": _hours, "phone": _phone, "website": _link}
    return readers[key](text)


def _hours(text: str) -> str:
    _ensure_length(text, LONGEST_HOURS)
    if parse_hours(text) is None:
        raise _Wrong(Fault.HOURS)
    return text


def _price(text: str, category: Category) -> float:
    _ensure_length(text, LONGEST_WORD)
    try:
        amount = Decimal(_MONEY_SIGNS.sub("", unicodedata.normalize("NFKC", text)).replace(",", "").strip())
    except InvalidOperation as exc:
        raise _Wrong(Fault.NUMBER) from exc
    if not amount.is_finite():
        raise _Wrong(Fault.NUMBER)
    if amount < 0:
        raise _Wrong(Fault.NEGATIVE)
    if (
        amount == 0 and category is not Category.ATTRACTION
    ):  # a sight may be free; a meal or a night for nothing is a slip
        raise _Wrong(Fault.ZERO)
    if amount > HIGHEST_PRICE:
        raise _Wrong(Fault.DEAR, HIGHEST_PRICE)
    if amount != round(amount, _CENTS):  # last: what is too large cannot be rounded
        raise _Wrong(Fault.NUMBER)
    return float(amount)


def _phone(text: str) -> str:
    _ensure_length(text, LONGEST_PHONE)
    if not _PHONE.fullmatch(text) or sum(character.isdigit() for character in text) < _FEWEST_DIGITS:
        raise _Wrong(Fault.PHONE)
    return text


def _words(text: str) -> list[str]:
    words = list(dict.fromkeys(word for part in _SEPARATORS.split(text) if (word := part.strip())))
    if len(words) > MOST_WORDS:
        raise _Wrong(Fault.MANY, MOST_WORDS)
    for word in words:
        if len(word) > LONGEST_WORD:
            raise _Wrong(Fault.WORD_LONG, LONGEST_WORD, word[:20] + "…")
    return words


def _links(text: str) -> list[str]:
    links = list(dict.fromkeys(_link(part) for part in text.split("\n") if part.strip()))
    if len(links) > MOST_PHOTOS:
        raise _Wrong(Fault.MANY, MOST_PHOTOS)
    return links


def _link(text: str) -> str:
    link = text.strip()
    _ensure_length(link, LONGEST_LINK)
    # Who types an address as it stands on a card means HTTPS.
    link = link if ":" in link.split("/")[0] else f"https://{link}"
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError as exc:
        raise _Wrong(Fault.LINK, word=text.strip()[:40]) from exc
    sound = parts.scheme in {"http", "https"} and "." in host.strip(".") and "@" not in parts.netloc
    if not sound or any(character.isspace() or character in '<>"\\' for character in link):
        raise _Wrong(Fault.LINK, word=text.strip()[:40])
    return link


def _ensure_length(text: str, limit: int) -> None:
    if len(text) > limit:
        raise _Wrong(Fault.LONG, limit)


def _ensure_characters(text: str) -> None:
    if _TURNING.search(text) or any(
        unicodedata.category(character) in {"Cc", "Cs"} and character != "\n" for character in text
    ):
        raise _Wrong(Fault.CHARACTER)
