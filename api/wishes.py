"""What tourists asked for before they found a merchant, and what they asked for that the merchant lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session

from api.container import Container
from api.peers import like_merchants
from index.listing import Listing
from index.settings import Language
from ledger.peers import FEWEST_MERCHANTS
from ledger.periods import Period
from ledger.searches import Asked, Chip, asked
from recommender.asked_for import AskedFor


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that visitors asked for, in the reader's words; five of them at least."""

    id: str
    label: str
    visitors: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for, the most wanted first. `since_ms`: only what was shown from then on was read; else all."""

    wishes: tuple[Wish, ...]
    since_ms: int | None


class Names(Protocol):
    """What chips are called, and who lacks what they ask for: an index (`AskedFor`), or an auditor's file of facts."""

    def label(self, chip: str, language: Language) -> str | None:
        """Return what a chip says; None for one that is not told of."""
        ...

    def is_lacking(self, chip: str, listings: Collection[str]) -> bool:
        """Whether a merchant with these listings does not have what a chip asks for."""
        ...


def found_by(
    container: Container, session: Session, own: Sequence[Listing], period: Period, language: Language
) -> Wishes:
    """Return what was understood of the searches of those who opened a merchant's listing.

    Raises:
        SnapshotError: There is no index, without which chips have no names.
    """
    return named(AskedFor(container.finder()), asked_by_guests(session, own, period), language)


def wanted(
    container: Container, session: Session, own: Sequence[Listing], period: Period, language: Language
) -> Wishes:
    """Return what was asked for when a merchant or those like them were shown, and that merchant does not have.

    Raises:
        SnapshotError: There is no index, without which nobody knows who has what.
    """
    return lacked(AskedFor(container.finder()), asked_nearby(session, own, period), own, language)


def asked_by_guests(session: Session, own: Sequence[Listing], period: Period) -> Asked:
    """Return the chips of the searches of those who opened a merchant's listing."""
    return asked(session, [listing.id for listing in own], period, opened=True, counted_as=AskedFor.coarse)


def asked_nearby(session: Session, own: Sequence[Listing], period: Period) -> Asked:
    """Return the chips of the searches in which a merchant's open listings or those of like merchants were shown.

    Of fewer than five like merchants nothing is read: it would be told what the guests of one rival searched for.
    """
    like = like_merchants(session, own)
    others = _flat(like) if len(like) >= FEWEST_MERCHANTS else []
    return asked(session, [*_open(own), *others], period, counted_as=AskedFor.coarse)


def named(names: Names, read: Asked, language: Language) -> Wishes:
    """Return the chips that are told of, by their names."""
    return _named(names, read, read.chips, language)


def lacked(names: Names, read: Asked, own: Sequence[Listing], language: Language) -> Wishes:
    """Return the chips that a merchant's open listings lack, by their names."""
    ids = _open(own)
    return _named(names, read, [chip for chip in read.chips if names.is_lacking(chip.id, ids)], language)


def _named(names: Names, read: Asked, chips: Sequence[Chip], language: Language) -> Wishes:
    labelled = [(chip, names.label(chip.id, language)) for chip in chips]
    wishes = tuple(Wish(chip.id, label, chip.visitors) for chip, label in labelled if label is not None)
    return Wishes(wishes, read.since_ms)


def _open(own: Sequence[Listing]) -> list[str]:
    return [listing.id for listing in own if not listing.closed]


def _flat(groups: Sequence[Collection[str]]) -> list[str]:
    return [listing for group in groups for listing in group]
