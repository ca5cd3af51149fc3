import json
import tracemalloc
from pathlib import Path

import pytest

from index.errors import UnreadableInput
from index.reading import MAX_LINE_BYTES, RawRow, read_rows
from tests.index.builders import a_jsonl, a_row


def _write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _read(path: Path) -> list[RawRow]:
    return list(read_rows(path))


@pytest.mark.parametrize(
    "bad",
    ['{"id": "b", "cat', "[1, 2]", "null", '{"lat": NaN}', '{"price": Infinity}', "[" * 100_000, "1" * 5000, "{}{}"],
)
def test_a_bad_json_line_costs_only_itself(tmp_path: Path, bad: str) -> None:
    rows = _read(a_jsonl(tmp_path / "x.jsonl", [a_row(id="a"), bad, a_row(id="c")]))
    assert [row.line for row in rows] == [1, 2, 3]
    assert [row.values is None for row in rows] == [False, True, False]
    assert rows[1].reason


def test_latin1_bytes_are_named_with_their_position(tmp_path: Path) -> None:
    rows = _read(a_jsonl(tmp_path / "x.jsonl", ['{"name": "café"}'.encode("latin-1"), a_row()]))
    assert "0xe9 at position 14" in rows[0].reason
    assert "UTF-8" in rows[0].reason
    assert rows[1].values == a_row()


def test_a_20_mb_line_is_rejected_in_bounded_memory(tmp_path: Path) -> None:
    path = a_jsonl(tmp_path / "x.jsonl", [a_row(id="a"), b'{"name": "' + b"x" * 20_000_000 + b'"}', a_row(id="c")])
    tracemalloc.start()
    rows = _read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.values is None for row in rows] == [False, True, False]
    assert "20,000,013 bytes" in rows[1].reason
    assert peak < 8 * MAX_LINE_BYTES


def test_a_line_of_just_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    def line(length: int) -> bytes:
        return b'{"name": "' + b"x" * (length - 12) + b'"}'

    rows = _read(a_jsonl(tmp_path / "x.jsonl", [line(MAX_LINE_BYTES), line(MAX_LINE_BYTES + 1)]))
    assert [row.values is None for row in rows] == [False, True]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_bom_and_line_ends_do_not_matter(tmp_path: Path, end: str) -> None:
    text = "\ufeff" + end.join([json.dumps(a_row()), "", json.dumps(a_row(id="b"))])
    rows = _read(_write(tmp_path / "x.jsonl", text))
    assert [(row.line, row.values and row.values["id"]) for row in rows] == [(1, "a"), (3, "b")]


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    csv = _write(tmp_path / "x.csv", "id,category,name,lat,lon\na,restaurant,竹林人家,30.5,119.5\n")
    geojson = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [119.5, 30.5]},
                "properties": a_row(),
            }
        ],
    }
    points = _write(tmp_path / "x.geojson", json.dumps(geojson))
    assert _read(csv)[0].values == a_row(lat="30.5", lon="119.5")
    assert _read(points)[0].values == a_row(lat=30.5, lon=119.5)


def test_csv_cells_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.csv", '\ufeffid,name\r\na,"竹, ""林""\r\n人家"\r\n\r\nb,x\r\n')
    rows = _read(path)
    assert [(row.line, row.values) for row in rows] == [
        (2, {"id": "a", "name": '竹, "林"\n人家'}),
        (5, {"id": "b", "name": "x"}),
    ]


def test_a_bad_csv_row_costs_only_itself(tmp_path: Path) -> None:
    lines = [
        b"id,name",
        b"a,x",
        "b,caf\xe9".encode("latin-1"),
        b"c,x,y",
        b'd,"open',
        b"e" * 2_000_000,
        b'still"',
        b"f,x",
    ]
    rows = _read(_write(tmp_path / "x.csv", b"\n".join(lines) + b"\n"))
    assert [row.line for row in rows] == [2, 3, 4, 5, 8]
    assert [row.values is None for row in rows] == [False, True, True, True, False]
    assert "2,000,001 bytes" in rows[3].reason


def test_a_quote_left_open_at_the_end_is_reported(tmp_path: Path) -> None:
    rows = _read(_write(tmp_path / "x.csv", 'id,name\na,x\nb,"torn'))
    assert rows[0].values == {"id": "a", "name": "x"}
    assert (rows[1].line, rows[1].values) == (3, None)


def test_a_torn_geojson_gives_the_features_before_the_tear(tmp_path: Path) -> None:
    feature = {"type": "Feature", "id": 7, "geometry": None, "properties": {"name": "x"}}
    text = '{"type": "FeatureCollection", "features": [\n' + json.dumps(feature) + ",\n" + json.dumps(feature)[:30]
    rows = _read(_write(tmp_path / "x.geojson", text))
    assert rows[0].values == {"name": "x", "id": "7"}
    assert (rows[1].line, rows[1].values) == (3, None)


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        ({"geometry": {"type": "Polygon", "coordinates": []}, "properties": {}}, "Polygon"),
        ({"geometry": {"type": "Point", "coordinates": [1]}, "properties": {}}, "two coordinates"),
        ({"geometry": None}, "properties"),
        (3, "properties"),
    ],
)
def test_what_is_no_point_is_refused(tmp_path: Path, feature: object, reason: str) -> None:
    rows = _read(_write(tmp_path / "x.geojson", json.dumps({"features": [feature]})))
    assert reason in rows[0].reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.csv", "", "empty"),
        ("x.csv", "id,id\n1,2\n", "twice"),
        ("x.geojson", "", "no list of features"),
        ("x.geojson", "caf\xe9".encode("latin-1"), "UTF-8"),
        ("x.xlsx", "", "format"),
        ("x.jsonl", "x".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_without_anything_readable_is_an_error(
    tmp_path: Path, name: str, content: str | bytes, reason: str
) -> None:
    with pytest.raises(UnreadableInput, match=reason):
        _read(_write(tmp_path / name, content))


def test_a_folder_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").mkdir()
    for name in ("x.jsonl", "y.jsonl"):
        with pytest.raises(UnreadableInput, match=name):
            _read(tmp_path / name)
