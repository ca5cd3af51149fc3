"""English names of areas and kinds, learnt from addresses and names."""

from typing import Any

from index.listing import Listing
from recommender.translating import english_areas, english_kinds


def listing(number: int, area: str, kind: str, name_en: str, address_en: str, **more: Any) -> Listing:
    facts: dict[str, Any] = {"id": str(number), "source": "t", "category": "hotel", "name": f"店{number}", **more}
    return Listing(**facts, area=area, subtype=kind, name_en=name_en, address_en=address_en)


COUNTY = [
    listing(0, "沙河镇", "吊脚楼", "Egret Stilt House", "1 Dock Road, Shahe Town, Lin County"),
    listing(1, "沙河镇", "吊脚楼", "Heron Stilt House", "8 Mill Lane, Shahe Town, Lin County"),
    listing(2, "沙河镇", "客栈", "Egret Lodge", "2 Dock Road, Shahe Town, Lin County"),
    listing(3, "云顶乡", "客栈", "Cloud Lodge", "Yunding, Lin County"),
    listing(4, "云顶乡", "客栈", "Summit Lodge", "Yunding, Lin County"),
    listing(5, "孤山", "冰屋", "Lone Igloo", "Gushan, Lin County"),
]


def test_an_area_is_called_what_its_addresses_share_and_others_lack() -> None:
    assert english_areas(COUNTY) == {"沙河镇": "Shahe Town", "云顶乡": "Yunding"}


def test_a_kind_is_called_what_its_names_share_and_others_lack() -> None:
    assert english_kinds(COUNTY) == {"吊脚楼": "Stilt House", "客栈": "Lodge"}


def test_what_a_field_says_is_not_guessed() -> None:
    told = [
        listing(6, "东乡", "茶舍", "A Tea House", "Dong, L", area_en="Eastham", subtype_en="teahouse"),
        listing(7, "东乡", "茶舍", "B Tea House", "Dong, L", area_en="Eastham", subtype_en="teahouse"),
    ]
    assert english_areas(told) == {}
    assert english_kinds(told) == {}


def test_kinds_are_told_apart_within_their_category_only() -> None:
    huts = [listing(n, "东乡", "木屋", f"{name} Larch Cabin", "Dong") for n, name in enumerate(("Red", "Blue"))]
    meals = [
        listing(n, "东乡", "林地菜", f"{name} Larch {noun}", "Dong", category="restaurant")
        for n, (name, noun) in enumerate((("Red", "Table"), ("Grey", "Kitchen")))
    ]
    assert english_kinds([*huts, *meals]) == {"木屋": "Larch Cabin", "林地菜": "Larch"}
