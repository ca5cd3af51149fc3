"""A made-up city: every name, kind and district in it is invented for the tests."""

from typing import Any


def _eat(number: int, area: str, kind: str, level: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"r{number}", "category": "restaurant", "name": f"{'甲乙丙丁戊己庚辛'[number]}字号", "area": area,
        "subtype": kind, "price": 40 * level + 10, "price_level": level, "rating": 4 + number / 10, **more,
    }  # fmt: skip


def _stay(number: int, area: str, kind: str, level: int, stars: int, facilities: list[str]) -> dict[str, Any]:
    return {
        "id": f"h{number}", "category": "hotel", "name": f"旅居{'子丑寅卯辰'[number]}号", "area": area,
        "subtype": kind, "price": 150 * level, "price_level": level, "stars": stars, "rating": 4.1 + number / 10,
        "facilities": facilities,
    }  # fmt: skip


CITY: list[dict[str, Any]] = [
    {
        "id": "a0", "category": "attraction", "name": "望潮台", "name_en": "Tidewatch Terrace", "area": "望潮区",
        "subtype": "滨海景区", "subtype_en": "seaside", "price": 60, "price_level": 2, "rating": 4.6, "metro": False,
        "tags": ["情侣约会"], "hours": "Mo-Su 08:00-17:00", "duration_min": 2, "duration_max": 3,
        "lat": 29.9, "lon": 121.9,
    },
    {
        "id": "a1", "category": "attraction", "name": "银沙湾", "area": "望潮区", "subtype": "滨海景区",
        "price": 0, "price_level": 1, "rating": 4.1, "duration_min": 3, "duration_max": 5, "lat": 29.91, "lon": 121.9,
    },
    {
        "id": "a2", "category": "attraction", "name": "灯塔记忆馆", "name_en": "Lighthouse Memory Hall",
        "area": "老港区", "subtype": "博物馆", "price": 0, "price_level": 1, "rating": 4.3, "metro": True,
        "tags": ["家庭亲子"], "duration_min": 1, "duration_max": 2, "nearby": {"restaurant": ["r0", "r1"]},
    },
    {
        "id": "a3", "category": "attraction", "name": "船厂旧址", "area": "老港区", "subtype": "工业遗址",
        "price": 25, "price_level": 2, "rating": 4.4, "metro": True, "duration_min": 1, "duration_max": 1,
    },
    _eat(0, "老港区", "渔家菜", 2, dishes=["葱油白蟹", "雪菜黄鱼"], nearby={"attraction": ["a2"]}, hours="10:00-21:00"),
    _eat(1, "老港区", "麻辣火锅", 1, dishes=["鲜毛肚"], nearby={"attraction": ["a2"]}, hours="11:00-02:00"),
    _eat(2, "望潮区", "渔家菜", 1, dishes=["葱油白蟹"], hours="10:00-14:00"),
    _eat(3, "望潮区", "日韩料理", 3, dishes=["三文鱼刺身"]),
    _eat(4, "新城", "麻辣火锅", 2, dishes=["鲜毛肚"], metro=True),
    _eat(5, "新城", "轻食", 2, dishes=["藜麦沙拉"]),
    _stay(0, "老港区", "商务出行", 2, 3, ["免费停车场", "标准间"]),
    _stay(1, "新城", "情侣约会", 3, 5, ["收费停车场", "大床房", "观海阳台"]),
    _stay(2, "望潮区", "家庭亲子", 1, 2, ["标准间"]),
    _stay(3, "新城", "商务出行", 3, 4, ["免费停车场", "大床房"]),
    _stay(4, "老港区", "情侣约会", 2, 4, ["大床房"]),
]  # fmt: skip
