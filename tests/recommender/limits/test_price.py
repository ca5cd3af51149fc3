import pytest

from recommender.limits.price import read_price, says_free
from recommender.quantities import quantities_in
from recommender.query import Range
from recommender.sentence import Sentence


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("门票20-50的", Range(20, 50)),
        ("三百以内的民宿", Range(None, 300)),
        ("under 100 a head", Range(None, 100)),
        ("价格1000元以上", Range(1000, None)),
        ("大约200块", Range(160, 240)),
        ("不收门票的", Range(0, 0)),
        ("free of charge", Range(0, 0)),
        ("门票不免费", Range(0.01, None)),
        ("要买票的景点", Range(0.01, None)),
        ("免门票的", Range(0, 0)),
        ("it costs nothing", Range(0, 0)),
        ("somewhere that doesn't cost anything", Range(0, 0)),
        ("不低于1450元一晚", Range(1450, None)),
        ("人均三四百", Range(300, 400)),
        ("四五百块一晚", Range(400, 500)),
        ("人均一百多", Range(100, 199)),
        ("预算三百", Range(None, 300)),
        ("不到三百块", Range(None, 300)),
        ("千元以下的酒店", Range(None, 1000)),
        ("人均180起", Range(180, None)),
        ("between five and fifteen pounds", Range(5, 15)),
        ("a hundred and fifty yuan at most", Range(None, 150)),
    ],
)
def test_amounts_are_read(text: str, asked: Range) -> None:
    sentence = Sentence.of(text)
    (limit,) = read_price(sentence, quantities_in(sentence))
    assert limit.range == asked


@pytest.mark.parametrize(
    "text", ["评分4.5以上", "玩2小时", "5个人吃饭", "feel free to suggest", "两公里以内", "三星级"]
)
def test_other_numbers_are_no_amounts(text: str) -> None:
    sentence = Sentence.of(text)
    assert read_price(sentence, quantities_in(sentence)) == []


def test_free_is_said_of_the_place_and_not_of_its_parking() -> None:
    assert says_free("免费")
    assert says_free("free admission")
    assert not says_free("免费停车")
    assert not says_free("free parking")


@pytest.mark.parametrize("text", ["有没有票价在20-50之间的", "有没有票价是20-50元的"])
def test_asking_whether_there_is_a_price_says_nothing_of_free(text: str) -> None:
    sentence = Sentence.of(text)
    (limit,) = read_price(sentence, quantities_in(sentence))
    assert limit.range == Range(20, 50)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("免费，人均50到100", [Range(0, 0), Range(50, 100)]),
        ("under 50 and over 100 yuan", [Range(None, 50), Range(100, None)]),
        ("门票免费，100元以下", [Range(0, 0)]),
        ("百来块", [Range(90, 110)]),
        ("两三百的", [Range(200, 300)]),
        ("a meal for a fiver", [Range(None, 5)]),
        ("lunch under a fiver", [Range(None, 5)]),
        ("a room for three or four hundred yuan", [Range(300, 400)]),
        ("dinner, a tenner each", [Range(None, 10)]),
        ("cheap eats, fiver or less", [Range(None, 5)]),
        ("more than a tenner", [Range(10, None)]),
    ],
)
def test_amounts_that_cannot_both_be_stand_beside_each_other(text: str, asked: list[Range]) -> None:
    sentence = Sentence.of(text)
    assert [limit.range for limit in read_price(sentence, quantities_in(sentence))] == asked
