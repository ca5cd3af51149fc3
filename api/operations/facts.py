"""What figures depend on beside the events: settings, and facts of listings, as a file that goes with an export.

JSON lines, UTF-8, for who computes figures again without our database (`docs/ledger.md` says what each line holds):

1. a heading: `format`, the moment `at` which this held, the `origin` of the ledger it belongs to, and the settings;
2. a line for each thing that was asked for and that merchants are told of: `chip`, its names, and when places lack it;
3. a line for each listing: which merchant it belongs to, what it is and where, as its page shows;
4. `sha256` of all bytes before that line, in hex, so that a torn file is found.

Nothing of visitors, logins or people's names is in it; a merchant is the random id of an account.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import insert, select
from sqlmodel import Session, col

from api.accounts import Merchant, MerchantListing
from index.errors import SettingsError, UsageError
from index.listing import Category, Listing
from index.settings import Language, Settings
from ledger.credit_formula import CURRENT, formula
from ledger.log.exporting import STREAMED
from ledger.proof.canonical import canonical_json
from ledger.tables import StoredPayload
from recommender.asked_for import AskedFor, Lack

FORMAT: Literal["baicha-facts/1"] = "baicha-facts/1"
#: So many listings are put in at a time.
_AT_A_TIME = 1_000
#: What the table asks for and no figure depends on.
_UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rules(_Line):
    """The settings that figures depend on."""

    timezone: str
    county: str
    county_en: str
    open_window_days: int
    impression_window_days: int
    hold_out_window_days: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return those in force."""
        return cls(**{name: getattr(settings, name) for name in cls.model_fields})

    def applied(self, settings: Settings) -> Settings:
        """Return settings with these in the place of their own.

        Raises:
            SettingsError: One of these cannot be.
        """
        return Settings.load({}, None, **(settings.model_dump() | self.model_dump()))


class Heading(_Line):
    """The first line. `indexed`: whether there was an index, without which nobody is told of searches."""

    format: Literal["baicha-facts/1"]
    at: AwareDatetime
    origin: str
    version: str
    formula: str
    formula_sha256: str
    indexed: bool
    rules: Rules


class ChipLine(_Line):
    """What a chip says in both languages; None in one that cannot say it. `lack` None: no place can lack it."""

    chip: str
    zh: str | None
    en: str | None
    lack: Lack | None


class ListingLine(_Line):
    """A listing. `has` are the chips that it has, of those that places can lack; None where the index has it not."""

    listing: Annotated[str, Field(min_length=1, max_length=401)]
    merchant: Annotated[str, Field(min_length=1, max_length=40)] | None
    category: Category
    area: str | None
    area_en: str | None
    lat: Annotated[float, Field(ge=-90, le=90)] | None
    lon: Annotated[float, Field(ge=-180, le=180)] | None
    closed: bool
    made_up: bool
    hours: str | None
    has: tuple[str, ...] | None


class LastLine(_Line):
    """The digest of all bytes before it."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A file of facts that was read: its heading, the SHA-256 of the whole file, and what chips are called."""

    heading: Heading
    sha256: str
    listings: int
    names: "ToldNames | None"


@dataclass(frozen=True, slots=True)
class ToldNames:
    """What chips are called, and who lacks them, as a file of facts says: `api.wishes.Names` without an index."""

    chips: Mapping[str, ChipLine]
    having: Mapping[str, frozenset[str]]

    def label(self, chip: str, language: Language) -> str | None:
        """Return what a chip says; None for one that is not told of."""
        told = self.chips.get(chip)
        return None if told is None else told.zh if language == "zh" else told.en

    def is_lacking(self, chip: str, listings: Iterable[str]) -> bool:
        """Whether these listings lack what a chip asks for."""
        told = self.chips.get(chip)
        if told is None or told.lack is None:
            return False
        return told.lack.is_of([chip in self.having[one] for one in listings if one in self.having])


def facts_lines(
    session: Session, settings: Settings, names: AskedFor | None, *, origin: str, now: datetime
) -> Iterator[str]:
    """Yield the lines of a file of facts, as they hold now; `names` reads the index, where there is one."""
    digest = hashlib.sha256()
    for line in _lines(session, settings, names, origin, now):
        digest.update(f"{line}\n".encode())
        yield line
    yield _written(LastLine(sha256=digest.hexdigest()))


def read_facts(session: Session, lines: Iterable[bytes], *, name: str, origin: str) -> Facts:
    """Put a file of facts into an empty database, and return what else is in it.

    Raises:
        UsageError: It is torn, of another version or ledger, or a line of it is wrong; the message says which.
    """
    reading = _Reading(name)
    following = iter(lines)
    heading = _heading(reading, following, origin)
    names = _put(session, reading, following)
    return Facts(heading, reading.whole.hexdigest(), reading.listings, names if heading.indexed else None)


def _lines(session: Session, settings: Settings, names: AskedFor | None, origin: str, now: datetime) -> Iterator[str]:
    from importlib.metadata import version

    yield _written(
        Heading(
            format=FORMAT,
            at=now.astimezone(settings.tz),
            origin=origin,
            version=version("baicha"),
            formula=CURRENT,
            formula_sha256=formula(CURRENT).sha256,
            indexed=names is not None,
            rules=Rules.of(settings),
        )
    )
    chips = [] if names is None else _chips(session, names)
    yield from map(_written, chips)
    for listing in _listings(session, names, [chip.chip for chip in chips if chip.lack is not None]):
        yield _written(listing)


def _chips(session: Session, names: AskedFor) -> list[ChipLine]:
    """Return every chip that was asked for and that merchants are told of."""
    stored, asked = StoredPayload, set()
    wanted = select(col(stored.body)).where(col(stored.kind) == "impression")
    for (body,) in session.connection().execute(wanted, execution_options=STREAMED):
        asked.update(json.loads(body)["payload"].get("understood", ()))
    found = []
    for chip in sorted({names.coarse(chip) for chip in asked}):
        zh, en, check = names.label(chip, "zh"), names.label(chip, "en"), names.check(chip)
        if zh is not None or en is not None:
            found.append(ChipLine(chip=chip, zh=zh, en=en, lack=None if check is None else check.lack))
    return found


def _listings(session: Session, names: AskedFor | None, chips: list[str]) -> Iterator[ListingLine]:
    """Yield the listings: each merchant's in the order of their page, then those of nobody."""
    listing, owned = Listing, MerchantListing
    wanted = (
        select(listing, col(owned.merchant_id))
        .join(owned, col(owned.listing_id) == col(listing.id), isouter=True)
        .order_by(col(owned.merchant_id).is_(None), col(owned.merchant_id), col(owned.since), col(listing.id))
    )
    checks = {chip: check for chip in chips if names is not None and (check := names.check(chip)) is not None}
    for one, merchant in session.execute(wanted, execution_options=STREAMED):
        # Only of who has a page is it asked what they lack.
        known = names is not None and merchant is not None and names.knows(one.id)
        yield ListingLine(
            listing=one.id,
            merchant=merchant,
            category=one.category,
            area=one.area,
            area_en=one.area_en,
            lat=one.lat,
            lon=one.lon,
            closed=one.closed,
            made_up=one.made_up,
            hours=one.hours,
            has=tuple(chip for chip, check in checks.items() if check.has(one.id)) if known else None,
        )


def _written(line: _Line) -> str:
    return canonical_json(line.model_dump(mode="json"))


_Kind = TypeVar("_Kind", bound=_Line)


class _Reading:
    """Where reading is, and the digests of what was read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._line = 0
        self.listings = 0
        self.whole = hashlib.sha256()
        self.before = ""

    def data(self, line: bytes) -> dict[str, Any]:
        """Return the next line's object."""
        self.before = self.whole.hexdigest()
        self.whole.update(line)
        self._line += 1
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise self.wrong("it is no JSON") from exc
        if not isinstance(data, dict):
            raise self.wrong("it is no object")
        return data

    def of(self, kind: type[_Kind], data: Mapping[str, Any]) -> _Kind:
        """Return a line as what it should be."""
        try:
            return kind.model_validate_json(json.dumps(data), strict=True)
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise self.wrong(f"{where}: {first['msg']}" if where else first["msg"]) from exc

    def wrong(self, why: str) -> UsageError:
        """Return what to say of the line that was read last."""
        return UsageError(f"{self._name}, line {self._line}: {why}; take the file that came with the export")


def _heading(reading: _Reading, lines: Iterator[bytes], origin: str) -> Heading:
    data = reading.data(next(lines, b""))
    if data.get("format") != FORMAT:
        raise reading.wrong(f"its format is {data.get('format')!r}, and this Baicha reads {FORMAT}")
    heading = reading.of(Heading, data)
    if heading.origin != origin:
        raise reading.wrong(f"it belongs to the ledger {heading.origin}, not to {origin}")
    if (heading.formula, heading.formula_sha256) != (CURRENT, formula(CURRENT).sha256):
        raise reading.wrong(f"its credit formula is {heading.formula}, and another than this Baicha's {CURRENT}")
    try:
        heading.rules.applied(Settings())
    except SettingsError as exc:
        raise reading.wrong(str(exc)) from exc
    return heading


def _put(session: Session, reading: _Reading, lines: Iterator[bytes]) -> ToldNames:
    """Put the listings in, up to the last line, and return what chips are called."""
    chips: dict[str, ChipLine] = {}
    having: dict[str, frozenset[str]] = {}
    listings: dict[str, dict[str, Any]] = {}
    merchants: dict[str, list[str]] = {}
    for line in lines:
        data = reading.data(line)
        if "sha256" in data:
            _end(reading, data, lines)
            _insert(session, listings, merchants)
            reading.listings = len(listings)
            return ToldNames(chips, having)
        if "chip" in data:
            chip = reading.of(ChipLine, data)
            if chip.chip in chips:
                raise reading.wrong(f"chip {chip.chip} is there twice")
            chips[chip.chip] = chip
            continue
        one = reading.of(ListingLine, data)
        if one.listing in listings:
            raise reading.wrong(f"listing {one.listing} is there twice")
        if (one.lat is None) != (one.lon is None):
            raise reading.wrong("lat and lon must be given together")
        listings[one.listing] = _columns(one)
        if one.has is not None:
            having[one.listing] = frozenset(one.has)
        if one.merchant is not None:
            merchants.setdefault(one.merchant, []).append(one.listing)
    raise reading.wrong("it ends here, without the line that has its sha256")


def _end(reading: _Reading, data: Mapping[str, Any], lines: Iterator[bytes]) -> None:
    if reading.of(LastLine, data).sha256 != reading.before:
        raise reading.wrong("the sha256 is not that of the lines before, so that one of them was changed")
    if (more := next(lines, None)) is not None:
        reading.data(more)
        raise reading.wrong("it goes on after the line that ends it")


def _columns(line: ListingLine) -> dict[str, Any]:
    told: dict[str, Any] = line.model_dump(exclude={"listing", "merchant", "has"})
    # The table asks for more, on which no figure depends.
    told |= {"source": "facts", "content_hash": "", "imported_at": _UNTOLD}
    told |= dict.fromkeys(("id", "source_id", "name"), line.listing)
    return Listing(**told).model_dump()


def _insert(session: Session, listings: Mapping[str, dict[str, Any]], merchants: Mapping[str, list[str]]) -> None:
    rows = list(listings.values())
    for start in range(0, len(rows), _AT_A_TIME):
        session.execute(insert(Listing), rows[start : start + _AT_A_TIME])
    for merchant, own in merchants.items():
        session.add(Merchant(id=merchant, name=merchant, made_at=_UNTOLD))
        session.flush()
        # The order of the lines is that of the merchant's page, which goes by when they became theirs.
        session.add_all(
            MerchantListing(listing_id=listing, merchant_id=merchant, since=_UNTOLD + timedelta(seconds=place))
            for place, listing in enumerate(own)
        )
    session.flush()
