"""What tourists asked for before they found a merchant, and what they asked for that the merchant lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.container import Container
from api.peers import like_merchants
from index.listing import Listing
from index.settings import Language
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


def found_by(
    container: Container, session: Session, own: Sequence[Listing], period: Period, language: Language
) -> Wishes:
    """Return what was understood of the searches of those who opened a merchant's listing.

    Raises:
        SnapshotError: There is no index, without which chips have no names.
    """
    names = AskedFor(container.finder())
    read = asked(session, [listing.id for listing in own], period, opened=True, counted_as=names.coarse)
    return _named(names, read, read.chips, language)


def wanted(
    container: Container, session: Session, own: Sequence[Listing], period: Period, language: Language
) -> Wishes:
    """Return what was asked for when a merchant or those like them were shown, and that merchant does not have.

    Raises:
        SnapshotError: There is no index, without which nobody knows who has what.
    """
    names = AskedFor(container.finder())
    ids = [listing.id for listing in own if not listing.closed]
    read = asked(session, [*ids, *_flat(like_merchants(session, own))], period, counted_as=names.coarse)
    return _named(names, read, [chip for chip in read.chips if names.is_lacking(chip.id, ids)], language)


def _named(names: AskedFor, read: Asked, chips: Sequence[Chip], language: Language) -> Wishes:
    labelled = [(chip, names.label(chip.id, language)) for chip in chips]
    wishes = tuple(Wish(chip.id, label, chip.visitors) for chip, label in labelled if label is not None)
    return Wishes(wishes, read.since_ms)


def _flat(groups: Sequence[Collection[str]]) -> list[str]:
    return [listing for group in groups for listing in group]
