"""What is remembered between imports of payments: what a merchant calls the columns, and which issuers are trusted."""

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel


class PaymentMapping(SQLModel, table=True):
    """Which columns of a listing's payment files hold what, as JSON."""

    __tablename__ = "payment_mapping"

    listing: str = Field(primary_key=True, max_length=401)
    mapping: str = Field(sa_column=Column(Text, nullable=False))


class PaymentIssuer(SQLModel, table=True):
    """An issuer of payments whose signatures the operator trusts: its Ed25519 public key, in hexadecimal."""

    __tablename__ = "payment_issuer"

    name: str = Field(primary_key=True, max_length=100)
    public_key: str = Field(max_length=64)
    trusted_at_ms: int = Field(sa_type=BigInteger)
