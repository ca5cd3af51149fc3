"""What a figure's proof is made of: what was asked for, each entry with what it adds, and what the page says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlmodel import Session

from api.container import Container
from api.indicators import windows_of
from api.pages.page import Frame, Link
from api.pages.wording import WEEKDAYS
from index.listing import Listing
from ledger.attribution import Windows
from ledger.counted import CountedEntry, NotCounted, entries_at
from ledger.disputes import Disputed, disputes_of
from ledger.periods import Period
from ledger.weighing import WeighedVisit

#: Entries on one page.
PAGE = 50
#: Why an entry of a figure's kind is not counted in it, in words.
_WHY_NOT = {
    NotCounted.STATED: "prove.stated_visit",
    NotCounted.REPLACED: "prove.replaced",
    NotCounted.WITHDRAWN: "left.withdrawn",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure of whose places is to be proved, over which days; entries below `before` are listed.

    `id` names one of several: a signal, a term, an alert, a reason for doubt, a place.
    """

    frame: Frame
    session: Session
    places: Sequence[Listing]
    period: Period
    before: int
    id: str = ""

    @property
    def own(self) -> list[str]:
        """The ids of the merchant's places."""
        return [listing.id for listing in self.places]

    @property
    def container(self) -> Container:
        """The service's parts."""
        return self.frame.container

    @property
    def windows(self) -> Windows:
        """How long an open or an impression refers."""
        return windows_of(self.container.settings)

    def visits(self) -> list[WeighedVisit]:
        """Return the verified visits of the period."""
        return self.container.weigh(self.session, self.own, self.period.start_ms, self.period.end_ms, self.windows)


@dataclass(frozen=True, slots=True)
class Mark:
    """What an entry adds to the figure's sum, said in words, and what else there is to say of it."""

    adds: float
    said: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with its mark."""

    entry: CountedEntry
    mark: Mark


@dataclass(frozen=True, slots=True)
class Proof:
    """What a figure was counted from.

    `total` is what the entries of all pages add up to, which `said` or a line of the `formula` names; None where no
    entries are listed. `lines` are one page of them, newest first, and one more where there is a further page.
    """

    label: str
    said: str
    definition: str
    total: float | None = None
    lines: Sequence[Line] = ()
    formula: Sequence[str] = ()
    beside: Sequence[Link] = field(default_factory=tuple)
    back: Link | None = None


def proof_path(figure: str, period: Period, **more: str) -> str:
    """Return the address of a figure's proof over exactly these days."""
    asked = {"figure": figure, "first": str(period.first), "last": str(period.last), **more}
    return f"/merchant/proof?{urlencode(asked)}"


def adding(frame: Frame, adds: float, *notes: str) -> Mark:
    """Return the mark of an entry that counts in full, by its weight, or not at all."""
    t = frame.t
    if adds == 1:
        said = t("prove.counts")
    else:
        said = t("prove.weighs", weight=f"{adds:.2g}") if adds else t("prove.adds_nothing")
    return Mark(adds, said, notes)


def listed(asked: Asked, marks: Mapping[int, Mark]) -> list[Line]:
    """Return a page of these entries, and one more where there is a further page."""
    newest = sorted((index for index in marks if index < asked.before), reverse=True)[: PAGE + 1]
    return [line(asked, entry, marks[entry.index]) for entry in entries_at(asked.session, newest)]


def line(asked: Asked, entry: CountedEntry, mark: Mark) -> Line:
    """Return an entry with its mark, to which is added that it is made up, or why it is not counted."""
    t, notes = asked.frame.t, list(mark.notes)
    if entry.why_not is not None:
        notes.append(t(_WHY_NOT[entry.why_not]))
    if entry.made_up:
        notes.append(t("place.made_up"))
    return Line(entry, Mark(mark.adds, mark.said, tuple(notes)))


def notes_of(asked: Asked, visits: Sequence[WeighedVisit]) -> dict[int, tuple[str, ...]]:
    """Return why visits are doubtful, and what was disputed or decided of them, by their place in the log."""
    t, language = asked.frame.t, asked.frame.language
    disputed = disputes_of(asked.session, asked.own)
    found: dict[int, tuple[str, ...]] = {}
    for visit in visits:
        notes = [reason.text.of(language) for reason in visit.reasons]
        if visit.verdict.is_doubtful:
            notes.insert(0, t("proof.weight", weight=f"{visit.weight:.2g}"))
        if (said := disputed.get(visit.index)) is not None:
            notes.append(t(_state(said)))
        found[visit.index] = tuple(notes)
    return found


def _state(said: Disputed) -> str:
    if said.is_open:
        return "prove.disputed"
    if said.withdrawn:
        return "credit.decided_withdrawn"
    return "doubt.counts" if said.counts else "doubt.stays"


def span(frame: Frame, period: Period) -> str:
    """Return the days of a period in words."""
    if period.days == 1:
        weekday = frame.t(f"weekday.{WEEKDAYS[period.first.weekday()]}")
        return frame.t("prove.day", day=str(period.first), weekday=weekday)
    return frame.t("prove.days", first=str(period.first), last=str(period.last))
