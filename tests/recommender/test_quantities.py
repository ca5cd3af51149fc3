import pytest

from recommender.quantities import Bound, Unit, quantities_in
from recommender.query import Range
from recommender.sentence import Sentence


@pytest.mark.parametrize(
    ("text", "unit", "asked"),
    [
        ("人均80以下", None, Range(None, 80)),
        ("4.5分以上", Unit.POINTS, Range(4.5, None)),
        ("4.5分评分以上", Unit.POINTS, Range(4.5, None)),
        ("2小时 - 4小时", Unit.HOURS, Range(2, 4)),
        ("between 2 and 3 hours", Unit.HOURS, Range(2, 3)),
        ("an hour or two", Unit.HOURS, Range(1, 2)),
        ("3、4个小时", Unit.HOURS, Range(3, 4)),
        ("under 100 yuan", Unit.MONEY, Range(None, 100)),
        ("¥100 or less", Unit.MONEY, Range(None, 100)),
        ("sixty rmb a head at most", Unit.MONEY, Range(None, 60)),
        ("at least 4 stars", Unit.STARS, Range(4, None)),
        ("a star of 4", Unit.STARS, Range(4, 4)),
        ("a 4+ star hotel", Unit.STARS, Range(4, None)),
        ("5* hotel", Unit.STARS, Range(5, 5)),
        ("no fewer than four stars", Unit.STARS, Range(4, None)),
        ("口碑不低于4分", Unit.POINTS, Range(4, None)),
        ("不高于4星", Unit.STARS, Range(None, 4)),
        ("no less than 3 hours", Unit.HOURS, Range(3, None)),
        ("玩三五个小时", Unit.HOURS, Range(3, 5)),
        ("5公里以内", Unit.KILOMETRES, Range(None, 5)),
        ("三到五百", None, Range(300, 500)),
        ("three to five hundred yuan", Unit.MONEY, Range(300, 500)),
        ("两到300元", Unit.MONEY, Range(2, 300)),
        ("别超四百", None, Range(None, 400)),
        ("评分低于4分的就算了", Unit.POINTS, Range(4, None)),
        ("over 500 yuan is too much", Unit.MONEY, Range(None, 500)),
        ("能玩一整天", Unit.DAYS, Range(1, 1)),
        ("十欧以内", Unit.MONEY, Range(None, 10)),
        ("under 2000 yen", Unit.MONEY, Range(None, 2000)),
        ("12小时 - 6天", Unit.DAYS, Range(0.5, 6)),
    ],
)
def test_a_comparison_is_read_from_the_words_around_a_number(text: str, unit: Unit | None, asked: Range) -> None:
    (quantity,) = quantities_in(Sentence.of(text))
    assert quantity.unit is unit
    assert quantity.within() == asked


def test_about_widens_a_single_number_and_leaves_a_range() -> None:
    single, pair = quantities_in(Sentence.of("200元左右，150-200元左右"))
    assert single.bound is Bound.ROUGHLY
    assert single.within(0.2) == Range(160, 240)
    assert pair.within(0.2) == Range(150, 200)


def test_two_numbers_in_a_list_are_no_range() -> None:
    assert [q.within() for q in quantities_in(Sentence.of("3个人，8点"))] == [Range(3, 3), Range(8, 8)]
