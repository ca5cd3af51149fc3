"""The ledger's tables.

`entries` holds nothing personal and refuses change; everything personal lies in `payloads`, where a row may go only for
an index that a logged erasure names in `erased`. `tiles` and `checkpoints` are the Merkle tree over the entries and
what was signed of it. The triggers that make all but `payloads` append-only are made by the migrations. `tallies` are
derived from the events, and kept by `ledger.tallies`. `cosignatures` are what others sign: they may be fetched again.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

#: SQLite makes only an INTEGER primary key its row id; PostgreSQL's INTEGER ends at two thousand million.
_INDEX = BigInteger().with_variant(Integer, "sqlite")

#: How SQL tells the body of a visit that stands for an earlier one of the day (`events.Visit.instead_of`).
BETTER_ATTESTED = '%"instead_of":"%'


class Entry(SQLModel, table=True):
    """One place in the log. Indices run from 0 without gaps; `commitment` is `proof.commitment`, 32 bytes."""

    __tablename__ = "entries"

    index: int = Field(sa_column=Column("index", _INDEX, primary_key=True, autoincrement=False))
    commitment: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class StoredPayload(SQLModel, table=True):
    """What an entry commits to. `at_ms` and `ticket_ms` are milliseconds since 1970, UTC.

    `body` is the event's canonical JSON; the other columns are read out of it, for the sake of queries.
    """

    __tablename__ = "payloads"
    __table_args__ = (
        # Covers the counts of a merchant's page, so that its rows need not be fetched.
        Index("ix_payloads_listing", "listing", "kind", "at_ms", "grade", "made_up"),
        Index("ix_payloads_visitor", "visitor", "listing", "kind", "at_ms"),
        Index("ix_payloads_kind", "kind", "at_ms"),
    )

    entry_index: int = Field(
        sa_column=Column(_INDEX, ForeignKey("entries.index"), primary_key=True, autoincrement=False)
    )
    id: str = Field(max_length=64, unique=True)
    kind: str = Field(max_length=20)
    at_ms: int = Field(sa_type=BigInteger)
    listing: str | None = Field(None, max_length=401)
    visitor: str | None = Field(None, max_length=64)
    consent: str = Field(max_length=20)
    made_up: bool
    grade: str | None = Field(None, max_length=1)
    ticket_ms: int | None = Field(None, sa_type=BigInteger)
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class Erased(SQLModel, table=True):
    """That an entry's payload was erased, by the erasure event at `logged_at_index`.

    `id_hash` (`append.erased_id_hash`) lets a device's retry be known again without keeping the id.
    """

    __tablename__ = "erased"

    entry_index: int = Field(
        sa_column=Column(_INDEX, ForeignKey("entries.index"), primary_key=True, autoincrement=False)
    )
    logged_at_index: int = Field(sa_column=Column(_INDEX, ForeignKey("entries.index"), nullable=False))
    id_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class Forgotten(SQLModel, table=True):
    """A visitor who asked to be forgotten by the erasure event at `logged_at_index`, so that late events are refused.

    `visitor_hash` is made as `Erased.id_hash` is; the visitor's id is kept nowhere.
    """

    __tablename__ = "forgotten"

    visitor_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    logged_at_index: int = Field(sa_column=Column(_INDEX, ForeignKey("entries.index"), nullable=False))


class Tile(SQLModel, table=True):
    """A full tile of the tree (C2SP tlog-tiles): 256 neighbouring hashes of tree level 8 · `level`, and their root."""

    __tablename__ = "tiles"

    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(_INDEX, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class StoredCheckpoint(SQLModel, table=True):
    """A signed note over the first `size` entries. `made_at_ms` is in milliseconds since 1970, UTC."""

    __tablename__ = "checkpoints"

    size: int = Field(sa_column=Column(_INDEX, primary_key=True, autoincrement=False))
    note: str = Field(sa_column=Column(Text, nullable=False))
    made_at_ms: int = Field(sa_type=BigInteger)


class Witness(SQLModel, table=True):
    """A witness whose cosignatures the operator takes: the key's own name, who runs it in words, and the key.

    `named_at_ms` is in milliseconds since 1970, UTC.
    """

    __tablename__ = "witnesses"

    name: str = Field(primary_key=True, max_length=100)
    label: str = Field(max_length=100)
    key: str = Field(max_length=200)
    named_at_ms: int = Field(sa_type=BigInteger)


class StoredCosignature(SQLModel, table=True):
    """A witness's signature line under the checkpoint of a size; `time_s` is its clock, seconds since 1970, UTC."""

    __tablename__ = "cosignatures"

    witness: str = Field(primary_key=True, max_length=100, foreign_key="witnesses.name")
    size: int = Field(
        sa_column=Column(_INDEX, ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False, index=True)
    )
    time_s: int = Field(sa_type=BigInteger)
    line: str = Field(max_length=400)


class Tally(SQLModel, table=True):
    """So many events at a listing in a quarter-hour (`quarter` since 1970 UTC), of one kind and part.

    A visit that stands for an earlier one of the day is not counted again. `part` is a visit's grade, or who attests a
    payment and its currency, else empty; `amount` is what was paid, in the currency's minor unit. Every time zone's
    days and hours are made of whole quarter-hours.
    """

    __tablename__ = "tallies"
    # Clustered by listing and time: a listing's period is one stretch of the table, and its newest row on one page.
    __table_args__ = ({"sqlite_with_rowid": False},)

    listing: str = Field(primary_key=True, max_length=401)
    quarter: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(primary_key=True, max_length=20)
    part: str = Field("", primary_key=True, max_length=20)
    made_up: bool = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
    amount: int = Field(0, sa_type=BigInteger)
