from index.passages import MAX_PASSAGE_CHARS, passage_of, searchable_text
from tests.index.builders import a_listing


def test_the_name_stands_in_the_passage_only_where_nothing_else_says_what_it_is() -> None:
    assert "竹林人家" in passage_of(a_listing(name="竹林人家", dishes=["竹林鸡"]))
    assert "竹林人家" not in passage_of(a_listing(name="竹林人家", subtype="农家乐"))


def test_the_kind_is_said_in_the_language_of_the_name() -> None:
    assert passage_of(a_listing(name="Bamboo House", subtype="inn")).startswith("restaurant")
    assert passage_of(a_listing(name="竹林人家", subtype="农家乐")).startswith("餐馆")


def test_a_passage_is_short() -> None:
    assert len(passage_of(a_listing(description="长" * 5000))) == MAX_PASSAGE_CHARS


def test_what_a_source_added_stays_searchable() -> None:
    text = searchable_text(a_listing(extra={"postcode": "313300", "rooms": [{"kind": "树屋"}], "floors": 3}))
    assert "313300" in text
    assert "树屋" in text
