"""临渚: an invented southern port in CrossWOZ's shape, without coordinates; what is near is listed by name."""

# ruff: noqa: E501, SIM905 - tables of words and questions, a line each

from random import Random
from typing import Any

from tests.recommender.other_cities.judging import Ask, City, Record, seeded
from tests.recommender.other_cities.second import LINZHU, asks_of

NAME = "linzhu"
DISTRICTS = ("沙洲区", "鹿屿区", "石桥区", "云塘县", "东湾新区")
BLOCKS = 4
FACILITIES = (
    "全屋无线网络 私人影院 婴儿床 新能源车位 洗衣烘干 行李寄存 无烟房 海景阳台 儿童泳池 电竞桌椅 智能马桶 管家服务 接站服务 "
    "天台烧烤 自助早餐 共享厨房 宠物寄养 母婴用品 露天泳池 机器人送物"
).split()
HOTELS = {
    "度假型": ("度假村", (420, 1500)),
    "商务型": ("商务酒店", (230, 620)),
    "青年旅舍": ("青年旅舍", (45, 160)),
    "精品酒店": ("精品酒店", (380, 980)),
    "公寓式": ("服务公寓", (200, 480)),
    "电竞型": ("电竞酒店", (150, 390)),
}
HOTEL_BRANDS = "海悦 听潮 木棉花 蓝湾 望海楼 白鹭 骑楼里 南风 浮生 灯塔 渔火 晴岚 半月 锦帆".split()
DISHES = (
    "生腌虾蛄 蚝烙 手打牛肉丸 粿条汤 盐焗鸡 酿豆腐 梅菜扣肉 石磨肠粉 姜撞奶 双皮奶 艇仔粥 虾蟹砂锅粥 卤鹅拼盘 鸭母捻 沙茶牛肉 "
    "巴浪鱼饭 春菜煲 隆江猪脚饭 柠檬茶 凤凰单丛 菜头粿 娘惹糕 咸水角 清蒸石斑 猪肚胡椒汤 萝卜干炒蛋 仙草冻 榴莲酥"
).split()
DISH_TAGS = "夜宵推荐 亲子友好 可自带酒水 露天座位 街坊老店 海边景观 商务宴请 素食可选".split()
DINERS = "阿嬷砂锅粥 福合卤鹅 顺记牛肉丸 三哥生腌档 榕树下糖水铺 老街粿条店 渔家灶 客家酿豆腐馆 合盛茶餐厅 双兴肠粉 海门鱼仔店 半边月小馆".split()
SIGHTS = (
    "鹿屿灯塔 白鹭湿地公园 石桥古镇 沙洲渔港 云塘梯田 红树林栈道 海上丝路博物馆 南澳角沙滩 镇海炮台 骑楼老街 妈祖庙 半月湾浴场 侨批纪念馆 "
    "木棉植物园 龙舟文化馆 东湾欢乐世界 蚝壳厝村 观潮台 千佛石窟 客家围屋 飞鱼水族馆 晒盐场遗址 青榕书院 落星岛"
).split()
SPANS = (
    (0.5, 1.0),
    (1.0, 1.0),
    (1.0, 2.0),
    (2.0, 3.0),
    (2.0, 4.0),
    (3.0, 5.0),
    (4.0, 6.0),
    (24.0, 48.0),
    (72.0, 120.0),
)
ZH_DIGITS = "零一二三四五六七八九"


def city() -> City:
    """Invent the place and its questions."""
    rng = seeded(41)
    rows = [*_sights(rng), *_hotels(rng), *_diners(rng)]
    for row in rows:
        row["nearby"] = {
            kind: [o["id"] for o in rows if o is not row and o["category"] == kind and _close(o, row)]
            for kind in ("attraction", "restaurant", "hotel")
        }
    for row in rows:
        del row["block"]
    asks = [*_searches(rows, seeded(42)), *_nears(rows, seeded(43)), *_names(rows), *_by_hand(rows)]
    return City(NAME, rows, {"val": asks, "second": asks_of(LINZHU, rows)})


def more(rows: list[Record], seed: int) -> list[Ask]:
    """Put together further questions, which are in no file."""
    return [*_searches(rows, seeded(seed)), *_nears(rows, seeded(seed))]


def _close(a: Record, b: Record) -> bool:
    return bool(a["block"][0] == b["block"][0] and abs(a["block"][1] - b["block"][1]) <= 1)


def _base(kind: str, number: int, name: str, rng: Random) -> Record:
    district, block = rng.choice(DISTRICTS), rng.randrange(BLOCKS)
    row: Record = {"id": f"{NAME}-{kind}-{number}", "category": kind, "name": name, "block": (district, block)}
    row["address"] = f"临渚市{district}{rng.choice('榕海鹭桥潮')}{rng.choice('安平和兴')}路{rng.randrange(1, 300)}号"
    row["phone"] = f"0768-{rng.randrange(2_000_000, 8_999_999)}"
    if rng.random() > 0.06:
        row["rating"] = rng.choice((3.6, 3.9, 4.0, 4.1, 4.2, 4.3, 4.4, 4.5, 4.6, 4.7, 4.8, 4.9, 5.0))
    if rng.random() < 0.35:
        row["metro"] = f"{district[:2]}地铁站{rng.choice('ABCD')}口"
    return row


def _sights(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for number, name in enumerate(
        [
            *SIGHTS,
            *(f"{a}{b}" for a in "望月 听涛 云隐 竹溪 银杏".split() for b in "公园 古寺 峡谷 影视城 农庄".split()),
        ]
    ):
        row = _base("attraction", number, name, rng)
        if rng.random() > 0.08:
            row["price"] = rng.choice((0, 0, 0, 10, 15, 25, 30, 45, 60, 80, 98, 120, 160, 188, 260))
        if rng.random() > 0.08:
            low, high = rng.choice(SPANS)
            row |= {"duration_min": low, "duration_max": high, "extra": {"duration_text": _span(low, high)}}
        rows.append(row)
    return rows


def _span(low: float, high: float) -> str:
    unit, by = ("天", 24) if low >= 24 else ("小时", 1)
    return f"{low / by:g}{unit}" if low == high else f"{low / by:g}{unit} - {high / by:g}{unit}"


def _hotels(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for brand in HOTEL_BRANDS:
        for kind in rng.sample(sorted(HOTELS), 5):
            word, (low, high) = HOTELS[kind]
            row = _base("hotel", len(rows), f"{brand}{word}", rng)
            if rng.random() < 0.3:
                row["name"] += f"({row['block'][0][:2]}店)"
            if rng.random() > 0.05:
                row["price"] = rng.randrange(low, high)
            row |= {
                "subtype": kind,
                "facilities": sorted(rng.sample(FACILITIES, rng.randrange(4, 11)), key=FACILITIES.index),
            }
            rows.append(row)
    return rows


def _diners(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for name in DINERS:
        for branch in rng.sample((*DISTRICTS, "老码头", "大学城", "会展中心", "火车站"), 6):
            row = _base("restaurant", len(rows), f"{name}({branch.removesuffix('新区').removesuffix('区')}店)", rng)
            if rng.random() > 0.07:
                row["price"] = rng.choice((12, 18, 26, 33, 42, 55, 68, 75, 88, 96, 110, 135, 150, 180, 220, 320))
            row["dishes"] = [*rng.sample(DISH_TAGS, rng.randrange(3)), *rng.sample(DISHES, rng.randrange(5, 12))]
            row["hours"] = rng.choice(("周一至周日 10:00-21:30", "周一-周日 17:00-02:00", "周二至周日 06:30-14:00"))
            rows.append(row)
    return rows


def numeral(value: int, *, short: bool = True) -> str:
    """Say a number below a thousand as people do: 两百, 一百五 (in full: 一百五十), 三十五."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    said = "" if not hundreds else f"{'两' if hundreds == 2 else ZH_DIGITS[hundreds]}百"
    if short and hundreds and tens and not ones:
        return said + ZH_DIGITS[tens]
    if tens:
        said += ("" if tens == 1 and not hundreds else ZH_DIGITS[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (ZH_DIGITS[ones] if ones else "")


OPENERS = (
    "", "", "", "你好呀，", "麻烦问一下，", "嗨，第一次来临渚，人生地不熟的，", "好嘞，那接着帮我安排下，", "明天老同学过来，", "谢谢，记下了。另外呢，",
    "刚下高铁，", "哈哈原来这样啊。那个，", "行程还差一块，", "我这人有点挑，", "在吗在吗，", "嗯，那边就不去了。",
)  # fmt: skip
CLOSERS = (
    "",
    "",
    "，谢谢！",
    "，有推荐的吗？",
    "，给我说一家就行。",
    "，帮忙看看呗",
    "，拜托了～",
    "，有没有？",
    "，电话也发我一下。",
    "，求介绍",
)
NOUNS = {
    "hotel": ("酒店", "住的地方", "宾馆", "住处", "落脚的地方"),
    "restaurant": ("餐馆", "吃饭的地方", "馆子", "饭店", "餐厅"),
    "attraction": ("景点", "游玩的地方", "地方逛逛", "景区", "玩的地方"),
}
RANGES = {
    "hotel": (
        "{a}到{b}块一晚",
        "房价{a}-{b}元",
        "预算在{a}至{b}之间",
        "一晚{a}~{b}",
        "{za}到{zb}块一晚",
        "住一晚大概{za}至{zb}",
        "最低价{a}—{b}元",
    ),
    "restaurant": ("人均{a}到{b}", "一个人{a}-{b}块", "人均消费{a}至{b}元", "每人{za}到{zb}块", "人均在{a}~{b}之间"),
    "attraction": ("门票{a}到{b}块", "票价在{a}-{b}元", "门票{za}到{zb}", "票钱{a}~{b}元之间"),
}
CEILINGS = {
    "hotel": ("{b}块以内", "一晚不超过{b}", "房费别超过{zb}", "{b}元以下", "最多{zb}块一晚", "预算{b}封顶"),
    "restaurant": ("人均{b}以内", "人均不超过{zb}块", "每个人最多{b}元", "人均{b}块钱以下", "一人{zb}块以内"),
    "attraction": ("门票{b}元以内", "票价不超过{b}", "门票最多{zb}块", "门票{b}以下"),
}
FLOORS = {
    "hotel": ("房价{a}以上", "一晚至少{za}块", "不低于{a}元一晚"),
    "restaurant": ("人均{a}以上", "人均不低于{za}块", "人均{a}起"),
    "attraction": ("门票{a}元以上", "票价至少{a}"),
}
RATINGS = (
    "评分{r}以上",
    "评分{r}分往上",
    "口碑不低于{r}分",
    "打分{r}起",
    "至少{r}分",
    "评价在{r}分以上",
    "评分{zr}分以上",
    "分数{r}及以上",
)
FACILITY = ("有{f}", "带{f}", "提供{f}", "配了{f}", "{f}得有", "能用{f}")
DISH = ("有{d}", "能吃到{d}", "做{d}", "招牌里有{d}", "供应{d}", "菜单上有{d}")
WITHIN = ("游玩时间{a}到{b}小时", "能逛{a}-{b}个小时", "玩{za}到{zb}个钟头", "游览{a}小时至{b}小时")
EXACTLY = ("能玩{a}小时", "逛{za}个小时", "游玩时长{a}小时", "大约要玩{za}个小时")


def _spoken(value: float) -> str:
    whole = int(value)
    said = "两" if whole == 2 else numeral(whole)
    return said if value == whole else f"{numeral(whole)}点{ZH_DIGITS[round(value * 10) % 10]}"


def _price(row: Record, rng: Random) -> tuple[str, dict[str, Any]]:
    kind, price, step = (
        row["category"],
        row["price"],
        {"hotel": 50, "restaurant": 10, "attraction": 10}[row["category"]],
    )
    if price == 0:
        return rng.choice(("不要门票", "免费", "门票免费", "不收费", "免票")), {"price_min": 0, "price_max": 0}
    low = price // step * step
    high = low + step * rng.choice((1, 2, 4))
    bounds, phrases = rng.choice(
        (({"price_min": low, "price_max": high}, RANGES), ({"price_max": high}, CEILINGS), ({"price_min": low}, FLOORS))
    )
    if phrases is not CEILINGS and low == 0:
        bounds, phrases = {"price_max": high}, CEILINGS
    phrase = rng.choice(phrases[kind])
    short = "块" not in phrase
    za, zb = (str(n) if n >= 1000 else numeral(n, short=short) for n in (low, high))
    return phrase.format(a=low, b=high, za=za, zb=zb), bounds


def _limits(row: Record, rng: Random) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if "price" in row:
        found.append(_price(row, rng))
    if "rating" in row:
        floor = 5 if row["rating"] == 5 and rng.random() < 0.5 else next(r for r in (4.5, 4, 3.5) if row["rating"] >= r)
        phrase = "评分5分" if floor == 5 else rng.choice(RATINGS)
        found.append((phrase.format(r=f"{floor:g}", zr=_spoken(floor)), {"rating_min": floor}))
    if "duration_min" in row:
        low, high = row["duration_min"], row["duration_max"]
        if low == 0.5:
            said = rng.choice(("游玩时间0.5小时 - 1小时", "半小时到一小时能逛完"))
        elif low >= 24:
            said = f"能玩{low / 24:g}天到{high / 24:g}天"
        else:
            said = rng.choice(EXACTLY if low == high else WITHIN)
            said = said.format(a=f"{low:g}", b=f"{high:g}", za=_spoken(low), zb=_spoken(high))
        found.append((said, {"duration_min": low, "duration_max": high}))
    if "facilities" in row:
        asked = rng.sample(row["facilities"], rng.choice((1, 1, 2)))
        found.append(
            (rng.choice(FACILITY).format(f=rng.choice(("和", "、", "还有")).join(asked)), {"facilities": asked})
        )
    if "dishes" in row:
        dish = rng.choice(row["dishes"])
        tagged = dish in DISH_TAGS
        found.append((f"标着{dish}" if tagged else rng.choice(DISH).format(d=dish), {"dishes": [dish]}))
    return found


def sentence(kind: str, phrases: list[str], rng: Random, subtype: str = "") -> str:
    """Put phrases about a kind of place into a sentence: before the noun, after it, or as bare key words."""
    noun = rng.choice(NOUNS[kind])
    if subtype:
        noun = (
            subtype
            if subtype[-2:] in {"旅舍", "酒店"}
            else f"{subtype}的{noun}"
            if "地方" in noun
            else f"{subtype}{NOUNS[kind][0]}"
        )
    opener, closer = rng.choice(OPENERS), rng.choice(CLOSERS)
    form = rng.randrange(5)
    if form == 0:
        return " ".join((*phrases, noun) if rng.random() < 0.5 else (noun, *phrases))
    if form <= 2:
        return f"{opener}{rng.choice(('想找个', '推荐一家', '帮忙找个', '有没有那种'))}{'、'.join(phrases)}的{noun}{closer}"
    return f"{opener}{rng.choice(('我想找', '要找', '看看有啥', '求个'))}{noun}，{'，'.join(phrases)}{closer}"


def _searches(rows: list[Record], rng: Random) -> list[Ask]:
    asks: list[Ask] = []
    for kind in ("hotel", "restaurant", "attraction"):
        members = [row for row in rows if row["category"] == kind]
        for _ in range(20):
            row = rng.choice(members)
            limits = _limits(row, rng)
            limits = rng.sample(limits, min(len(limits), rng.choice((1, 2, 2, 3))))
            states: dict[str, Any] = {}
            for _, stated in limits:
                states |= stated
            subtype = row.get("subtype", "") if rng.random() < 0.4 else ""
            if subtype:
                states["subtype"] = subtype
            asks.append(Ask(sentence(kind, [said for said, _ in limits], rng, subtype), kind, "search", states))
    return asks


NEAR = (
    "{n}附近有什么{x}", "在{n}周边找个{x}", "离{n}近一点的{x}", "{n}旁边的{x}", "我人在{n}，附近哪有{x}", "逛完{n}想就近找个{x}",
    "{n}那一带的{x}", "挨着{n}的{x}",
)  # fmt: skip


def _nears(rows: list[Record], rng: Random) -> list[Ask]:
    asks: list[Ask] = []
    while len(asks) < 16:
        anchor = rng.choice(rows)
        kind = rng.choice(("hotel", "restaurant", "attraction"))
        close = [row for row in rows if row["id"] in anchor["nearby"][kind]]
        if len(close) < 2:
            continue
        limits = _limits(rng.choice(close), rng)
        said, stated = rng.choice(limits) if rng.random() < 0.7 else ("", {})
        noun = rng.choice(NOUNS[kind][:2])
        text = rng.choice(OPENERS) + rng.choice(NEAR).format(n=anchor["name"], x=f"{said}的{noun}" if said else noun)
        asks.append(Ask(text, kind, "near", {**stated, "near": anchor["id"]}))
    return asks


def _names(rows: list[Record]) -> list[Ask]:
    by_name = {row["name"]: row for row in rows}
    hotels = [row for row in rows if row["category"] == "hotel"]
    diners = [row for row in rows if row["category"] == "restaurant"]
    one, two, three = (
        next(row for row in hotels if row["name"].startswith(brand)) for brand in ("听潮", "骑楼里", "渔火")
    )
    four, five, six = diners[3], diners[20], diners[61]
    told = [
        ("海上丝路博物馆几点关门", "海上丝路博物馆"), ("请问去侨批记念馆怎么走", "侨批纪念馆"), ("丝路博物馆在哪", "海上丝路博物馆"),
        ("Haishang Silu Bowuguan", "海上丝路博物馆"), ("飞魚水族館的電話", "飞鱼水族馆"), ("qingrongshuyuan", "青榕书院"),
        ("听说千佛石窟挺有名，评分多少？", "千佛石窟"), ("落星岛要门票不", "落星岛"), ("我准备明天去蚝壳厝，帮查下地址", "蚝壳厝村"),
        ("东湾欢乐世届", "东湾欢乐世界"), (f"我订了{one['name']}，地址发一下", one["name"]), (f"{two['name']}的电话是多少呀", two["name"]),
        (f"想住{three['name']}，那边多少钱一晚", three["name"]), (f"{four['name']}营业到几点？", four["name"]),
        (f"帮我看看{five['name'].replace('(', '（').replace(')', '）')}评价怎么样", five["name"]), (six["name"].replace("(", " ").replace(")", ""), six["name"]),
    ]  # fmt: skip
    return [Ask(t, by_name[n]["category"], "name", {"name_ids": [by_name[n]["id"]]}) for t, n in told]


def _by_hand(rows: list[Record]) -> list[Ask]:
    ids = {row["name"]: row["id"] for row in rows}
    h, r, a = "hotel", "restaurant", "attraction"
    return [
        Ask("三百到五百，能带娃睡，要有婴儿床的酒店", h, "search", {"price_min": 300, "price_max": 500, "facilities": ["婴儿床"]}),
        Ask("我开电动车来的，酒店得能充电", h, "search", {"facilities": ["新能源车位"]}),
        Ask("想在房间里看电影的那种酒店，有私人影院", h, "search", {"facilities": ["私人影院"]}),
        Ask("可以自己做饭的青旅", h, "search", {"subtype": "青年旅舍", "facilities": ["共享厨房"]}),
        Ask("青旅，一百块以内", h, "search", {"subtype": "青年旅舍", "price_max": 100}),
        Ask("有泳池的度假酒店，评分四点五以上", h, "search", {"subtype": "度假型", "facilities": ["泳池"], "rating_min": 4.5}),
        Ask("能洗衣服烘衣服的公寓", h, "search", {"subtype": "公寓式", "facilities": ["洗衣烘干"]}),
        Ask("打游戏住的电竞酒店 两百块往下", h, "search", {"subtype": "电竞型", "price_max": 200}),
        Ask("行李能先放前台寄存吗，找家商务型的", h, "search", {"subtype": "商务型", "facilities": ["行李寄存"]}),
        Ask("有WiFi的酒店，每晚不高于两百八", h, "search", {"facilities": ["全屋无线网络"], "price_max": 280}),
        Ask("嬰兒床、無煙房都要有嘅酒店", h, "search", {"facilities": ["婴儿床", "无烟房"]}),
        Ask("酒店要带狗，有宠物寄养", h, "search", {"facilities": ["宠物寄养"]}),
        Ask("酒店 早餐 阳台看海 4.5+", h, "search", {"facilities": ["自助早餐", "海景阳台"], "rating_min": 4.5}),
        Ask("找家吃牛肉丸的，人均五十以内", r, "search", {"dishes": ["牛肉丸"], "price_max": 50}),
        Ask("想喝砂锅粥", r, "search", {"dishes": ["砂锅粥"]}),
        Ask("想吃甜的，双皮奶或者别的，就双皮奶吧，哪家有", r, "search", {"dishes": ["双皮奶"]}),
        Ask("请客户吃饭，人均一百五以上，评分4.5分以上的餐厅", r, "search", {"price_min": 150, "rating_min": 4.5}),
        Ask("朋友吃素，找家素食可选的饭店", r, "search", {"dishes": ["素食可选"]}),
        Ask("卤鹅和肠粉都有的店", r, "search", {"dishes": ["卤鹅", "肠粉"]}),
        Ask("带瓶酒去吃，要可自带酒水，人均一百以下", r, "search", {"dishes": ["可自带酒水"], "price_max": 100}),
        Ask("白嫖景点，四分以上", a, "search", {"price_max": 0, "rating_min": 4}),
        Ask("半小时到一个小时就能看完的景点", a, "search", {"duration_min": 0.5, "duration_max": 1}),
        Ask("玩一两个小时的免费景点", a, "search", {"duration_min": 1, "duration_max": 2, "price_max": 0}),
        Ask("要买票的景点，不超过三十块", a, "search", {"price_min": 1, "price_max": 30}),
        Ask("能待上三五天的景区，门票无所谓", a, "search", {"duration_min": 72, "duration_max": 120}),
        Ask("地铁能直接到的景点，评分4.5以上", a, "search", {"metro": True, "rating_min": 4.5}),
        Ask("靠近地铁站的青年旅舍", h, "search", {"metro": True, "subtype": "青年旅舍"}),
        Ask("不要青年旅舍，两百以内的酒店", h, "not", {"not_subtype": ["青年旅舍"], "price_max": 200}),
        Ask("精品酒店，但是不要有宠物寄养的", h, "not", {"subtype": "精品酒店", "without": ["宠物寄养"]}),
        Ask("除了电竞型，别的带智能马桶的酒店都行，四百以下", h, "not", {"not_subtype": ["电竞型"], "facilities": ["智能马桶"], "price_max": 400}),
        Ask("吃不惯生的，不要生腌，人均40以内的馆子", r, "not", {"without": ["生腌"], "price_max": 40}),
        Ask("有卤鹅拼盘但没有榴莲酥的店", r, "not", {"dishes": ["卤鹅拼盘"], "without": ["榴莲酥"]}),
        Ask("最便宜的青年旅舍", h, "order", {"subtype": "青年旅舍", "order": "price"}),
        Ask("带管家服务的酒店里最贵的是哪家", h, "order", {"facilities": ["管家服务"], "order": "-price"}),
        Ask("门票最贵的景点", a, "order", {"order": "-price"}),
        Ask("有姜撞奶的店哪家最实惠", r, "order", {"dishes": ["姜撞奶"], "order": "price"}),
        Ask("评分最高的度假型酒店", h, "order", {"subtype": "度假型", "order": "-rating"}),
        Ask("蚝烙哪家口碑最好", r, "order", {"dishes": ["蚝烙"], "order": "-rating"}),
        Ask("鹿屿灯塔附近最便宜的酒店", h, "order", {"near": ids["鹿屿灯塔"], "order": "price"}),
        Ask("评分倒数不怕，最便宜的三家商务型酒店", h, "order", {"subtype": "商务型", "order": "price", "top": 3}),
    ]  # fmt: skip
