import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.layout import read_tile_path, tile_path


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "000"),
        (67, 256, "067"),
        (1_234_067, 256, "x001/x234/067"),
        (1_000, 256, "x001/000"),
        (5, 9, "005.p/9"),
    ],
)
def test_paths_are_those_of_c2sp_tlog_tiles(number: int, width: int, path: str) -> None:
    assert tile_path(number, width) == path


@given(st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_is_read_back_as_it_was_written(number: int, width: int) -> None:
    assert read_tile_path(tile_path(number, width)) == (number, width)


@pytest.mark.parametrize(
    "path", ["", "0", "0000", "x000/000", "001/000", "000.p/256", "000.p/0", "000.p/", "-01", "٠٠٠"]
)
def test_another_form_of_a_path_is_refused(path: str) -> None:
    assert read_tile_path(path) is None
