"""雾井 Wujing: an invented city in the Sichuan hills: Chinese only, no coordinates, few facilities, free-text hours."""

# ruff: noqa: E501 - tables of words and questions, a line each

from random import Random

from tests.recommender.other_cities.inventing import placed
from tests.recommender.other_cities.judging import Ask, City, Record, seeded

NAME = "wujing"
SEED = 116
AREAS = ("金堰区", "云门县", "石坝镇", "白果乡")
LODGINGS = {"客栈": 8, "民宿": 12, "快捷酒店": 5, "避暑山庄": 4, "星级酒店": 5}
DINERS = {"火锅": 5, "串串香": 4, "豆花饭": 6, "面馆": 6, "江湖菜": 5, "茶馆": 4, "烧烤": 6}
SIGHTS = {"古镇": 5, "溶洞": 3, "瀑布": 3, "佛寺": 3, "竹海": 2, "栈道": 3, "博物馆": 3, "茶园": 3, "漂流": 2}
FACILITIES = (
    "麻将桌",
    "免费停车场",
    "空调",
    "电梯",
    "含早餐",
    "观景平台",
    "儿童滑梯",
    "接送站",
    "烧烤架",
    "洗衣房",
    "投影仪",
    "可做饭",
    "宠物可入住",
    "恒温泳池",
    "行李寄存",
)
DISHES = {
    "火锅": ("鲜毛肚", "耗儿鱼", "酥肉", "贡菜", "冰粉", "鸭血"), "串串香": ("郡肝", "牛油锅底", "脑花", "冰粉", "鸭血"), "豆花饭": ("豆花", "烧白", "粉蒸肉", "凉拌折耳根"),
    "面馆": ("担担面", "红油抄手", "豌杂面", "蹄花汤", "甜水面"), "江湖菜": ("酸菜鱼", "毛血旺", "口水鸡", "尖椒兔", "太安鱼", "折耳根"), "茶馆": ("盖碗茶", "三花茶", "瓜子", "凉糕"),
    "烧烤": ("烤脑花", "烤五花", "烤茄子", "烤苕皮", "唯怡豆奶"),
}  # fmt: skip
WORDS = (
    "青岩",
    "老龙",
    "半坡",
    "鹤鸣",
    "幺妹",
    "三溪",
    "巴山",
    "云上",
    "竹里",
    "黄桷",
    "石板",
    "雾起",
    "对门",
    "听泉",
    "麻柳",
    "九道拐",
    "望江",
    "桐子",
)
HOURS = (
    "周一至周日 10:30-21:30",
    "周一至周五 11:00-14:00 17:00-21:00  周六至周日 11:00-22:00",
    "17:00至次日02:00",
    "06:30-14:00",
    "全天24小时营业",
)


def city() -> City:
    """Invent the city and its questions."""
    rng = seeded(SEED)
    rows = [*_sights(rng), *_lodgings(rng), *_diners(rng)]
    _link(rows, rng)
    return City(NAME, rows, {"val": placed(ASKS, rows) + _names(rows)})


def _base(category: str, number: int, name: str, rng: Random) -> Record:
    area = rng.choice(AREAS)
    row: Record = {"id": f"{NAME}-{category}-{number}", "category": category, "name": name, "area": area}
    row["address"] = f"雾井市{area}{rng.choice('东西南北')}街{rng.randrange(1, 300)}号"
    if rng.random() < 0.85:
        row["rating"] = round(rng.uniform(3.4, 5), 1)
    return row


def _lodgings(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, count in LODGINGS.items():
        for word in rng.sample(WORDS, count):
            row = _base("hotel", len(rows), f"{word}{kind}", rng) | {"subtype": kind}
            row["price"] = rng.randrange(9, 26) * 10 if kind in {"客栈", "快捷酒店"} else rng.randrange(18, 90) * 10
            row["facilities"] = rng.sample(FACILITIES, rng.randrange(2, 8))
            rows.append(row)
    return rows


def _diners(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, count in DINERS.items():
        for word in rng.sample(WORDS, count):
            row = _base("restaurant", len(rows), f"{word}{kind}{rng.choice(('', '老店', '（总店）'))}", rng) | {
                "subtype": kind
            }
            row |= {"price": rng.choice((12, 18, 25, 36, 48, 66, 85, 110, 150)), "hours": rng.choice(HOURS)}
            row["dishes"] = rng.sample(DISHES[kind], rng.randrange(2, len(DISHES[kind])))
            if rng.random() < 0.4:
                row["dishes"].append(rng.choice(("本地人推荐", "苍蝇馆子", "露天座位")))
            rows.append(row)
    return rows


def _sights(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, count in SIGHTS.items():
        for word in rng.sample(WORDS, count):
            row = _base("attraction", len(rows), f"{word}{kind}", rng) | {"subtype": kind}
            row["price"] = rng.choice((0, 0, 15, 40, 60, 98, 160))
            low = rng.choice((0.5, 1.0, 2.0, 3.0, 12.0))
            row |= {"duration_min": low, "duration_max": {0.5: 1.0, 1.0: 2.0, 2.0: 4.0, 3.0: 6.0, 12.0: 24.0}[low]}
            if rng.random() < 0.4:
                row["tags"] = rng.sample(("亲子", "避暑", "拍照", "看日出", "徒步"), 2)
            rows.append(row)
    return rows


def _link(rows: list[Record], rng: Random) -> None:
    """Say of each listing which others of its area are near."""
    for row in rows:
        row["nearby"] = {kind: [] for kind in ("attraction", "restaurant", "hotel")}
    for row in rows:
        for other in rng.sample([one for one in rows if one["area"] == row["area"] and one is not row], 5):
            if other["id"] not in row["nearby"][other["category"]]:
                row["nearby"][other["category"]].append(other["id"])
                other["nearby"][row["category"]].append(row["id"])


def _names(rows: list[Record]) -> list[Ask]:
    forms = (
        "我想去{n}，麻烦告诉我门票和电话",
        "{n}这家怎么走？",
        "听说{n}不错，几点关门呀",
        "{n}",
        "帮我查一下{n}的地址，谢谢",
        "今晚就住{n}了，他家早餐有吗？",
    )
    picked = (rows[4], rows[60], rows[70], rows[15], rows[55], rows[30])
    return [
        Ask(form.format(n=row["name"]), row["category"], "name", {"name_ids": [row["id"]]})
        for form, row in zip(forms, picked, strict=True)
    ]


h, r, a = "hotel", "restaurant", "attraction"
ASKS = (
    Ask(
        "你好呀，想在石坝镇找个民宿，最好能打麻将",
        h,
        "search",
        {"area": "石坝镇", "subtype": "民宿", "facilities": ["麻将桌"]},
    ),
    Ask("有没有可以自己做饭的民宿？", h, "search", {"subtype": "民宿", "facilities": ["可做饭"]}),
    Ask(
        "我们开车来的，需要一家能免费停车的住处，价钱别超过三百",
        h,
        "search",
        {"facilities": ["免费停车场"], "price_max": 300},
    ),
    Ask("带了一只猫，哪里的酒店让宠物住？", h, "search", {"facilities": ["宠物可入住"]}),
    Ask("老人腿脚不方便，酒店得有电梯，评分四分以上吧", h, "search", {"facilities": ["电梯"], "rating_min": 4}),
    Ask("帮我推荐个避暑山庄，要有游泳池的", h, "search", {"subtype": "避暑山庄", "facilities": ["恒温泳池"]}),
    Ask("天太热了，房间一定要有空调，200元以内", h, "search", {"facilities": ["空调"], "price_max": 200}),
    Ask("麻烦找一下云门县四百到六百的住宿", h, "search", {"area": "云门县", "price_min": 400, "price_max": 600}),
    Ask("想住客栈，早饭要包", h, "search", {"subtype": "客栈", "facilities": ["含早餐"]}),
    Ask(
        "晚上想在院子里自己烤肉，有烧烤架的民宿或者山庄都行",
        h,
        "search",
        {"subtypes": ["民宿", "避暑山庄"], "facilities": ["烧烤架"]},
    ),
    Ask("快捷酒店就行了，一百五以下，住一晚就走", h, "search", {"subtype": "快捷酒店", "price_max": 150}),
    Ask("哪家酒店能到车站来接人", h, "search", {"facilities": ["接送站"]}),
    Ask("娃儿五岁，住的地方最好有滑滑梯", h, "search", {"facilities": ["儿童滑梯"]}),
    Ask("想在房间看投影，又能看到风景的酒店", h, "search", {"facilities": ["投影仪", "观景平台"]}),
    Ask("衣服都湿透了，找个能洗衣服的酒店，金堰区", h, "search", {"facilities": ["洗衣房"], "area": "金堰区"}),
    Ask("四百块往上的星级酒店有哪些", h, "range", {"subtype": "星级酒店", "price_min": 400}),
    Ask("预算在两百左右，白果乡住一晚", h, "range", {"area": "白果乡", "price_min": 180, "price_max": 220}),
    Ask("巴适的串串香，人均五十以内", r, "search", {"subtype": "串串香", "price_max": 50}),
    Ask("想整点豆花饭，不贵的，人均20块以下", r, "search", {"subtype": "豆花饭", "price_max": 20}),
    Ask("哪点有卖担担面的嘛", r, "search", {"dishes": ["担担面"]}),
    Ask("今天特别想吃酸菜鱼，评分要4.2以上，谢谢你", r, "search", {"dishes": ["酸菜鱼"], "rating_min": 4.2}),
    Ask("云门县有没有火锅店，人均不要超过一百一", r, "search", {"area": "云门县", "subtype": "火锅", "price_max": 110}),
    Ask("吃烤脑花去哪家", r, "search", {"dishes": ["脑花"]}),
    Ask("找个喝盖碗茶的地方坐一下午", r, "search", {"dishes": ["盖碗茶"]}),
    Ask("我朋友说一定要试下冰粉，帮我找有冰粉、人均50以下的店", r, "search", {"dishes": ["冰粉"], "price_max": 50}),
    Ask("江湖菜馆子，人均五十到一百五之间", r, "search", {"subtype": "江湖菜", "price_min": 50, "price_max": 150}),
    Ask("想去苍蝇馆子搓一顿", r, "search", {"dishes": ["苍蝇馆子"]}),
    Ask("有露天座位的烧烤摊", r, "search", {"subtype": "烧烤", "dishes": ["露天座位"]}),
    Ask("面馆，要有红油抄手和蹄花汤", r, "search", {"subtype": "面馆", "dishes": ["红油抄手", "蹄花汤"]}),
    Ask("江湖菜，但是别有折耳根，我吃不惯", r, "not", {"subtype": "江湖菜", "without": ["折耳根"]}),
    Ask("除了火锅和串串香，金堰区还有什么吃的？", r, "not", {"area": "金堰区", "not_subtype": ["火锅", "串串香"]}),
    Ask("不想吃烧烤，人均四十以下有什么馆子", r, "not", {"not_subtype": ["烧烤"], "price_max": 40}),
    Ask("除金堰区以外的民宿，要空调", h, "not", {"subtype": "民宿", "not_area": ["金堰区"], "facilities": ["空调"]}),
    Ask("酒店，不要快捷的，三百元以内", h, "not", {"not_subtype": ["快捷酒店"], "price_max": 300}),
    Ask("免费的古镇", a, "search", {"subtype": "古镇", "price_max": 0}),
    Ask("有啥子不要门票的耍事，一两个小时就够", a, "search", {"price_max": 0, "duration_min": 1, "duration_max": 2}),
    Ask("请问有适合看日出的景点吗", a, "search", {"tags": ["看日出"]}),
    Ask("想去凉快点的地方避暑，门票一百以内", a, "search", {"tags": ["避暑"], "price_max": 100}),
    Ask("带小朋友玩，亲子景区，评分4分以上", a, "search", {"tags": ["亲子"], "rating_min": 4}),
    Ask("溶洞有哪几个？票价不超过六十的", a, "search", {"subtype": "溶洞", "price_max": 60}),
    Ask("哪里可以漂流", a, "search", {"subtype": "漂流"}),
    Ask("想烧个香拜个佛", a, "search", {"subtype": "佛寺"}),
    Ask("瀑布，最好半天能逛完", a, "search", {"subtype": "瀑布", "duration_max": 6}),
    Ask("能玩一整天的景点推荐一下", a, "search", {"duration_min": 24, "duration_max": 24}),
    Ask("想徒步，票价四十块以内的景点", a, "search", {"tags": ["徒步"], "price_max": 40}),
    Ask("白果乡有博物馆或者茶园吗", a, "search", {"area": "白果乡", "subtypes": ["博物馆", "茶园"]}),
    Ask("拍照好看、要买票的景点", a, "search", {"tags": ["拍照"], "price_min": 1}),
    Ask("评分低于4分的就算了，给我找石坝镇的景点", a, "search", {"rating_min": 4, "area": "石坝镇"}),
    Ask("{z0}附近的馆子，人均一百以内", r, "near", {"near": 0, "price_max": 100}),
    Ask("请在{z5}周边的酒店里给我推荐一家三百元以下的", h, "near", {"near": 5, "price_max": 300}),
    Ask("我在{z9}，周围还有什么可以逛的景点？", a, "near", {"near": 9}),
    Ask("{z12}耍完了肚子饿，挨到近的吃饭的地方有没有", r, "near", {"near": 12}),
    Ask("离{z16}近的住处", h, "near", {"near": 16}),
    Ask("住{z33}的话，附近哪里好吃", r, "near", {"near": 33}),
    Ask("最便宜的民宿是哪家", h, "order", {"subtype": "民宿", "order": "price"}),
    Ask("评分最高的三家面馆", r, "order", {"subtype": "面馆", "order": "-rating", "top": 3}),
    Ask("星级酒店里哪家最贵", h, "order", {"subtype": "星级酒店", "order": "-price"}),
    Ask("评价最好的瀑布", a, "order", {"subtype": "瀑布", "order": "-rating"}),
)
