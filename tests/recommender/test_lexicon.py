from recommender.finder import Finder
from recommender.query import LimitKind
from recommender.sentence import Sentence


def names(finder: Finder, key: str, kind: LimitKind = LimitKind.SUBTYPE) -> set[str]:
    return {finder.snapshot.listings[row].id for row in finder.lexicon.rows(kind, key).tolist()}


def test_a_phrase_has_the_rows_of_all_phrases_that_contain_it(city: Finder) -> None:
    assert names(city, "葱油白蟹") == {"r0", "r2"}
    assert names(city, "停车场", LimitKind.FACILITY) == {"h0", "h1", "h3"}


def test_a_concept_is_bound_to_the_listings_own_words(city: Finder) -> None:
    assert names(city, "@hot_pot") == {"r1", "r4"}
    assert names(city, "@parking") == {"h0", "h1", "h3"}
    assert names(city, "@museum") == {"a2"}


def test_who_comes_along_is_bound_to_what_places_say_of_themselves(city: Finder) -> None:
    assert {city.snapshot.listings[row].id for row in city.lexicon.parties["family"].tolist()} == {"a2", "h2"}


def test_a_station_near_by_is_a_facility(city: Finder) -> None:
    assert names(city, "地铁", LimitKind.FACILITY) == {"a2", "a3", "r4"}


def test_the_longest_phrase_wins_and_none_crosses_a_comma(city: Finder) -> None:
    keys = [match.key for match in city.lexicon.matches(Sentence.of("麻辣火锅，渔家，菜"))]
    assert "麻辣火锅" in keys
    assert "渔家菜" not in keys


def test_words_that_say_nothing_are_left_out_of_a_look_up(city: Finder) -> None:
    assert city.lexicon.without_fillers("你好，我想找 葱油白蟹").split() == [",", "找", "葱油白蟹"]
