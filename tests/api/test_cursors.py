import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import open_cursor, seal_cursor
from api.errors import BadCursor

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
POSITIONS = st.dictionaries(TEXTS.filter(lambda key: key != "r"), st.integers() | TEXTS, max_size=3)


@given(st.text(), POSITIONS)
def test_a_cursor_gives_back_its_position(request: str, position: dict[str, object]) -> None:
    cursor = seal_cursor(request, position)
    assert cursor.isascii()
    if len(cursor) <= 2_000:
        assert open_cursor(request, cursor) == position


@given(st.text(max_size=200))
def test_no_text_makes_it_fail_otherwise(cursor: str) -> None:
    with pytest.raises(BadCursor):
        open_cursor("request", cursor)


def test_a_cursor_of_another_request_is_refused() -> None:
    with pytest.raises(BadCursor):
        open_cursor(["b"], seal_cursor(["a"], {"o": 1}))
