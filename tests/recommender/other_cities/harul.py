"""哈如勒 Harul: an invented coal-and-grassland city: mixed languages, tags for facilities, levels but no prices of meals."""

# ruff: noqa: E501 - tables of words and questions, a line each

from collections.abc import Mapping, Sequence
from random import Random

from tests.recommender.other_cities.inventing import placed
from tests.recommender.other_cities.judging import Ask, City, Record, seeded

NAME = "harul"
SEED = 236
Week = Mapping[int, Sequence[tuple[float, float]]]
#: Districts lie twelve kilometres apart or more, and places within 2 km of their centres.
AREAS = {
    "矿山区": ("Kuangshan District", 43.95, 116.05),
    "新城区": ("New Town", 43.95, 116.25),
    "白音苏木": ("Bayan Sum", 44.10, 116.05),
    "查干镇": ("Chagan Town", 43.80, 116.15),
}
LODGINGS = {
    "蒙古包营地": ("yurt camp", 6),
    "商务酒店": ("business hotel", 8),
    "招待所": ("guest hostel", 4),
    "牧家乐": ("herder homestay", 5),
    "工业风酒店": ("loft hotel", 3),
}
DINERS = {
    "涮羊肉": ("lamb hot pot", 5), "奶茶馆": ("milk tea house", 4), "东北菜": ("Dongbei", 5), "烧麦馆": ("shaomai house", 4), "俄餐": ("Russian", 5), "烤全羊": ("roast lamb house", 4),
    "朝鲜族菜": ("Korean", 3),
}  # fmt: skip
SIGHTS = {
    "草原": ("steppe", 6), "矿山公园": ("mining park", 2), "沙漠": ("desert", 3), "召庙": ("lama temple", 3), "滑雪场": ("ski resort", 2), "蒸汽机车馆": ("steam locomotive hall", 2), "咸水湖": ("salt lake", 2),
    "跑马场": ("racecourse", 2), "火山": ("volcano", 2), "博物馆": ("museum", 3),
}  # fmt: skip
STAY_TAGS = {
    "有暖气": "heated", "免费停车": "free parking", "篝火晚会": "campfire party", "独立卫浴": "ensuite", "热水淋浴": "hot shower", "wifi": "wifi", "骑马": "horse riding", "可带狗": "dogs welcome", "家庭房": "family room",
    "充电桩": "EV charging", "接机": "airport transfer", "可开发票": "invoices", "无障碍": "accessible", "行政酒廊": "executive lounge",
}  # fmt: skip
EAT_TAGS = {
    "清真": "halal",
    "包间": "private room",
    "儿童椅": "high chair",
    "户外座位": "outdoor seating",
    "深夜营业": "late night",
    "外卖": "takeaway",
    "老字号": "time-honoured",
    "歌舞表演": "live song and dance",
}
SEE_TAGS = {
    "看星星": "stargazing",
    "骑骆驼": "camel riding",
    "滑沙": "sand sledding",
    "夏季": "summer",
    "冬季": "winter",
    "适合老人": "good for seniors",
    "亲子": "family friendly",
    "自驾": "road trip",
}
DISHES = {
    "涮羊肉": {"手切羊肉": "hand-cut lamb", "麻酱": "sesame sauce", "糖蒜": "pickled garlic", "羊蝎子": "lamb spine"}, "奶茶馆": {"咸奶茶": "salty milk tea", "奶皮子": "milk skin", "炒米": "fried millet", "果条": "fried dough"},
    "东北菜": {"锅包肉": "sweet and sour pork", "酸菜炖粉条": "sauerkraut stew", "地三鲜": "three vegetable stir-fry", "小鸡炖蘑菇": "chicken stewed with mushrooms"}, "烧麦馆": {"羊肉烧麦": "lamb shaomai", "砖茶": "brick tea", "羊杂汤": "lamb offal soup"},
    "俄餐": {"红菜汤": "borscht", "大列巴": "rye bread", "烤肉串": "shashlik", "格瓦斯": "kvass"}, "烤全羊": {"烤全羊": "whole roast lamb", "手把肉": "boiled mutton", "血肠": "blood sausage", "马奶酒": "airag"},
    "朝鲜族菜": {"冷面": "cold noodles", "石锅拌饭": "bibimbap", "辣白菜": "kimchi", "大酱汤": "soybean stew"},
}  # fmt: skip
WORDS = {
    "乌兰": "Ulaan", "腾格里": "Tengri", "金雕": "Golden Eagle", "百灵": "Skylark", "苍狼": "Grey Wolf", "白桦": "Birch", "额吉": "Eej", "黑金": "Black Gold", "马头琴": "Morin", "北方": "Northern", "敖包": "Ovoo", "星河": "Galaxy",
}  # fmt: skip
EVERY = tuple(range(7))
HOURS: tuple[tuple[str, Week], ...] = (
    ("Mo-Su 09:00-17:30", dict.fromkeys(EVERY, ((9, 17.5),))), ("10:00-22:00", dict.fromkeys(EVERY, ((10, 22),))), ("每天6:00-14:00", dict.fromkeys(EVERY, ((6, 14),))),
    ("Mo-Su 17:00-01:30", dict.fromkeys(EVERY, ((17, 25.5),))), ("We-Su 09:30-16:30", {day: ((9.5, 16.5),) for day in EVERY if day > 1}),
)  # fmt: skip


def city() -> City:
    """Invent the city and its questions."""
    rng, week = seeded(SEED), {}
    rows = [*_sights(rng), *_lodgings(rng), *_diners(rng)]
    for row in rows:
        if row["category"] != "hotel":
            row["hours"], week[row["id"]] = rng.choice(HOURS)
    return City(NAME, rows, {"val": placed(ASKS, rows)}, week)


def _base(category: str, number: int, names: tuple[str, str], rng: Random) -> Record:
    area = rng.choice(tuple(AREAS))
    area_en, lat, lon = AREAS[area]
    row: Record = {
        "id": f"{NAME}-{category}-{number}",
        "category": category,
        "name": names[0],
        "name_en": names[1],
        "area": area,
        "timezone": "Asia/Shanghai",
    }
    row |= {
        "address": f"哈如勒市{area}{rng.choice(('煤海路', '团结街', '草原大道'))}{rng.randrange(1, 200)}号",
        "address_en": f"{area_en}, Harul",
    }
    row |= {
        "lat": round(lat + rng.uniform(-0.012, 0.012), 6),
        "lon": round(lon + rng.uniform(-0.014, 0.014), 6),
        "metro": False,
    }
    if rng.random() < 0.75:
        row["rating"] = rng.choice((3.5, 3.8, 4.0, 4.1, 4.4, 4.5, 4.6, 4.8, 5.0))
    return row


def _tagged(tags: Mapping[str, str], count: int, rng: Random) -> Record:
    held = rng.sample(tuple(tags), count)
    return {"tags": held, "tags_en": [tags[one] for one in held]}


def _lodgings(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, (kind_en, count) in LODGINGS.items():
        for word in rng.sample(tuple(WORDS), count):
            row = (
                _base("hotel", len(rows), (f"{word}{kind}", f"{WORDS[word]} {kind_en.title()}"), rng)
                | {"subtype": kind}
                | _tagged(STAY_TAGS, rng.randrange(2, 7), rng)
            )
            row["price"] = rng.randrange(6, 15) * 10 if kind == "招待所" else rng.randrange(18, 120) * 10
            if kind in {"商务酒店", "工业风酒店"}:
                row["stars"] = rng.randrange(2, 6)
            rows.append(row)
    return rows


def _diners(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, (kind_en, count) in DINERS.items():
        for word in rng.sample(tuple(WORDS), count):
            row = _base("restaurant", len(rows), (f"{word}{kind}", f"{WORDS[word]} {kind_en.title()}"), rng) | {
                "subtype": kind,
                "price_level": rng.randrange(1, 5),
            }
            served = rng.sample(tuple(DISHES[kind]), 2 + rng.randrange(2))
            row |= {"dishes": served, "dishes_en": [DISHES[kind][one] for one in served]} | _tagged(
                EAT_TAGS, rng.randrange(2, 5), rng
            )
            rows.append(row)
    return rows


def _sights(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, (kind_en, count) in SIGHTS.items():
        for word in rng.sample(tuple(WORDS), count):
            row = (
                _base("attraction", len(rows), (f"{word}{kind}", f"{WORDS[word]} {kind_en.title()}"), rng)
                | {"subtype": kind}
                | _tagged(SEE_TAGS, rng.randrange(2, 5), rng)
            )
            row["price"] = rng.choice((0, 0, 30, 60, 90, 120, 180))
            low = rng.choice((0.5, 1.0, 2.0, 4.0))
            rows.append(row | {"duration_min": low, "duration_max": low * 2})
    return rows


h, r, a = "hotel", "restaurant", "attraction"
ASKS = (
    Ask("想住蒙古包，要有独立卫生间，能骑马最好", h, "search", {"subtype": "蒙古包营地", "tags": ["独立卫浴", "骑马"]}),
    Ask("a yurt with a campfire, please", h, "search", {"subtype": "蒙古包营地", "tags": ["篝火晚会"]}),
    Ask("冬天来的，怕冷，住的地方必须有暖气，五百块以内", h, "search", {"tags": ["有暖气"], "price_max": 500}),
    Ask("we're driving an electric car, so a hotel where we can charge it", h, "search", {"tags": ["充电桩"]}),
    Ask(
        "出差报销要发票，新城区的商务酒店", h, "search", {"tags": ["可开发票"], "subtype": "商务酒店", "area": "新城区"}
    ),
    Ask("a four-star hotel in the New Town", h, "search", {"stars": 4, "area": "新城区"}),
    Ask("三星级以上的酒店，一晚不超过800", h, "search", {"stars_min": 3, "price_max": 800}),
    Ask("我们带着狗狗自驾，哪家牧家乐让带狗？", h, "search", {"subtype": "牧家乐", "tags": ["可带狗"]}),
    Ask("招待所就行，一百块左右一晚", h, "range", {"subtype": "招待所", "price_min": 90, "price_max": 110}),
    Ask("Is there somewhere to stay that'll pick us up from the airport?", h, "search", {"tags": ["接机"]}),
    Ask("一家四口，家庭房，查干镇有吗", h, "search", {"tags": ["家庭房"], "area": "查干镇"}),
    Ask(
        "can we bring our dog? looking for a place to sleep under 600 yuan",
        h,
        "search",
        {"tags": ["可带狗"], "price_max": 600},
    ),
    Ask("住处只要能洗热水澡、有网就可以了", h, "search", {"tags": ["热水淋浴", "wifi"]}),
    Ask("工业风的酒店贵不贵？给我看看一千以下的", h, "search", {"subtype": "工业风酒店", "price_max": 1000}),
    Ask("a herder homestay with family rooms", h, "search", {"subtype": "牧家乐", "tags": ["家庭房"]}),
    Ask("hotel rated 4.5 or more with an executive lounge", h, "search", {"rating_min": 4.5, "tags": ["行政酒廊"]}),
    Ask("我坐轮椅，酒店要无障碍的", h, "search", {"tags": ["无障碍"]}),
    Ask("白音苏木住哪儿好，别超四百", h, "search", {"area": "白音苏木", "price_max": 400}),
    Ask("两百到四百之间、不是招待所的住宿", h, "not", {"price_min": 200, "price_max": 400, "not_subtype": ["招待所"]}),
    Ask(
        "no yurts, I need a proper bed: hotels below 400 yuan with free parking",
        h,
        "not",
        {"not_subtype": ["蒙古包营地"], "price_max": 400, "tags": ["免费停车"]},
    ),
    Ask("想吃涮羊肉，便宜点的", r, "search", {"subtype": "涮羊肉", "price_level": 1}),
    Ask("where to try salty milk tea", r, "search", {"dishes": ["咸奶茶"]}),
    Ask("我是回民，找清真的饭馆", r, "search", {"tags": ["清真"]}),
    Ask("halal restaurant with private rooms", r, "search", {"tags": ["清真", "包间"]}),
    Ask("a moderately priced Russian restaurant", r, "search", {"subtype": "俄餐", "price_level": 2}),
    Ask("东北菜馆子有没有锅包肉", r, "search", {"subtype": "东北菜", "dishes": ["锅包肉"]}),
    Ask("早上想喝羊杂汤吃烧麦", r, "search", {"dishes": ["羊杂汤", "烧麦"]}),
    Ask("边吃边看歌舞表演的烤全羊", r, "search", {"subtype": "烤全羊", "tags": ["歌舞表演"]}),
    Ask("Could I get borscht and kvass somewhere?", r, "search", {"dishes": ["红菜汤", "格瓦斯"]}),
    Ask("孩子小，饭店要有宝宝椅", r, "search", {"tags": ["儿童椅"]}),
    Ask("nice place for dinner outdoors in Kuangshan", r, "search", {"tags": ["户外座位"], "area": "矿山区"}),
    Ask("贵一点没关系，请客户吃饭，要包间", r, "search", {"tags": ["包间"]}),
    Ask("石锅拌饭哪里有", r, "search", {"dishes": ["石锅拌饭"]}),
    Ask("老字号的烧麦馆", r, "search", {"subtype": "烧麦馆", "tags": ["老字号"]}),
    Ask("a cheap bite to eat in Chagan Town", r, "search", {"price_level": 1, "area": "查干镇"}),
    Ask("不吃羊肉，东北菜或者朝鲜族菜都可以", r, "search", {"subtypes": ["东北菜", "朝鲜族菜"]}),
    Ask("Korean food, but not in Chagan Town", r, "not", {"subtype": "朝鲜族菜", "not_area": ["查干镇"]}),
    Ask("没有血肠的烤全羊馆子", r, "not", {"subtype": "烤全羊", "without": ["血肠"]}),
    Ask("半夜十二点还开着的饭馆", r, "time", {"open": (2, 0)}),
    Ask("breakfast place open at 6:30 am", r, "time", {"open": (2, 6.5)}),
    Ask("周一能参观的博物馆，上午十点", a, "time", {"subtype": "博物馆", "open": (0, 10)}),
    Ask("现在还营业的涮羊肉店", r, "time", {"subtype": "涮羊肉", "open": (1, 12)}),
    Ask("哪里能看星星", a, "search", {"tags": ["看星星"]}),
    Ask("camel rides in the desert", a, "search", {"subtype": "沙漠", "tags": ["骑骆驼"]}),
    Ask("孩子喜欢火车，蒸汽机车馆门票多少，要六十以内的", a, "search", {"subtype": "蒸汽机车馆", "price_max": 60}),
    Ask("free grasslands", a, "search", {"subtype": "草原", "price_max": 0}),
    Ask("适合老年人的景点，免票的", a, "search", {"tags": ["适合老人"], "price_max": 0}),
    Ask("Are there any lama temples rated above 4?", a, "search", {"subtype": "召庙", "rating_min": 4}),
    Ask("两小时以内能看完的博物馆", a, "search", {"subtype": "博物馆", "duration_max": 2}),
    Ask(
        "family-friendly sights that take about four to eight hours",
        a,
        "search",
        {"tags": ["亲子"], "duration_min": 4, "duration_max": 8},
    ),
    Ask("想滑沙！", a, "search", {"tags": ["滑沙"]}),
    Ask("冬天玩雪去哪，滑雪场", a, "search", {"subtype": "滑雪场"}),
    Ask("matters of industry: an old mine I can visit", a, "search", {"subtype": "矿山公园"}),
    Ask("salt lakes with admission under 100", a, "search", {"subtype": "咸水湖", "price_max": 100}),
    Ask("{z3}附近有啥好吃的", r, "near", {"near": 3, "within_m": 6000}),
    Ask("hotels close to {e7}", h, "near", {"near": 7, "within_m": 6000}),
    Ask("从{z28}走路能到的餐馆", r, "near", {"near": 28, "within_m": 2000}),
    Ask("what can we see around {e12}? we'll be there in the morning", a, "near", {"near": 12, "within_m": 6000}),
    Ask("{e5} phone number", a, "name", {"named": 5}),
    Ask("听说{z33}挺好，帮忙查下价格", h, "name", {"named": 33}),
    Ask("does {e58} take reservations?", r, "name", {"named": 58}),
    Ask("最便宜的蒙古包营地", h, "order", {"subtype": "蒙古包营地", "order": "price"}),
    Ask("best-rated Dongbei restaurant", r, "order", {"subtype": "东北菜", "order": "-rating"}),
    Ask("离{z0}最近的酒店", h, "order", {"near": 0, "order": "distance"}),
)
