from hypothesis import given
from hypothesis import strategies as st

from recommender.sentence import LONGEST, Sentence, normalise, phrase_key


@given(st.text(max_size=200))
def test_normalising_keeps_every_character_in_its_place(text: str) -> None:
    assert len(normalise(text)) == len(text)


def test_spellings_of_one_phrase_have_one_key() -> None:
    assert (
        len({phrase_key(phrase) for phrase in ("Night Club", "nightclub", "night-clubs", "ｎｉｇｈｔ　ｃｌｕｂ")}) == 1
    )
    assert phrase_key("藏龍百瀑") == phrase_key("藏龙百瀑")
    assert phrase_key("砂锅居（西四店）") == phrase_key("砂锅居(西四店)")
    assert phrase_key("café") == phrase_key("CAFE")


def test_what_was_read_is_crossed_out_and_the_words_are_the_askers_own() -> None:
    sentence = Sentence.of("Free WiFi 和停车")
    sentence.take(0, 9)
    assert not sentence.is_free(3, 5)
    assert sentence.is_free(9, 13)
    assert sentence.words(0, 9) == "Free WiFi"


def test_clauses_end_at_punctuation_but_not_inside_a_number() -> None:
    text = "评分4.5以上，人均80。好吗"
    clauses = dict.fromkeys(Sentence.of(text).clause_at(at) for at, char in enumerate(text) if char not in "，。")
    assert [text[start:end] for start, end in clauses] == ["评分4.5以上", "人均80", "好吗"]


def test_a_long_text_is_read_up_to_a_bound() -> None:
    assert len(Sentence.of("山" * 10_000).units) == LONGEST
