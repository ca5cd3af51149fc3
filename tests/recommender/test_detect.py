import pytest

from recommender.detect import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("带孩子去哪里玩", "zh"),
        ("a quiet guesthouse", "en"),
        ("离Hello Kitty乐园近的农家乐", "zh"),
        ("how do I get to 余村 by bus from the station", "en"),
        ("🙂 123 !!", None),
        ("", None),
    ],
)
def test_the_language_is_that_of_most_of_the_words(text: str, language: str | None) -> None:
    assert language_of(text) == language
