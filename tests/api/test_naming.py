"""The chain of names: a reader's own language, English, pinyin, and last the name as it stands."""

import pytest

from api.naming import Spelling, in_pinyin, shown_name, shown_names
from index.settings import Language
from tests.api.builders import Served


@pytest.mark.parametrize(
    ("name", "name_en", "reader", "text", "spelling"),
    [
        ("阿婆灶头", "Granny's Stove", "zh", "阿婆灶头", Spelling.CHINESE),
        ("阿婆灶头", "Granny's Stove", "en", "Granny's Stove", Spelling.ENGLISH),
        ("阿婆灶头", None, "en", "A Po Zao Tou", Spelling.PINYIN),
        ("Łódź Café", "Lodz Café", "zh", "Lodz Café", Spelling.ENGLISH),
        ("Łódź Café", None, "zh", "Łódź Café", Spelling.LOCAL),
        ("Łódź Café", None, "en", "Łódź Café", Spelling.LOCAL),
    ],
)
def test_the_first_name_that_there_is_is_shown(
    name: str, name_en: str | None, reader: Language, text: str, spelling: Spelling
) -> None:
    shown = shown_name(name, name_en, reader)
    assert (shown.text, shown.spelling) == (text, spelling)


def test_only_han_characters_become_syllables() -> None:
    assert in_pinyin("安吉JW万豪") == "An Ji JW Wan Hao"


def test_a_reply_carries_the_name_for_each_reader_and_both_as_they_are(served: Served) -> None:
    results = served.client.get("/v1/search", params={"q": "竹里人家"}).json()["results"]
    for result in results:
        expected = {
            reader: shown.model_dump() for reader, shown in shown_names(result["name"], result["name_en"]).items()
        }
        assert result["shown"] == expected
    assert (results[0]["name"], results[0]["name_en"]) == ("竹里人家", "Bamboo Hamlet")
