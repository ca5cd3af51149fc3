import csv
import io
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from api.exports.tables import Table
from api.exports.writing import DANGEROUS, csv_chunks, xlsx_chunks

AT = datetime(2026, 11, 24, 12, 30, 5)  # noqa: DTZ001 - a local time, as a spreadsheet has it


def a_table(*rows: tuple[object, ...], heads: tuple[str, ...] = ("茶",)) -> Table:
    return Table("表", heads, rows)  # type: ignore[arg-type]


def as_csv(table: Table) -> tuple[bytes, list[list[str]]]:
    data = b"".join(csv_chunks(table))
    return data, list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def as_xlsx(table: Table) -> list[list[object]]:
    book = load_workbook(io.BytesIO(b"".join(xlsx_chunks(table))))
    sheet = book.active
    return [list(row) for row in sheet.iter_rows()]


@pytest.mark.parametrize("begins", DANGEROUS)
def test_a_text_that_begins_like_a_formula_computes_nothing_in_either_form(begins: str) -> None:
    text = f"{begins}1+cmd|' /C calc'!A0"

    assert as_csv(a_table((text,), heads=(text,)))[1] == [[f"'{text}"], [f"'{text}"]]
    cells = as_xlsx(a_table((text,), heads=(text,)))
    assert [cell[0].data_type for cell in cells] == ["s", "s"]  # type: ignore[attr-defined]


def test_csv_has_a_byte_order_mark_and_quotes_what_needs_it() -> None:
    data, rows = as_csv(a_table(('a "b", c\nd', 3, 0.5, None, date(2026, 11, 24), AT)))

    assert data.startswith(b"\xef\xbb\xbf")
    assert rows[1] == ['a "b", c\nd', "3", "0.5", "", "2026-11-24", "2026-11-24 12:30:05"]


def test_numbers_and_dates_have_their_types_in_xlsx() -> None:
    [_, cells] = as_xlsx(a_table((3, 0.5, date(2026, 11, 24), AT, None, "https://example.org"), heads=tuple("abcdef")))

    assert [cell.data_type for cell in cells] == ["n", "n", "d", "d", "n", "s"]  # type: ignore[attr-defined]
    assert [cell.value for cell in cells[:5]] == [3, 0.5, datetime(2026, 11, 24), AT, None]  # type: ignore[attr-defined]  # noqa: DTZ001
    assert cells[5].hyperlink is None  # type: ignore[attr-defined]


def test_a_long_table_is_written_in_parts_that_make_the_whole() -> None:
    rows = [(number, "茶") for number in range(1_234)]

    chunks = list(csv_chunks(a_table(*rows, heads=("a", "b"))))

    assert len(chunks) == 3
    assert b"".join(chunks).count(b"\r\n") == 1_235


def test_an_empty_table_has_its_headings() -> None:
    assert as_csv(a_table())[1] == [["茶"]]
    assert [[cell.value for cell in row] for row in as_xlsx(a_table())] == [["茶"]]  # type: ignore[attr-defined]
