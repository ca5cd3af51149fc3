"""A table as CSV or XLSX, so that a spreadsheet shows what is in it and computes nothing from it.

A text that begins like a formula is neutralised in CSV by an apostrophe before it (OWASP, "CSV Injection"); in XLSX,
where a cell has a type, it is written as text. CSV is UTF-8 with a byte order mark, for Excel reads Chinese wrongly
without one.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

from api.exports.tables import Cell, Table

#: What a spreadsheet takes for the beginning of a formula, in both widths, and what hides one.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Rows that are written at a time.
_AT_A_TIME = 500
#: An XLSX smaller than this stays in memory.
_IN_MEMORY = 1_000_000
_CHUNK = 65_536


def csv_chunks(table: Table) -> Iterator[bytes]:
    """Yield a table as CSV (RFC 4180), some rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([_in_csv(head) for head in table.heads])
    for number, row in enumerate(table.rows, 1):
        writer.writerow([_in_csv(cell) for cell in row])
        if number % _AT_A_TIME == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


def _in_csv(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(DANGEROUS) else cell
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else cell


def xlsx_chunks(table: Table) -> Iterator[bytes]:
    """Yield a table as XLSX; it is written row by row to a file first, since its parts are only known at the end."""
    import xlsxwriter

    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(file, options)
        sheet = book.add_worksheet(table.name)
        bold = book.add_format({"bold": True})
        formats: dict[type, Any] = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.heads) - 1, 18)
        for column, head in enumerate(table.heads):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(table.rows, 1):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell, formats)
        book.close()
        yield from _read(file)


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: dict[type, Any]) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):  # a time too
        sheet.write_datetime(row, column, cell, formats[type(cell)])
    elif cell is not None:
        sheet.write_number(row, column, cell)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
