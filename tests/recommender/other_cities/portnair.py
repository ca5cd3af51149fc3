"""Portnair: a fourth blind city, written after the mends: an Atlantic harbour town with visitors of two languages."""

# ruff: noqa: E501 - tables of words and questions, a line each

from random import Random

from tests.recommender.other_cities.inventing import placed
from tests.recommender.other_cities.judging import Ask, City, Record, seeded

NAME = "portnair"
SEED = 126
#: Quarters lie nine kilometres apart, and places within 1.5 km of their centres.
AREAS = {
    "Fishergate": (53.20, -9.50),
    "Abbey Hill": (53.28, -9.50),
    "Strand": (53.20, -9.36),
    "Glenmore": (53.12, -9.50),
}
LODGINGS = {"inn": 6, "country house": 5, "hostel": 5, "caravan park": 3, "spa hotel": 4, "self-catering cottage": 6}
DINERS = {
    "seafood": 6,
    "gastropub": 5,
    "tea room": 4,
    "Ethiopian": 3,
    "Polish": 4,
    "chip shop": 4,
    "vegan": 4,
    "Sichuan": 3,
}
SIGHTS = {
    "abbey": 3,
    "lighthouse": 3,
    "beach": 4,
    "distillery": 3,
    "bog walk": 3,
    "maritime museum": 2,
    "stone circle": 3,
    "ferry trip": 3,
    "music venue": 3,
    "surf school": 2,
}
FACILITIES = (
    "wifi", "free parking", "peat fire", "dog friendly", "full Irish breakfast", "family rooms", "sea view", "drying room", "seaweed baths", "lift", "EV charger",
    "bike storage", "kitchen", "hot tub", "garden", "playground",
)  # fmt: skip
DISHES = {
    "seafood": ("oysters", "crab claws", "chowder", "grilled hake"), "gastropub": ("beef stew", "stout", "boxty", "Sunday roast"), "tea room": ("scones", "afternoon tea", "carrot cake"),
    "Ethiopian": ("injera", "doro wat", "lentil stew"), "Polish": ("pierogi", "bigos", "beetroot soup"), "chip shop": ("fish and chips", "battered sausage", "mushy peas"),
    "vegan": ("buddha bowl", "mushroom burger", "oat latte"), "Sichuan": ("mapo tofu", "dan dan noodles", "boiled fish in chilli oil"),
}  # fmt: skip
EXTRAS = (
    "live music",
    "outdoor seating",
    "kids menu",
    "gluten free",
    "open late",
    "open fire",
    "takeaway",
    "harbour view",
)
WORDS = (
    "Kestrel",
    "Saint Brigid's",
    "Old Quay",
    "Heron",
    "Anchor",
    "Thornbush",
    "Silver Strand",
    "Mackerel",
    "O'Dowd's",
    "Claddagh Moon",
    "Fuchsia",
    "Corrib",
    "Two Swans",
    "Whin",
    "Tinker's",
)


def city() -> City:
    """Invent the town and its questions."""
    rng = seeded(SEED)
    rows: list[Record] = []
    for category, kinds in (("attraction", SIGHTS), ("hotel", LODGINGS), ("restaurant", DINERS)):
        for kind, count in kinds.items():
            for word in rng.sample(WORDS, count):
                rows.append(_listing(category, kind, word, len(rows), rng))
    return City(NAME, rows, {"val": placed(ASKS, rows)})


def _listing(category: str, kind: str, word: str, number: int, rng: Random) -> Record:
    area = rng.choice(tuple(AREAS))
    lat, lon = AREAS[area]
    row: Record = {
        "id": f"{NAME}-{number}",
        "category": category,
        "name": f"{word} {kind.title()}",
        "area": area,
        "subtype": kind,
    }
    row |= {
        "lat": round(lat + rng.uniform(-0.009, 0.009), 6),
        "lon": round(lon + rng.uniform(-0.014, 0.014), 6),
        "currency": "EUR",
    }
    if rng.random() < 0.85:
        row["rating"] = round(rng.uniform(3.3, 5), 1)
    if category == "hotel":
        row["price"] = rng.randrange(20, 60) if kind in {"hostel", "caravan park"} else rng.randrange(7, 32) * 10
        row["facilities"] = rng.sample(FACILITIES, rng.randrange(4, 9))
        if kind in {"country house", "spa hotel", "inn"}:
            row["stars"] = rng.randrange(2, 6)
    elif category == "restaurant":
        row |= {
            "price_level": rng.randrange(1, 4),
            "dishes": rng.sample(DISHES[kind], 2),
            "tags": rng.sample(EXTRAS, rng.randrange(2, 5)),
        }
    else:
        row |= {
            "price": rng.choice((0, 0, 4, 8, 12, 20)),
            "tags": rng.sample(
                ("good in the rain", "family friendly", "sunset", "birdwatching", "wheelchair access", "romantic"), 2
            ),
        }
        low = rng.choice((0.5, 1.0, 2.0, 3.0))
        row |= {"duration_min": low, "duration_max": low * 2}
    return row


h, r, a = "hotel", "restaurant", "attraction"
ASKS = (
    Ask(
        "Would you happen to know an inn in Abbey Hill that takes dogs?",
        h,
        "search",
        {"subtype": "inn", "area": "Abbey Hill", "facilities": ["dog friendly"]},
    ),
    Ask("We're after a cottage we can cook in ourselves", h, "search", {"subtype": "self-catering cottage"}),
    Ask("hostel for under thirty-five euros", h, "search", {"subtype": "hostel", "price_max": 35}),
    Ask(
        "somewhere to stay that does a full Irish breakfast, no more than 150 a night",
        h,
        "search",
        {"facilities": ["full Irish breakfast"], "price_max": 150},
    ),
    Ask(
        "is there anywhere to plug in my electric car overnight? hotel please",
        h,
        "search",
        {"facilities": ["EV charger"]},
    ),
    Ask("a country house with a hot tub", h, "search", {"subtype": "country house", "facilities": ["hot tub"]}),
    Ask("My knees are bad so the hotel has to have a lift.", h, "search", {"facilities": ["lift"]}),
    Ask("I'd love a room looking out over the sea", h, "search", {"facilities": ["sea view"]}),
    Ask(
        "where could I park a caravan in Glenmore or Strand?",
        h,
        "search",
        {"subtype": "caravan park", "areas": ["Glenmore", "Strand"]},
    ),
    Ask("spa hotels rated four or more", h, "search", {"subtype": "spa hotel", "rating_min": 4}),
    Ask(
        "three kids and two adults: family rooms and a playground, ideally",
        h,
        "search",
        {"facilities": ["family rooms", "playground"]},
    ),
    Ask(
        "we'll be soaked after hiking, so a drying room, and somewhere to put the bikes",
        h,
        "search",
        {"facilities": ["drying room", "bike storage"]},
    ),
    Ask(
        "an inn with a peat fire for between eighty and two hundred euros",
        h,
        "range",
        {"subtype": "inn", "facilities": ["peat fire"], "price_min": 80, "price_max": 200},
    ),
    Ask(
        "at least three stars, and wi-fi, in Fishergate",
        h,
        "search",
        {"stars_min": 3, "facilities": ["wifi"], "area": "Fishergate"},
    ),
    Ask("any accomodation with seaweed baths", h, "search", {"facilities": ["seaweed baths"]}),
    Ask("not a hostel, but still below 90 euro", h, "not", {"not_subtype": ["hostel"], "price_max": 90}),
    Ask(
        "hotels outside Fishergate with free parking",
        h,
        "not",
        {"not_area": ["Fishergate"], "facilities": ["free parking"]},
    ),
    Ask(
        "a self catering place that isn't in Strand",
        h,
        "not",
        {"subtype": "self-catering cottage", "not_area": ["Strand"]},
    ),
    Ask("想住有海景的酒店", h, "search", {"facilities": ["sea view"]}),
    Ask(
        "能带狗的小旅馆 inn，两百欧元以内",
        h,
        "search",
        {"subtype": "inn", "facilities": ["dog friendly"], "price_max": 200},
    ),
    Ask("青年旅舍，要有厨房", h, "search", {"subtype": "hostel", "facilities": ["kitchen"]}),
    Ask(
        "Can you point me to a seafood place? Cheap if possible, no: cheap, full stop.",
        r,
        "search",
        {"subtype": "seafood", "price_level": 1},
    ),
    Ask("I could murder some fish and chips", r, "search", {"dishes": ["fish and chips"]}),
    Ask("where do they serve oysters", r, "search", {"dishes": ["oysters"]}),
    Ask("gastropubs in Abbey Hill", r, "search", {"subtype": "gastropub", "area": "Abbey Hill"}),
    Ask("a mid-priced Polish restaurant", r, "search", {"subtype": "Polish", "price_level": 2}),
    Ask(
        "I don't eat meat or dairy: vegan places with outdoor seating",
        r,
        "search",
        {"subtype": "vegan", "tags": ["outdoor seating"]},
    ),
    Ask("pub with live music tonight", r, "search", {"subtype": "gastropub", "tags": ["live music"]}),
    Ask("somewhere with pierogi that has a kids' menu", r, "search", {"dishes": ["pierogi"], "tags": ["kids menu"]}),
    Ask(
        "coeliac friendly places to eat, gluten free, rated 4 plus",
        r,
        "search",
        {"tags": ["gluten free"], "rating_min": 4},
    ),
    Ask("a posh seafood restaurant, expensive", r, "search", {"subtype": "seafood", "price_level": 3}),
    Ask("scones and a cup of tea, where?", r, "search", {"dishes": ["scones"]}),
    Ask("food by the harbour: a restaurant with a harbour view", r, "search", {"tags": ["harbour view"]}),
    Ask("what about Ethiopian?", r, "search", {"subtype": "Ethiopian"}),
    Ask("anything but seafood in Strand, to eat", r, "not", {"not_subtype": ["seafood"], "area": "Strand"}),
    Ask("restaurants that aren't chip shops, cheap ones", r, "not", {"not_subtype": ["chip shop"], "price_level": 1}),
    Ask("川菜馆", r, "search", {"subtype": "Sichuan"}),
    Ask("哪里能吃到炸鱼薯条", r, "search", {"dishes": ["fish and chips"]}),
    Ask("有户外座位的餐厅，便宜的", r, "search", {"tags": ["outdoor seating"], "price_level": 1}),
    Ask("any beaches in Strand?", a, "search", {"subtype": "beach", "area": "Strand"}),
    Ask("free things to do when it's raining", a, "search", {"tags": ["good in the rain"], "price_max": 0}),
    Ask(
        "I'd like to taste whiskey at a distillery, up to 12 euros",
        a,
        "search",
        {"subtype": "distillery", "price_max": 12},
    ),
    Ask("ruined abbeys you can walk into for nothing", a, "search", {"subtype": "abbey", "price_max": 0}),
    Ask("Which lighthouses take no longer than two hours?", a, "search", {"subtype": "lighthouse", "duration_max": 2}),
    Ask("best spots for watching birds", a, "search", {"tags": ["birdwatching"]}),
    Ask("romantic walk across the bog", a, "search", {"subtype": "bog walk", "tags": ["romantic"]}),
    Ask("a museum about ships and the sea", a, "search", {"subtype": "maritime museum"}),
    Ask("stone circles, those rated over 4", a, "search", {"subtype": "stone circle", "rating_min": 4}),
    Ask("boat or ferry trip for the whole family", a, "search", {"subtype": "ferry trip"}),
    Ask("learn to surf", a, "search", {"subtype": "surf school"}),
    Ask(
        "attractions accessible by wheelchair in Glenmore",
        a,
        "search",
        {"tags": ["wheelchair access"], "area": "Glenmore"},
    ),
    Ask("免费的海滩", a, "search", {"subtype": "beach", "price_max": 0}),
    Ask("看日落的好地方", a, "search", {"tags": ["sunset"]}),
    Ask("灯塔，门票十欧以内", a, "search", {"subtype": "lighthouse", "price_max": 10}),
    Ask(
        "sights that aren't beaches or abbeys in Strand",
        a,
        "not",
        {"not_subtype": ["beach", "abbey"], "area": "Strand"},
    ),
    Ask("a bite to eat close to {z3}", r, "near", {"near": 3, "within_m": 5000}),
    Ask("after the ferry we'll be at {z20}; hotels round there?", h, "near", {"near": 20, "within_m": 5000}),
    Ask("{z8}附近有什么餐馆", r, "near", {"near": 8, "within_m": 5000}),
    Ask("beach not far from {z12}", a, "near", {"near": 12, "subtype": "beach", "within_m": 5000}),
    Ask("when does {z15} open?", a, "name", {"named": 15}),
    Ask("Is {z33} any good", h, "name", {"named": 33}),
    Ask("{z62} menu", r, "name", {"named": 62}),
    Ask("cheapest inn", h, "order", {"subtype": "inn", "order": "price"}),
    Ask("the three best-rated beaches", a, "order", {"subtype": "beach", "order": "-rating", "top": 3}),
    Ask("which spa hotel is the dearest?", h, "order", {"subtype": "spa hotel", "order": "-price"}),
    Ask("closest hotel to {z0}", h, "order", {"near": 0, "order": "distance"}),
)
