"""措玛县 Tsoma: an invented plateau county in the full format: both languages, coordinates, OSM hours, sparse facts."""

# ruff: noqa: E501 - tables of words and questions, a line each

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from tests.recommender.other_cities.judging import Ask, City, Record, seeded
from tests.recommender.other_cities.second import TSOMA, asks_of

NAME = "tsoma"
Week = Mapping[int, Sequence[tuple[float, float]]]
#: Townships lie ten kilometres apart or more, and places within 2 km of their centres.
TOWNSHIPS = {
    "措玛镇": ("Tsoma Town", 30.50, 100.50),
    "桑登镇": ("Samdeng", 30.62, 100.50),
    "达日乡": ("Dari", 30.50, 100.66),
    "贡果乡": ("Gongo", 30.38, 100.50),
    "热水沟乡": ("Reshuigou", 30.62, 100.66),
}
FACILITIES = {
    "制氧机": "oxygen supply", "电热毯": "electric blankets", "地暖": "floor heating", "温泉私汤": "private hot spring bath",
    "骑马": "horse riding", "机场接送": "airport pickup", "观星露台": "stargazing deck", "充电桩": "EV charger", "免费停车": "free parking",
    "无线网络": "wifi", "可带宠物": "pets welcome", "无障碍通道": "wheelchair access", "洗衣机": "washing machine", "壁炉": "fireplace",
    "雪具租赁": "ski rental", "儿童乐园": "kids' playground", "厨房": "kitchen", "吸氧房": "oxygen bar",
}  # fmt: skip
LODGINGS = {
    "藏家乐": "Tibetan homestay", "温泉酒店": "hot spring hotel", "帐篷营地": "tented camp", "青年旅舍": "youth hostel", "滑雪小屋": "ski hut",
    "日式旅馆": "ryokan",
}  # fmt: skip
DISHES = {
    "酥油茶": "yak butter tea", "甜茶": "sweet tea", "糌粑": "tsampa", "藏面": "Tibetan noodles", "牦牛火锅": "yak hot pot", "石锅鸡": "stone pot chicken",
    "松茸炖土鸡": "matsutake chicken soup", "青稞酒": "barley wine", "牦牛酸奶": "yak yogurt", "血肠": "blood sausage", "手抓羊肉": "hand-held mutton",
    "牛肉包子": "beef momo", "酸菜面块": "sour cabbage noodles", "人参果米饭": "silverweed rice", "烤全羊": "roast whole lamb", "回锅肉": "twice-cooked pork",
    "麻婆豆腐": "mapo tofu", "素什锦": "mixed vegetables",
}  # fmt: skip
DINERS = {
    "藏餐": "Tibetan",
    "甜茶馆": "tea house",
    "火锅": "hot pot",
    "川菜": "Sichuan",
    "清真": "halal",
    "素食": "vegetarian",
}
SIGHTS = {
    "寺院": "monastery", "冰川": "glacier", "高山湖": "alpine lake", "温泉": "hot spring", "草原": "grassland", "古碉楼": "watchtower",
    "滑雪场": "ski slope", "博物馆": "museum", "垭口": "mountain pass", "经幡林": "prayer flag grove",
}  # fmt: skip
TAGS = {"亲子": "family friendly", "安静": "quiet", "观景": "scenic view", "摄影": "photography", "情侣": "romantic"}
WORDS = {
    "扎西": "Tashi", "卓玛": "Drolma", "格桑": "Kelsang", "雪莲": "Snow Lotus", "白云": "White Cloud", "多吉": "Dorje", "央金": "Yangchen", "牧歌": "Herdsong",
    "尼玛": "Nyima", "岗拉": "Gangla", "德吉": "Deki", "隆达": "Lungta",
}  # fmt: skip
EVERY = tuple(range(7))
HOURS: tuple[tuple[str, Week], ...] = (
    ("Mo-Su 09:00-18:00", dict.fromkeys(EVERY, ((9, 18),))),
    ("Mo-Su 11:00-22:00", dict.fromkeys(EVERY, ((11, 22),))),
    ("Tu-Su 10:00-21:00", {day: ((10, 21),) for day in EVERY if day}),
    ("Mo-Fr 07:00-14:00; Sa,Su 07:00-20:00", {day: ((7, 20 if day > 4 else 14),) for day in EVERY}),
    ("We-Mo 17:00-02:00", {day: ((17, 26),) for day in EVERY if day != 1}),
    ("Mo-Su 06:30-10:00,16:00-21:30", dict.fromkeys(EVERY, ((6.5, 10), (16, 21.5)))),
    ("24/7", dict.fromkeys(EVERY, ((0, 24),))),
)


def city() -> City:
    """Invent the county and its questions."""
    rng, week = seeded(61), {}
    rows = [*_sights(rng), *_lodgings(rng), *_diners(rng)]
    for row in rows:
        if row["category"] != "hotel" and rng.random() > 0.1:
            row["hours"], week[row["id"]] = rng.choice(HOURS)
    asks = [*_searches(rows, seeded(62)), *_nears(rows, seeded(63)), *_names(rows), *_by_hand(rows), *_timed()]
    return City(NAME, rows, {"val": asks, "second": asks_of(TSOMA, rows)}, week)


def more(rows: list[Record], seed: int) -> list[Ask]:
    """Put together further questions, which are in no file."""
    return [*_searches(rows, seeded(seed)), *_nears(rows, seeded(seed))]


def _base(kind: str, number: int, names: tuple[str, str], rng: Random) -> Record:
    area = rng.choice(tuple(TOWNSHIPS))
    area_en, lat, lon = TOWNSHIPS[area]
    row: Record = {
        "id": f"{NAME}-{kind}-{number}",
        "category": kind,
        "name": names[0],
        "name_en": names[1],
        "area": area,
    }
    row |= {
        "address": f"措玛县{area}{rng.choice('上中下')}街{rng.randrange(1, 120)}号",
        "address_en": f"{area_en}, Tsoma County",
    }
    row |= {
        "lat": round(lat + rng.uniform(-0.012, 0.012), 6),
        "lon": round(lon + rng.uniform(-0.014, 0.014), 6),
        "timezone": "Asia/Shanghai",
    }
    if rng.random() > 0.08:
        row["rating"] = rng.choice((3.7, 3.9, 4.0, 4.2, 4.3, 4.4, 4.5, 4.6, 4.7, 4.8, 4.9))
    tags = rng.sample(tuple(TAGS), rng.randrange(3))
    return row | {"tags": tags, "tags_en": [TAGS[tag] for tag in tags]} if tags else row


def _sights(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, kind_en in SIGHTS.items():
        for word in rng.sample(tuple(WORDS), 5):
            row = _base("attraction", len(rows), (f"{word}{kind}", f"{WORDS[word]} {kind_en.title()}"), rng) | {
                "subtype": kind
            }
            row["description"] = (
                f"海拔{rng.randrange(31, 48)}00米的{kind}，{rng.choice(('春天开满杜鹃', '冬天积雪很厚', '日出时最美'))}。"
            )
            row["description_en"] = (
                f"A {kind_en} {rng.choice(('on the pilgrim road', 'above the valley', 'below the snow line'))}."
            )
            if rng.random() > 0.1:
                row["price"] = rng.choice((0, 0, 20, 30, 50, 80, 120, 200))
            low = rng.choice((0.5, 1.0, 2.0, 3.0))
            rows.append(row | {"duration_min": low, "duration_max": low * 2})
    return rows


def _lodgings(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, kind_en in LODGINGS.items():
        for word in rng.sample(tuple(WORDS), 9):
            row = _base("hotel", len(rows), (f"{word}{kind}", f"{WORDS[word]} {kind_en.title()}"), rng) | {
                "subtype": kind
            }
            row["price"] = rng.randrange(40, 120) if kind == "青年旅舍" else rng.randrange(15, 90) * 10
            held = rng.sample(tuple(FACILITIES), rng.randrange(3, 9))
            rows.append(row | {"facilities": held, "facilities_en": [FACILITIES[one] for one in held]})
    return rows


def _diners(rng: Random) -> list[Record]:
    rows: list[Record] = []
    endings = (("餐厅", "Restaurant"), ("小馆", "Kitchen"), ("人家", "House"), ("食府", "Dining Hall"))
    for kind, kind_en in DINERS.items():
        for word in rng.sample(tuple(WORDS), 10):
            zh, en = ("", "") if kind == "甜茶馆" else rng.choice(endings)
            row = _base(
                "restaurant", len(rows), (f"{word}{kind}{zh}", f"{WORDS[word]} {kind_en.title()} {en}".strip()), rng
            )
            row |= {"subtype": kind, "price": rng.choice((15, 22, 30, 38, 45, 60, 75, 90, 120, 160))}
            served = rng.sample(tuple(DISHES), rng.randrange(3, 7))
            rows.append(row | {"dishes": served, "dishes_en": [DISHES[one] for one in served]})
    return rows


NOUNS = {
    "hotel": (("住的地方", "酒店", "住宿"), ("place to stay", "hotel", "bed for the night")),
    "restaurant": (("吃饭的地方", "餐馆", "饭馆"), ("place to eat", "restaurant", "eatery")),
    "attraction": (("景点", "玩的地方", "好看的地方"), ("sight", "place to see", "attraction")),
}
KINDS = {**LODGINGS, **DINERS, **SIGHTS}
ZH_OPEN = (
    "",
    "",
    "大家好，",
    "请教一下，",
    "自驾到措玛，",
    "第一次上高原有点紧张，",
    "好的谢谢，再问个，",
    "我们四个人，",
    "帮我看看，",
)
EN_OPEN = (
    "",
    "",
    "Hello! ",
    "Quick question: ",
    "We're driving up next week. ",
    "Thanks a lot. And then, ",
    "A bit worried about the altitude. ",
    "Hi, ",
)


def _limits(row: Record, rng: Random, zh: bool) -> list[tuple[str, dict[str, Any]]]:  # noqa: FBT001 - the language
    found: list[tuple[str, dict[str, Any]]] = []
    if "price" in row:
        top = row["price"] // 50 * 50 + 50
        if row["price"] == 0:
            free = ("不要钱", "免门票", "免费") if zh else ("free", "with free entry", "that costs nothing")
            found.append((rng.choice(free), {"price_max": 0}))
        elif zh:
            said = {"hotel": "每晚{n}以内", "restaurant": "人均{n}以下", "attraction": "门票{n}以内"}[row["category"]]
            found.append((said.format(n=top), {"price_max": top}))
        else:
            said = {
                "hotel": "up to {n} yuan a night",
                "restaurant": "for at most {n} RMB a head",
                "attraction": "with a ticket of {n} yuan or less",
            }[row["category"]]
            found.append((said.format(n=top), {"price_max": top}))
    if "rating" in row:
        floor = 4.5 if row["rating"] >= 4.5 else 4 if row["rating"] >= 4 else 3.5
        said = rng.choice(
            ("评分{r}以上", "{r}分以上")
            if zh
            else ("rated {r} or higher", "with at least {r} out of 5", "rating {r} and up")
        )
        found.append((said.format(r=f"{floor:g}"), {"rating_min": floor}))
    for key, words, phrases in (
        (
            "facilities",
            FACILITIES,
            ("有{x}", "带{x}", "{x}必须有") if zh else ("with {x}", "that has {x}", "offering {x}"),
        ),
        ("dishes", DISHES, ("有{x}", "能吃{x}", "做{x}") if zh else ("with {x}", "that serves {x}", "known for {x}")),
        ("tags", TAGS, ("{x}的",) if zh else ("{x}",)),
    ):
        if key in row:
            one = rng.choice(row[key])
            found.append((rng.choice(phrases).format(x=one if zh else words[one]), {key: [one]}))
    found.append((row["area"] if zh else f"in {TOWNSHIPS[row['area']][0]}", {"area": row["area"]}))
    return found


def _searches(rows: list[Record], rng: Random) -> list[Ask]:
    asks: list[Ask] = []
    for number in range(54):
        kind, zh = ("hotel", "restaurant", "attraction")[number % 3], number % 2 == 0
        row = rng.choice([row for row in rows if row["category"] == kind])
        limits = _limits(row, rng, zh)
        picked = sorted(
            rng.sample(limits, min(len(limits), rng.choice((1, 2, 2, 3)))), key=lambda pair: "tags" not in pair[1]
        )
        states: dict[str, Any] = {key: value for _, stated in picked for key, value in stated.items()}
        noun = rng.choice(NOUNS[kind][0 if zh else 1])
        if rng.random() < 0.45:
            states["subtype"] = row["subtype"]
            noun = row["subtype"] if zh else KINDS[row["subtype"]]
            if not zh and kind == "restaurant" and noun != "tea house":
                noun += " restaurant"
        said = [phrase for phrase, _ in picked]
        asks.append(Ask(_zh(said, noun, rng) if zh else _en(said, noun, rng), kind, "search", states))
    return asks


def _zh(said: list[str], noun: str, rng: Random) -> str:
    form = rng.randrange(3)
    if form == 0:
        return " ".join((noun, *said)).replace("的 ", " ")
    if form == 1:
        return f"{rng.choice(ZH_OPEN)}想找{noun}，{'，'.join(s.removesuffix('的') for s in said)}"
    return f"{rng.choice(ZH_OPEN)}有没有{'、'.join(s.removesuffix('的') for s in said)}的{noun}？"


def _en(said: list[str], noun: str, rng: Random) -> str:
    tags = {*TAGS.values()}
    front = [s for s in said if s in tags or s == "free"]
    back = [s for s in said if s not in front]
    phrase = " ".join((*front, noun, *back))
    return f"{rng.choice(EN_OPEN)}{rng.choice(('looking for a ', 'any ', 'can you suggest a ', '', 'where is a good '))}{phrase}{rng.choice(('', '?', ' please'))}"


def _nears(rows: list[Record], rng: Random) -> list[Ask]:
    asks: list[Ask] = []
    zh_forms = ("{n}附近的{x}", "从{n}出来想找个{x}", "{n}旁边有{x}吗", "离{n}不远的{x}")
    en_forms = ("{x} near {n}", "we'll be visiting {n}, any {x} close by?", "{x} next to {n}", "{x} around {n}")
    for number in range(14):
        zh = number % 2 == 0
        anchor, kind = rng.choice(rows[:50]), rng.choice(("hotel", "restaurant"))
        form = (zh_forms if zh else en_forms)[number // 2 % 4]
        text = form.format(n=anchor["name" if zh else "name_en"], x=rng.choice(NOUNS[kind][0 if zh else 1]))
        asks.append(Ask(text, kind, "near", {"near": anchor["id"], "within_m": 6000}))
    for within, said in (
        (1500, "离{n}一公里半以内的餐馆"),
        (2000, "距离{n}2km以内吃饭"),
        (15000, "{n}方圆15公里的餐馆"),
        (2000, "restaurants within two km of {e}"),
        (3000, "somewhere to eat less than 3 km from {e}"),
    ):
        anchor = rng.choice(rows[:50])
        asks.append(
            Ask(
                said.format(n=anchor["name"], e=anchor["name_en"]),
                "restaurant",
                "near",
                {"near": anchor["id"], "within_m": within},
            )
        )
    return asks


def _names(rows: list[Record]) -> list[Ask]:
    forms = (
        ("{n}几点开门", "name"), ("{n}", "name_en"), ("how do I get to {n}", "name_en"), ("帮我导航到{n}", "name"), ("{n}怎么样，值得去吗", "name"),
        ("phone of {n}?", "name_en"), ("我住{n}，电话多少", "name"), ("is {n} worth a visit", "name_en"), ("{n}在哪", "name"), ("tell me about {n}", "name_en"),
    )  # fmt: skip
    asks: list[Ask] = []
    for number, (form, key) in enumerate(forms):
        row = rows[3 + 15 * number]
        asks.append(Ask(form.format(n=row[key]), row["category"], "name", {"name_ids": [row["id"]]}))
    for number in (11, 70, 140):
        row = rows[number]
        typed = row["name_en"][:4] + row["name_en"][5:]  # a letter is missing
        asks.append(Ask(typed, row["category"], "name", {"name_ids": [row["id"]]}))
    return asks


def _timed() -> list[Ask]:
    r, a = "restaurant", "attraction"
    return [
        Ask("周一早上八点开门的餐馆", r, "time", {"open": (0, 8)}),
        Ask("周日晚上九点还营业的川菜馆", r, "time", {"open": (6, 21), "subtype": "川菜"}),
        Ask("凌晨一点（周六）还能吃饭的地方", r, "time", {"open": (5, 1)}),
        Ask("a restaurant open on Monday at 8 pm", r, "time", {"open": (0, 20)}),
        Ask("tea house open at 7am on Sunday", r, "time", {"open": (6, 7), "subtype": "甜茶馆"}),
        Ask("museum open Monday at noon", a, "time", {"open": (0, 12), "subtype": "博物馆"}),
        Ask("星期二下午三点能进的寺院", a, "time", {"open": (1, 15), "subtype": "寺院"}),
        Ask("halal food still open at 11pm on a Saturday", r, "time", {"open": (5, 23), "subtype": "清真"}),
        Ask("礼拜六晚上十点半能吃火锅", r, "time", {"open": (5, 22.5), "subtype": "火锅"}),
        Ask("Tuesday 18:30, Tibetan restaurant", r, "time", {"open": (1, 18.5), "subtype": "藏餐"}),
    ]


def _by_hand(rows: list[Record]) -> list[Ask]:
    h, r, a = "hotel", "restaurant", "attraction"
    lake, temple = (next(row for row in rows if row.get("subtype") == kind) for kind in ("高山湖", "寺院"))
    return [
        Ask("怕高反，要有制氧机的藏家乐", h, "search", {"subtype": "藏家乐", "facilities": ["制氧机"]}),
        Ask("房间里能泡汤的，要温泉私汤，五百以内", h, "search", {"facilities": ["温泉私汤"], "price_max": 500}),
        Ask("somewhere to sleep with underfloor heating", h, "search", {"facilities": ["地暖"]}),
        Ask("ryokan with a private hot spring bath", h, "search", {"subtype": "日式旅馆", "facilities": ["温泉私汤"]}),
        Ask("can I watch the stars from my hotel? stargazing deck", h, "search", {"facilities": ["观星露台"]}),
        Ask("ski hut that rents skis", h, "search", {"subtype": "滑雪小屋", "facilities": ["雪具租赁"]}),
        Ask("a hotel for a wheelchair user", h, "search", {"facilities": ["无障碍通道"]}),
        Ask("带狗住，青旅也行？那就青旅，可带宠物", h, "search", {"subtype": "青年旅舍", "facilities": ["可带宠物"]}),
        Ask("能骑马的藏家乐", h, "search", {"subtype": "藏家乐", "facilities": ["骑马"]}),
        Ask("airport pickup, hotel, between 300 and six hundred yuan", h, "search", {"facilities": ["机场接送"], "price_min": 300, "price_max": 600}),
        Ask("三百到六百，有充电桩和停车的住宿", h, "search", {"facilities": ["充电桩", "停车"], "price_min": 300, "price_max": 600}),
        Ask("yak butter tea", r, "search", {"dishes": ["酥油茶"]}),
        Ask("想喝酥油茶吃糌粑", r, "search", {"dishes": ["酥油茶", "糌粑"]}),
        Ask("where to eat momos", r, "search", {"dishes": ["momo"]}),
        Ask("松茸哪里吃", r, "search", {"dishes": ["松茸"]}),
        Ask("mushroom lovers: matsutake please, below 100 a head", r, "search", {"dishes": ["matsutake"], "price_max": 100}),
        Ask("甜茶館", r, "search", {"subtype": "甜茶馆"}),
        Ask("vegetarian restaurant in Samdeng", r, "search", {"subtype": "素食", "area": "桑登镇"}),
        Ask("桑登镇上的清真馆子", r, "search", {"subtype": "清真", "area": "桑登镇"}),
        Ask("free monasteries", a, "search", {"subtype": "寺院", "price_max": 0}),
        Ask("冰川，玩一到两小时那种", a, "search", {"subtype": "冰川", "duration_min": 1, "duration_max": 2}),
        Ask("lakes high in the mountains", a, "search", {"subtype": "高山湖"}),
        Ask("哪里能滑雪", a, "search", {"subtype": "滑雪场"}),
        Ask("old watchtowers, rated at least four", a, "search", {"subtype": "古碉楼", "rating_min": 4}),
        Ask("有孩子，亲子的景点", a, "search", {"tags": ["亲子"]}),
        Ask("museums that take at most 2 hours", a, "search", {"subtype": "博物馆", "duration_max": 2}),
        Ask("不吃川菜，人均30以下的饭馆", r, "not", {"not_subtype": ["川菜"], "price_max": 30}),
        Ask("a place to eat in Dari, anything but hot pot", r, "not", {"area": "达日乡", "not_subtype": ["火锅"]}),
        Ask("Tibetan restaurant with no blood sausage", r, "not", {"subtype": "藏餐", "without": ["血肠"]}),
        Ask("两百以下的住宿，不住青旅也不住帐篷", h, "not", {"price_max": 200, "not_subtype": ["青年旅舍", "帐篷营地"]}),
        Ask("attractions outside Tsoma Town with free entry", a, "not", {"price_max": 0, "not_area": ["措玛镇"]}),
        Ask("最便宜的温泉酒店", h, "order", {"subtype": "温泉酒店", "order": "price"}),
        Ask("best rated glacier", a, "order", {"subtype": "冰川", "order": "-rating"}),
        Ask("cheapest ski hut with a fireplace", h, "order", {"subtype": "滑雪小屋", "facilities": ["壁炉"], "order": "price"}),
        Ask(f"离{lake['name']}最近的三家餐馆", r, "order", {"near": lake["id"], "order": "distance", "top": 3}),
        Ask(f"closest hotel to {temple['name_en']}", h, "order", {"near": temple["id"], "order": "distance"}),
        Ask("评分最高的藏餐", r, "order", {"subtype": "藏餐", "order": "-rating"}),
        Ask("石锅鸡最便宜的店", r, "order", {"dishes": ["石锅鸡"], "order": "price"}),
        Ask("the priciest ryokan", h, "order", {"subtype": "日式旅馆", "order": "-price"}),
        Ask("达日乡的 hotel with 地暖", h, "search", {"area": "达日乡", "facilities": ["地暖"]}),
    ]  # fmt: skip
