"""A second set of questions for each city, all written by hand: rarer wordings, and words that state nothing.

`near` and `name` hold a listing's name here, which `asks_of` turns into its id.
"""

from collections.abc import Sequence

from tests.recommender.other_cities.judging import Ask, Record

h, r, a = "hotel", "restaurant", "attraction"

LINZHU = (
    Ask("三四百一晚的酒店", h, "range", {"price_min": 300, "price_max": 400}),
    Ask("人均五六十的馆子", r, "range", {"price_min": 50, "price_max": 60}),
    Ask("一百多块的酒店", h, "range", {"price_min": 100, "price_max": 199}),
    Ask("不到三百的公寓", h, "range", {"price_max": 300, "subtype": "公寓式"}),
    Ask("超过四百的精品酒店", h, "range", {"price_min": 400, "subtype": "精品酒店"}),
    Ask("预算三百，酒店，要自助早餐", h, "range", {"price_max": 300, "facilities": ["自助早餐"]}),
    Ask("少于五十元人均的餐馆，评分4.5以上", r, "range", {"price_max": 50, "rating_min": 4.5}),
    Ask("人均消费低于60的饭店", r, "range", {"price_max": 60}),
    Ask("４００～５００元的商务型酒店", h, "range", {"price_min": 400, "price_max": 500, "subtype": "商务型"}),
    Ask("￥200-￥300，能接站的酒店", h, "range", {"price_min": 200, "price_max": 300, "facilities": ["接站服务"]}),
    Ask("评分不低于4.6的景点", a, "range", {"rating_min": 4.6}),
    Ask("满分的餐厅有哪些", r, "range", {"rating_min": 5}),
    Ask("门票不便宜也行，一百五到两百的景点", a, "range", {"price_min": 150, "price_max": 200}),
    Ask("游玩时长不超过2小时的免费景点", a, "range", {"duration_max": 2, "price_max": 0}),
    Ask(
        "玩个三五小时的地方，四星好评以上，就是评分4分以上",
        a,
        "range",
        {"duration_min": 3, "duration_max": 5, "rating_min": 4},
    ),
    Ask("一到两天能逛完的景点", a, "range", {"duration_min": 24, "duration_max": 48}),
    Ask(
        "想在海边住带阳台的房间，看海的那种：海景阳台，千元以下",
        h,
        "words",
        {"facilities": ["海景阳台"], "price_max": 1000},
    ),
    Ask("孩子才半岁，酒店能给张婴儿小床吗", h, "words", {"facilities": ["婴儿床"]}),
    Ask(
        "不抽烟，要无烟的房间，青旅也可以吗？要青年旅舍", h, "words", {"facilities": ["无烟房"], "subtype": "青年旅舍"}
    ),
    Ask("箱子能寄存的酒店", h, "words", {"facilities": ["行李寄存"]}),
    Ask("可以游泳的公寓式酒店", h, "words", {"facilities": ["泳池"], "subtype": "公寓式"}),
    Ask(
        "房间里有无线网络，有洗衣烘干，四百块封顶的酒店",
        h,
        "words",
        {"facilities": ["无线网络", "洗衣烘干"], "price_max": 400},
    ),
    Ask("刚吃完卤鹅拼盘，撑得不行，找个免费的景点散步", a, "noise", {"price_max": 0}),
    Ask("酒店已经订好了，还差个吃粿条汤的地方", r, "noise", {"dishes": ["粿条汤"]}),
    Ask("谢谢，那家青年旅舍我记下了。再找个人均100以下的餐馆", r, "noise", {"price_max": 100}),
    Ask(
        "我和女朋友周末过去。住的话，精品酒店，带露天泳池，预算一千以内。",
        h,
        "noise",
        {"subtype": "精品酒店", "facilities": ["露天泳池"], "price_max": 1000},
    ),
    Ask(
        "公司三个人出差，开会用不着，商务型的，有自助早餐就行",
        h,
        "noise",
        {"subtype": "商务型", "facilities": ["自助早餐"]},
    ),
    Ask("我爸爱吃甜的，我妈爱喝粥，那就找有艇仔粥的店吧", r, "noise", {"dishes": ["艇仔粥"]}),
    Ask("去木棉植物园方便的酒店", h, "near", {"near": "木棉植物园"}),
    Ask("镇海炮台周围吃点什么好，找个餐馆", r, "near", {"near": "镇海炮台"}),
    Ask("在石桥古镇，饿了，就近吃", r, "near", {"near": "石桥古镇"}),
    Ask("住在半月度假村，旁边有景点吗", a, "near", {"near": "半月度假村"}),
    Ask("骑楼老街边上评分4分以上的饭店", r, "near", {"near": "骑楼老街", "rating_min": 4}),
    Ask("望月峡谷隔壁的酒店", h, "near", {"near": "望月峡谷"}),
    Ask("距离千佛石窟近的餐馆，人均别超100", r, "near", {"near": "千佛石窟", "price_max": 100}),
    Ask("別給我推薦青旅，兩百元以內的酒店", h, "not", {"not_subtype": ["青年旅舍"], "price_max": 200}),
    Ask(
        "不想住电竞型和青年旅舍，300以下还有什么酒店",
        h,
        "not",
        {"not_subtype": ["电竞型", "青年旅舍"], "price_max": 300},
    ),
    Ask("有双皮奶、不卖榴莲酥的店", r, "not", {"dishes": ["双皮奶"], "without": ["榴莲酥"]}),
    Ask("請推薦評分4.5以上的餐廳，人均一百以內", r, "words", {"rating_min": 4.5, "price_max": 100}),
    Ask("hotel with a baby cot under 500", h, "english", {"facilities": ["婴儿床"], "price_max": 500}),
    Ask("free attractions rated at least 4.5", a, "english", {"price_max": 0, "rating_min": 4.5}),
    Ask("restaurants near 白鹭湿地公园", r, "english", {"near": "白鹭湿地公园"}),
    Ask("youth hostel below 100 yuan", h, "english", {"subtype": "青年旅舍", "price_max": 100}),
)

CALDER = (
    Ask("less than £60, hotel", h, "range", {"price_max": 60}),
    Ask("sixty quid max for a bed and breakfast", h, "range", {"price_max": 60, "subtype": "bed and breakfast"}),
    Ask(
        "I can spend up to eighty pounds a night on an aparthotel",
        h,
        "range",
        {"price_max": 80, "subtype": "aparthotel"},
    ),
    Ask("hotels over 250 pounds", h, "range", {"price_min": 250}),
    Ask("more than two hundred a night, boutique hotel", h, "range", {"price_min": 200, "subtype": "boutique hotel"}),
    Ask("a hotel under 100 but over 50", h, "range", {"price_min": 50, "price_max": 100}),
    Ask("a room for 40 to 60 pounds", h, "range", {"price_min": 40, "price_max": 60}),
    Ask("entrance of a fiver or less, street markets", a, "range", {"price_max": 5, "subtype": "street market"}),
    Ask("4+ star hotels by the riverside", h, "range", {"stars_min": 4, "area": "riverside"}),
    Ask("5* hotel", h, "range", {"stars": 5}),
    Ask("no fewer than four stars, hostel", h, "range", {"stars_min": 4, "subtype": "hostel"}),
    Ask("hotel with two stars or more in the harbour", h, "range", {"stars_min": 2, "area": "harbour"}),
    Ask("hotel in the harbor please", h, "words", {"area": "harbour"}),
    Ask("cheap eats in the university quarter", r, "words", {"price_level": 1, "area": "university quarter"}),
    Ask("peruvian grub", r, "words", {"subtype": "peruvian"}),
    Ask(
        "some place that cooks Georgian dishes, not too expensive a place: moderate",
        r,
        "words",
        {"subtype": "georgian", "price_level": 2},
    ),
    Ask("lighthouses", a, "words", {"subtype": "lighthouse"}),
    Ask(
        "are there botanic gardens down by the river side",
        a,
        "words",
        {"subtype": "botanical garden", "area": "riverside"},
    ),
    Ask("hotel where I can swim and work out: pool and gym", h, "words", {"facilities": ["pool", "gym"]}),
    Ask(
        "I need to charge my car overnight, so a hotel with EV charging, cheap",
        h,
        "words",
        {"facilities": ["ev charging"], "price_level": 1},
    ),
    Ask("wifi is a must; inn", h, "words", {"facilities": ["internet"], "subtype": "inn"}),
    Ask(
        "Is there accommodation where pets are welcome on the hillside?",
        h,
        "words",
        {"facilities": ["pets allowed"], "area": "hillside"},
    ),
    Ask(
        "a hotel that serves breakfast, has a rooftop terrace too",
        h,
        "words",
        {"facilities": ["breakfast", "rooftop terrace"]},
    ),
    Ask(
        "we'd need to wash clothes: hostel or so, well, hostel, with laundry",
        h,
        "words",
        {"subtype": "hostel", "facilities": ["laundry"]},
    ),
    Ask("beer tasting at a brewery in old town", a, "words", {"subtype": "brewery", "area": "old town"}),
    Ask(
        "We've eaten at the Lebanese place already. Now an attraction on the hillside.",
        a,
        "noise",
        {"area": "hillside"},
    ),
    Ask("I already booked a hostel, just need a korean restaurant", r, "noise", {"subtype": "korean"}),
    Ask("Thanks for the hotel! What castles are there?", a, "noise", {"subtype": "castle"}),
    Ask("any price, any area, just an escape room", a, "noise", {"subtype": "escape room"}),
    Ask("I don't mind the price. A 3 star aparthotel.", h, "noise", {"stars": 3, "subtype": "aparthotel"}),
    Ask(
        "My wife loves aquariums but today we need an expensive restaurant in the harbour",
        r,
        "noise",
        {"price_level": 3, "area": "harbour"},
    ),
    Ask(
        "what time does the train leave? also, a moderately priced restaurant around the hillside",
        r,
        "noise",
        {"price_level": 2, "area": "hillside"},
    ),
    Ask("restaurant a stone's throw from puffin castle", r, "near", {"near": "puffin castle", "within_m": 2500}),
    Ask("a hotel within a mile of north head viewpoint", h, "near", {"near": "north head viewpoint", "within_m": 1609}),
    Ask("where to eat when we are at calder lighthouse", r, "near", {"near": "calder lighthouse", "within_m": 2500}),
    Ask(
        "hotels in the vicinity of old customs ice rink", h, "near", {"near": "old customs ice rink", "within_m": 2500}
    ),
    Ask("I'm staying at anchor inn. Any sights close by?", a, "near", {"near": "anchor inn", "within_m": 2500}),
    Ask("a restaurant, but not in the old town, expensive", r, "not", {"not_area": ["old town"], "price_level": 3}),
    Ask(
        "no hostels or capsule hotels please, cheap place to stay",
        h,
        "not",
        {"not_subtype": ["hostel", "capsule hotel"], "price_level": 1},
    ),
    Ask(
        "I hate seafood, moderate restaurant on the riverside",
        r,
        "not",
        {"not_subtype": ["seafood"], "price_level": 2, "area": "riverside"},
    ),
    Ask("the least expensive aparthotel", h, "order", {"subtype": "aparthotel", "order": "price"}),
    Ask("lowest price for a hotel on the hillside", h, "order", {"area": "hillside", "order": "price"}),
    Ask("five cheapest hotels", h, "order", {"order": "price", "top": 5}),
    Ask("which hotel is nearest to calder brewery", h, "order", {"near": "calder brewery", "order": "distance"}),
)

TSOMA = (
    Ask("在达日住一晚，滑雪小屋", h, "words", {"area": "达日乡", "subtype": "滑雪小屋"}),
    Ask("桑登的寺院", a, "words", {"area": "桑登镇", "subtype": "寺院"}),
    Ask("热水沟那边的温泉酒店", h, "words", {"area": "热水沟乡", "subtype": "温泉酒店"}),
    Ask("怕冷，要地暖、电热毯都有的住处", h, "words", {"facilities": ["地暖", "电热毯"]}),
    Ask("hotel with heated floors", h, "words", {"facilities": ["地暖"]}),
    Ask("a place to stay that takes dogs, in Dari", h, "words", {"facilities": ["可带宠物"], "area": "达日乡"}),
    Ask("hostel with oxygen", h, "words", {"subtype": "青年旅舍", "facilities": ["oxygen"]}),
    Ask("camping in tents with horse riding", h, "words", {"subtype": "帐篷营地", "facilities": ["骑马"]}),
    Ask("where can I try tsampa", r, "words", {"dishes": ["tsampa"]}),
    Ask("sweet tea and beef momo in one restaurant", r, "words", {"dishes": ["sweet tea", "beef momo"]}),
    Ask("hot pot for under 50 yuan each", r, "words", {"subtype": "火锅", "price_max": 50}),
    Ask("Sichuan food", r, "words", {"subtype": "川菜"}),
    Ask("halal restaurants in Dari township", r, "words", {"subtype": "清真", "area": "达日乡"}),
    Ask("想喝牦牛酸奶", r, "words", {"dishes": ["牦牛酸奶"]}),
    Ask("吃羊肉，手抓的", r, "words", {"dishes": ["手抓羊肉"]}),
    Ask("牦牛火鍋哪家有", r, "words", {"dishes": ["牦牛火锅"]}),
    Ask(
        "glaciers with a ticket between twenty and fifty yuan",
        a,
        "range",
        {"subtype": "冰川", "price_min": 20, "price_max": 50},
    ),
    Ask("a quiet hotel, 4.5 stars rating or higher", h, "range", {"tags": ["安静"], "rating_min": 4.5}),
    Ask("四五百块的住宿", h, "range", {"price_min": 400, "price_max": 500}),
    Ask("三百块以下带壁炉的住处", h, "range", {"price_max": 300, "facilities": ["壁炉"]}),
    Ask("半小时到一小时的景点，免费", a, "range", {"duration_min": 0.5, "duration_max": 1, "price_max": 0}),
    Ask("门票一百多的景点", a, "range", {"price_min": 100, "price_max": 199}),
    Ask("watchtower for a photography trip", a, "words", {"subtype": "古碉楼"}),
    Ask("prayer flags", a, "words", {"subtype": "经幡林"}),
    Ask("mountain passes rated 4 or better", a, "range", {"subtype": "垭口", "rating_min": 4}),
    Ask("grasslands in Gongo", a, "words", {"subtype": "草原", "area": "贡果乡"}),
    Ask("泡过温泉了，现在找家川菜馆", r, "noise", {"subtype": "川菜"}),
    Ask("We saw the glacier yesterday. Today a monastery, please.", a, "noise", {"subtype": "寺院"}),
    Ask("高反好些了，晚饭不用管，找个博物馆看看", a, "noise", {"subtype": "博物馆"}),
    Ask("现在开门的餐馆", r, "time", {"open": (1, 12)}),
    Ask("明天早上七点半开着的饭馆", r, "time", {"open": (2, 7.5)}),
    Ask("a tea house open tonight at 9", r, "time", {"open": (1, 21), "subtype": "甜茶馆"}),
    Ask("24小时营业的餐馆", r, "time", {"open": (3, 4)}),
    Ask("which sights can I enter at 8 in the morning on a Wednesday", a, "time", {"open": (2, 8)}),
    Ask("岗拉草原周围的住处", h, "near", {"near": "岗拉草原", "within_m": 6000}),
    Ask("a homestay near Dorje Museum", h, "near", {"near": "多吉博物馆", "within_m": 6000, "subtype": "藏家乐"}),
    Ask("距白云滑雪场3公里内的酒店", h, "near", {"near": "白云滑雪场", "within_m": 3000}),
    Ask("vegetarian food near 岗拉草原", r, "near", {"near": "岗拉草原", "within_m": 6000, "subtype": "素食"}),
    Ask("不去措玛镇，别的乡镇的寺院", a, "not", {"subtype": "寺院", "not_area": ["措玛镇"]}),
    Ask(
        "hotel without horse riding in Samdeng, not a ski hut",
        h,
        "not",
        {"area": "桑登镇", "without": ["骑马"], "not_subtype": ["滑雪小屋"]},
    ),
    Ask("没有血肠的藏餐馆", r, "not", {"subtype": "藏餐", "without": ["血肠"]}),
    Ask("cheapest Tibetan homestay", h, "order", {"subtype": "藏家乐", "order": "price"}),
    Ask("门票最贵的滑雪场", a, "order", {"subtype": "滑雪场", "order": "-price"}),
    Ask("评分最高的青年旅舍", h, "order", {"subtype": "青年旅舍", "order": "-rating"}),
)


def asks_of(asks: Sequence[Ask], rows: Sequence[Record]) -> list[Ask]:
    """Return the questions with ids for names."""
    ids = {row["name"]: row["id"] for row in rows}
    return [
        Ask(
            one.text,
            one.domain,
            one.kind,
            one.states | ({"near": ids[one.states["near"]]} if "near" in one.states else {}),
        )
        for one in asks
    ]
