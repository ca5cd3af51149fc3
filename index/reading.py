"""Rows of an import file, as they stand in it: JSON lines, CSV and GeoJSON.

A reader yields one `RawRow` for each row, whether it can be read or not, so that a torn line costs one row and not the
file. JSON lines and CSV stream with bounded memory; a GeoJSON file is read whole, up to `MAX_GEOJSON_BYTES`.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from index.errors import UnreadableInput

#: A longer line is rejected without being held in memory.
MAX_LINE_BYTES = 1024 * 1024
#: A larger GeoJSON file has to be converted to JSON lines.
MAX_GEOJSON_BYTES = 256 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BLANK_OR_COMMA = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: its values, or the reason why it cannot be read. `offset` is how far into the file it ends, in bytes."""

    line: int
    offset: int
    values: dict[str, Any] | None = None
    reason: str = ""


def read_rows(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a file, in the format that its suffix names.

    Raises:
        UnreadableInput: The file is missing, empty, a folder, or in no format that is read.
    """
    reader = _READERS.get(path.suffix.lower())
    if path.is_dir():
        raise UnreadableInput(f"{path} is a folder; name a file")
    if reader is None:
        raise UnreadableInput(f"{path}: cannot tell its format; name a file ending in {', '.join(_READERS)}")
    try:
        with path.open("rb") as file:
            start = file.read(3)
            if start[:2] in _UTF16:
                raise UnreadableInput(f"{path} is UTF-16; save it as UTF-8")
            file.seek(len(_BOM) if start == _BOM else 0)
            yield from reader(path, file)
    except FileNotFoundError as exc:
        raise UnreadableInput(f"there is no file {path}") from exc
    except OSError as exc:
        raise UnreadableInput(f"cannot read {path}: {exc.strerror or exc}") from exc


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    offset: int
    text: str
    reason: str = ""


def _lines(file: BinaryIO) -> Iterator[_Line]:
    """Yield decoded lines without their ends; one that is too long or not UTF-8 comes empty, with the reason."""
    number, offset = 0, file.tell()
    while raw := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        length = len(raw)
        if length > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            length += _skip_line(file)
            offset += length
            reason = f"the line has {length:,} bytes; at most {MAX_LINE_BYTES:,} are read"
            yield _Line(number, offset, "", reason)
            continue
        offset += length
        try:
            yield _Line(number, offset, raw.decode("utf-8").rstrip("\r\n"))
        except UnicodeDecodeError as exc:
            reason = f"not UTF-8 (byte 0x{raw[exc.start]:02x} at position {exc.start + 1}); save the file as UTF-8"
            yield _Line(number, offset, "", reason)


def _skip_line(file: BinaryIO) -> int:
    skipped = 0
    while part := file.readline(MAX_LINE_BYTES):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON has")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _json_reason(exc: Exception) -> str:
    if isinstance(exc, json.JSONDecodeError):
        return f"not valid JSON: {exc.msg[:1].lower()}{exc.msg[1:]} at position {exc.colno}; is the line torn?"
    if isinstance(exc, RecursionError):
        return "not valid JSON: nested too deeply"
    return f"not valid JSON: {exc}"


def _read_jsonl(_path: Path, file: BinaryIO) -> Iterator[RawRow]:
    for line in _lines(file):
        if line.reason:
            yield RawRow(line.number, line.offset, reason=line.reason)
        elif line.text.strip():
            yield _json_row(line)


def _json_row(line: _Line) -> RawRow:
    try:
        value = _DECODER.decode(line.text)
    except (ValueError, RecursionError) as exc:
        return RawRow(line.number, line.offset, reason=_json_reason(exc))
    if not isinstance(value, dict):
        return RawRow(line.number, line.offset, reason='not a JSON object: a row is {"id": …, "category": …, …}')
    return RawRow(line.number, line.offset, value)


class _CsvLines:
    """Feeds csv.reader, and remembers which lines it could not be given."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _lines(file)
        self.number = 0
        self.offset = 0
        self.bad: dict[int, str] = {}

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number, self.offset = line.number, line.offset
            if line.reason:
                self.bad[line.number] = line.reason
            yield line.text + "\n"


def _read_csv(path: Path, file: BinaryIO) -> Iterator[RawRow]:
    lines = _CsvLines(file)
    csv.field_size_limit(MAX_LINE_BYTES)
    reader = csv.reader(lines, strict=True)
    header = _csv_header(path, reader)
    while True:
        start = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield RawRow(start, lines.offset, reason=f"not valid CSV: {exc}; is a quote left open?")
            continue
        bad = next((lines.bad[n] for n in range(start, lines.number + 1) if n in lines.bad), "")
        if bad:
            yield RawRow(start, lines.offset, reason=bad)
        elif len(cells) > len(header):
            yield RawRow(start, lines.offset, reason=f"has {len(cells)} cells, the header names {len(header)} columns")
        elif any(cell.strip() for cell in cells):
            yield RawRow(start, lines.offset, dict(zip(header, cells, strict=False)))


def _csv_header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as exc:
        raise UnreadableInput(f"{path}:1: the header is not valid CSV: {exc}") from exc
    if not any(header):
        raise UnreadableInput(f"{path} is empty; the first line of a CSV names its columns")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UnreadableInput(f"{path}:1: the header names {', '.join(twice)} twice")
    return header


def _read_geojson(path: Path, file: BinaryIO) -> Iterator[RawRow]:
    raw = file.read(MAX_GEOJSON_BYTES + 1)
    if len(raw) > MAX_GEOJSON_BYTES:
        raise UnreadableInput(f"{path} has over {MAX_GEOJSON_BYTES:,} bytes; convert it to JSON lines, which stream")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UnreadableInput(f"{path} is not UTF-8 (at byte {exc.start + 1}); save it as UTF-8") from exc
    found = _FEATURES.search(text)
    if found is None:
        raise UnreadableInput(f"{path} has no list of features; a FeatureCollection of points is read")
    yield from _features(text, found.end())


def _features(text: str, at: int) -> Iterator[RawRow]:
    """Decode one feature after the other, so that each has its line and a torn file gives those before the tear."""
    line, counted = 1, 0
    while True:
        at = _BLANK_OR_COMMA.match(text, at).end()  # type: ignore[union-attr] # matches the empty string too
        line, counted = line + text.count("\n", counted, at), at
        if at < len(text) and text[at] == "]":
            return
        try:
            feature, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as exc:
            yield RawRow(line, at, reason=_json_reason(exc) + " Nothing after it was read.")
            return
        yield _feature_row(feature, line, at)


def _feature_row(feature: Any, line: int, offset: int) -> RawRow:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return RawRow(line, offset, reason="a feature needs properties, which hold the listing")
    values = dict(feature["properties"])
    if "id" not in values and feature.get("id") is not None:
        values["id"] = str(feature["id"])
    geometry = feature.get("geometry")
    if geometry is None:
        return RawRow(line, offset, values)
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind != "Point":
        return RawRow(line, offset, reason=f"its geometry is a {kind}; only points are read")
    if not isinstance(coordinates, list) or len(coordinates) < 2:  # noqa: PLR2004 - longitude and latitude
        return RawRow(line, offset, reason="a point needs two coordinates: [longitude, latitude]")
    values["lon"], values["lat"] = coordinates[:2]
    return RawRow(line, offset, values)


_READERS = {
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".csv": _read_csv,
    ".geojson": _read_geojson,
}
