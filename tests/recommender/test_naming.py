import pytest

from recommender.cut_names import CutNames
from recommender.naming import NameIndex
from recommender.sentence import Sentence

NAMES = NameIndex(
    CutNames.of(
        [
            ["藏龙百瀑", "Canglong Hundred Waterfalls"],
            ["安吉竹子博览园", "Anji Bamboo Expo Park"],
            ["竹博园边江南菜", "Jiangnan Table by the Bamboo Park"],
            ["江南天池", "Jiangnan Tianchi"],
            ["安吉站", "Anji Railway Station"],
            ["杭州Hello Kitty乐园"],
        ]
    )
)


def test_pinyin_in_one_word_or_many_finds_the_name() -> None:
    for text in ("canglongbaipu", "how to get to canglong baipu"):
        (rows,) = NAMES.by_pinyin(Sentence.of(text).units).values()
        assert rows == {0}


def test_pinyin_of_a_part_of_a_name_is_not_its_name() -> None:
    assert NAMES.by_pinyin(Sentence.of("hangzhou").units) == {}


def test_a_name_is_covered_by_its_rare_pieces() -> None:
    covered = NAMES.coverage(Sentence.of("the hundred waterfalls of canglong").units)
    assert covered.rows[covered.shares.argmax()] == 0
    assert covered.most == pytest.approx(1.0)
    assert NAMES.coverage(Sentence.of("something else").units).most == 0


def test_an_abbreviation_finds_the_one_name_that_ends_like_it() -> None:
    assert NAMES.abbreviated("竹博园") == [1]
    assert NAMES.abbreviated("竹海园") == []
    assert NAMES.abbreviated("ab.*") == []


def test_the_beginning_of_just_one_name_finds_it() -> None:
    assert NAMES.begun("江南天") == [3]
    assert NAMES.begun("安吉竹") == [1]
    assert NAMES.begun("江南天池") == []
    twice = NameIndex(CutNames.of([["竹里人家农家乐"], ["竹里人家茶舍"], ["竹里人家农家乐"]]))
    assert twice.begun("竹里人家") == []


def test_what_is_almost_a_name_finds_it() -> None:
    assert NAMES.closest("Hundred Waterfalls", 0.7) == [0]
    assert NAMES.closest("swimming pool", 0.7) == []


def test_no_names_find_nothing() -> None:
    assert NameIndex(CutNames.of([])).coverage(Sentence.of("余村").units).rows.tolist() == []
    assert NameIndex(CutNames.of([])).closest("余村", 0.5) == []


@pytest.mark.parametrize(
    ("typed", "row"),
    [("Cangong Hundred Waterfalls", 0), ("how is the Jiangnan Tiannchi", 3), ("to Anjy Railway Station please", 4)],
)
def test_one_wrong_word_is_forgiven_where_all_others_of_a_name_agree(typed: str, row: int) -> None:
    (found,) = NAMES.misspelt(Sentence.of(typed).units).values()
    assert found == {row}


@pytest.mark.parametrize("typed", ["Anji Railway Station", "Canglong Hundreds", "Jiangnen", "anjy station"])
def test_a_slip_is_looked_for_in_whole_names_only(typed: str) -> None:
    assert NAMES.misspelt(Sentence.of(typed).units) == {}
