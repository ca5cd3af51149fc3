"""Settings, read once at start from `BAICHA_*` variables and from a file `baicha.toml`.

A variable wins over the file, the file over the default. A name that is not known here is an error, because a
misspelt setting that is silently ignored costs its operator a day.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from index.errors import SettingsError

PREFIX = "BAICHA_"
SETTINGS_FILE = Path("baicha.toml")
#: Variables that share the prefix but belong to the tests and benchmarks.
NOT_SETTINGS = frozenset({"BAICHA_BENCH_DATA", "BAICHA_CHROMIUM"})

Language = Literal["zh", "en"]
#: How the index keeps vectors for its first look: whole, or rounded to two bytes a component or one.
Storage = Literal["fp32", "fp16", "int8"]


class Settings(BaseModel):
    """Everything an operator can set. `BAICHA_PORT=9000` sets `port`; the file has `port = 9000`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(Path("data"), description="Folder that holds the database, the index and the keys.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    public_url: str | None = Field(None, description="How visitors reach the service, when a proxy is in front.")
    database_url: str | None = Field(None, description="PostgreSQL URL; SQLite in the data folder when not set.")
    encoder: str = Field("use", description="`use`, `e5`, or any sentence-transformers model name or folder.")
    vectors: Storage = Field("fp32", description="`fp32`, `fp16` or `int8`: less memory, the same results.")
    language: Language = Field("zh", description="Language for who states none.")
    timezone: str = Field("Asia/Shanghai", description="IANA time zone of the county.")
    county: str = Field("安吉", description="Name of the county in its own language.")
    county_en: str = Field("Anji", description="Name of the county in English.")
    tiles: str | None = Field(None, description="URL template of raster map tiles; without it a plain ground.")
    cors_origins: tuple[str, ...] = Field((), description="Origins that may call the API from a browser.")
    writes_per_minute: int = Field(120, ge=1, description="Rate limit on writes, for each address.")
    starter_history: bool = Field(True, description="Whether the starter data come with made-up events.")
    open_window_days: int = Field(7, ge=1, le=7, description="Days for which an open counts as what led to a visit.")
    impression_window_days: int = Field(1, ge=1, le=7, description="Days for which having been shown counts.")
    hold_out: float = Field(0.05, ge=0, le=0.5, description="Share of results withheld at random, to measure effect.")
    hold_out_window_days: int = Field(7, ge=1, le=90, description="Days for which a result stays withheld or shown.")
    smtp_url: str | None = Field(
        None, description="Mail server, `smtp[s]://user:password@host:port`; letters go into the data folder without."
    )
    mail_from: str = Field("baicha@localhost", description="Sender of the letters.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as exc:
            raise ValueError(f"no such time zone: {value}") from exc
        return value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def tz(self) -> ZoneInfo:
        """The county's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database in force."""
        if self.database_url:
            # `postgresql://` would pick psycopg2, which is not installed.
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{(self.data / 'baicha.sqlite').resolve()}"

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, file: Path | None = SETTINGS_FILE, **overrides: Any) -> Self:
        """Read the file, then the variables (an empty one is not set), then `overrides` (those that are not None).

        Raises:
            SettingsError: A name is unknown or a value impossible; the message names it and where it was set.
        """
        values = _read_file(file) if file is not None and file.exists() else {}
        for name, value in environ.items():
            if not name.startswith(PREFIX) or name in NOT_SETTINGS:
                continue
            field = name.removeprefix(PREFIX).lower()
            # Compose hands on an empty string for what is not set: as a folder it would be the one at hand.
            if value or field not in cls.model_fields:
                values[field] = value
        values |= {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls.model_validate(values)
        except ValidationError as exc:
            first = exc.errors()[0]
            name = str(first["loc"][0])
            where = f"{PREFIX}{name.upper()}"
            if first["type"] == "extra_forbidden":
                known = ", ".join(sorted(cls.model_fields))
                raise SettingsError(f"unknown setting {where} ({name} in {SETTINGS_FILE}); known: {known}") from exc
            raise SettingsError(f"setting {where}: {first['msg']}") from exc


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"cannot read {path}: {exc}") from exc
