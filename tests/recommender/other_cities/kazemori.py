"""Kazemori: an invented Japanese spa town, described in English only: yen, levels, stars, compass areas, odd hours."""

# ruff: noqa: E501 - tables of words and questions, a line each

from collections.abc import Mapping, Sequence
from random import Random

from tests.recommender.other_cities.inventing import placed
from tests.recommender.other_cities.judging import Ask, City, Record, seeded

NAME = "kazemori"
SEED = 215
Week = Mapping[int, Sequence[tuple[float, float]]]
#: Areas lie eight kilometres apart, and places within 1.5 km of their centres.
AREAS = {
    "north": (35.45, 138.90),
    "south": (35.29, 138.90),
    "east": (35.37, 139.00),
    "west": (35.37, 138.80),
    "station side": (35.37, 138.90),
}
LODGINGS = {"ryokan": 12, "capsule hotel": 4, "minshuku": 5, "business hotel": 5, "temple lodging": 3}
DINERS = {
    "izakaya": 10,
    "ramen shop": 5,
    "sushi bar": 4,
    "soba house": 6,
    "kissaten": 4,
    "yakitori": 5,
    "curry house": 5,
}
SIGHTS = {
    "onsen": 5,
    "shrine": 7,
    "castle": 2,
    "landscape garden": 3,
    "fish market": 2,
    "lookout": 5,
    "hiking trail": 3,
    "pottery workshop": 3,
    "aquarium": 1,
}
FACILITIES = (
    "open-air bath", "private bath", "breakfast included", "internet", "parking", "yukata rental", "bicycle hire", "shuttle bus", "coin laundry",
    "karaoke", "smoking room", "wheelchair access", "luggage storage", "tattoo friendly", "kitchenette", "no meals",
)  # fmt: skip
EXTRAS = (
    "english menu",
    "vegetarian options",
    "counter seats",
    "tatami room",
    "card payment",
    "cash only",
    "takeaway",
    "terrace",
    "gluten free",
)
DISHES = {
    "izakaya": ("fried chicken karaage", "edamame", "grilled mackerel", "draft beer", "agedashi tofu"), "ramen shop": ("tonkotsu ramen", "miso ramen", "gyoza", "tsukemen"),
    "sushi bar": ("tuna nigiri", "eel roll", "sea urchin", "omelette"), "soba house": ("cold soba", "tempura", "duck soba", "tofu skin"), "kissaten": ("siphon coffee", "egg sandwich", "cream soda", "matcha parfait"),
    "yakitori": ("chicken skewers", "grilled liver", "draft beer", "leek skewers"), "curry house": ("katsu curry", "vegetable curry", "mango lassi"),
}  # fmt: skip
WORDS = (
    "Hinode",
    "Kawabata",
    "Tsubaki",
    "Momiji",
    "Fujimi",
    "Asagiri",
    "Yuzu",
    "Kurosawa",
    "Shiratori",
    "Nagisa",
    "Kodama",
    "Hotaru",
    "Sakurai",
    "Tengu",
    "Mizuho",
    "Kitsune",
)
EVERY = tuple(range(7))
HOURS: tuple[tuple[str, Week], ...] = (
    ("Mo-Su,PH 10:00-20:00", dict.fromkeys(EVERY, ((10, 20),))),
    ("Tu-Su 11:30-14:00,17:30-22:00; Mo off", {day: ((11.5, 14), (17.5, 22)) for day in EVERY if day}),
    ("Mo,Th-Su 17:00-24:00", {day: ((17, 24),) for day in EVERY if day not in {1, 2}}),
    (
        "Mo-Fr 07:00-15:00; Sa 08:00-12:00; Su,PH off",
        {0: ((7, 15),), 1: ((7, 15),), 2: ((7, 15),), 3: ((7, 15),), 4: ((7, 15),), 5: ((8, 12),)},
    ),
    ("18:00-03:00", dict.fromkeys(EVERY, ((18, 27),))),
    ("24/7", dict.fromkeys(EVERY, ((0, 24),))),
)


def city() -> City:
    """Invent the town and its questions."""
    rng, week = seeded(SEED), {}
    rows = [*_sights(rng), *_lodgings(rng), *_diners(rng)]
    for row in rows:
        if row["category"] != "hotel" and rng.random() < 0.9:
            row["hours"], week[row["id"]] = rng.choice(HOURS)
    return City(NAME, rows, {"val": placed(ASKS, rows)}, week)


def _base(category: str, number: int, name: str, rng: Random) -> Record:
    area = rng.choice(tuple(AREAS))
    lat, lon = AREAS[area]
    row: Record = {
        "id": f"{NAME}-{category}-{number}",
        "category": category,
        "name": name,
        "area": area,
        "timezone": "Asia/Tokyo",
    }
    row["address"] = f"{rng.randrange(1, 9)}-{rng.randrange(1, 30)} {rng.choice(('Honcho', 'Sakaecho', 'Omachi'))}"
    row |= {"lat": round(lat + rng.uniform(-0.009, 0.009), 6), "lon": round(lon + rng.uniform(-0.01, 0.01), 6)}
    if rng.random() < 0.8:
        row["rating"] = round(rng.uniform(3.2, 4.9), 1)
    return row


def _lodgings(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, count in LODGINGS.items():
        for word in rng.sample(WORDS, count):
            row = _base("hotel", len(rows), f"{word} {kind.title()}", rng) | {"subtype": kind, "currency": "JPY"}
            row["price"] = (
                rng.randrange(25, 70) * 100 if kind in {"capsule hotel", "minshuku"} else rng.randrange(6, 42) * 1000
            )
            row["price_level"] = (
                1 if row["price"] < 7000 else 2 if row["price"] < 15000 else 3 if row["price"] < 28000 else 4
            )
            if kind in {"ryokan", "business hotel"}:
                row["stars"] = rng.randrange(2, 6)
            rows.append(row | {"facilities": rng.sample(FACILITIES, rng.randrange(4, 9))})
    return rows


def _diners(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, count in DINERS.items():
        for word in rng.sample(WORDS, count):
            row = _base("restaurant", len(rows), f"{kind.title()} {word}", rng) | {
                "subtype": kind,
                "price_level": rng.randrange(1, 5),
            }
            row |= {"dishes": rng.sample(DISHES[kind], 2), "tags": rng.sample(EXTRAS, rng.randrange(2, 5))}
            rows.append(row)
    return rows


def _sights(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind, count in SIGHTS.items():
        for word in rng.sample(WORDS, count):
            row = _base("attraction", len(rows), f"{word} {kind.title()}", rng) | {"subtype": kind}
            row |= {"price": rng.choice((0, 0, 300, 500, 800, 1200, 2000)), "currency": "JPY"}
            low = rng.choice((0.5, 1.0, 2.0, 3.0))
            row |= {"duration_min": low, "duration_max": low * 2}
            row["tags"] = rng.sample(
                (
                    "autumn leaves",
                    "cherry blossom",
                    "good for kids",
                    "quiet",
                    "step-free",
                    "tattoo friendly",
                    "sea view",
                ),
                2,
            )
            rows.append(row)
    return rows


h, r, a = "hotel", "restaurant", "attraction"
ASKS = (
    Ask(
        "Hi there! We'd love to stay in a proper ryokan, ideally with an open-air bath.",
        h,
        "search",
        {"subtype": "ryokan", "facilities": ["open-air bath"]},
    ),
    Ask(
        "Is there a capsule hotel on the station side?",
        h,
        "search",
        {"subtype": "capsule hotel", "area": "station side"},
    ),
    Ask("I'm after somewhere cheap to sleep in the north of town", h, "search", {"price_level": 1, "area": "north"}),
    Ask(
        "i need a place to stay that has free wifi and a car park", h, "search", {"facilities": ["internet", "parking"]}
    ),
    Ask("Could you find me a 4 star ryokan please?", h, "search", {"subtype": "ryokan", "stars": 4}),
    Ask(
        "three star or better, somewhere I can wash my clothes",
        h,
        "search",
        {"stars_min": 3, "facilities": ["coin laundry"]},
    ),
    Ask(
        "A hotel that rents bikes, under 15000 yen a night",
        h,
        "search",
        {"facilities": ["bicycle hire"], "price_max": 15000},
    ),
    Ask(
        "My husband is in a wheelchair. What accommodation would suit us?",
        h,
        "search",
        {"facilities": ["wheelchair access"]},
    ),
    Ask(
        "looking for lodging for two nights, breakfast should be included, in the east",
        h,
        "search",
        {"facilities": ["breakfast included"], "area": "east"},
    ),
    Ask("temple lodging with parking", h, "search", {"subtype": "temple lodging", "facilities": ["parking"]}),
    Ask("I have tattoos - which inns would let me use the baths?", h, "search", {"facilities": ["tattoo friendly"]}),
    Ask(
        "We don't want to share: a room with its own private bath, money is no object",
        h,
        "search",
        {"facilities": ["private bath"]},
    ),
    Ask(
        "minshuku between four thousand and six thousand yen",
        h,
        "range",
        {"subtype": "minshuku", "price_min": 4000, "price_max": 6000},
    ),
    Ask("ryokans for less than ¥20,000", h, "range", {"subtype": "ryokan", "price_max": 20000}),
    Ask("somewhere posh and expensive to stay out west", h, "search", {"price_level": 3, "area": "west"}),
    Ask(
        "a business hotel with a shuttle to the station, rated over 4",
        h,
        "search",
        {"subtype": "business hotel", "facilities": ["shuttle bus"], "rating_min": 4},
    ),
    Ask("Do any of the hotels in the south have karaoke?", h, "search", {"area": "south", "facilities": ["karaoke"]}),
    Ask(
        "can I leave my bags anywhere? hotel with luggage storage and a kitchenette",
        h,
        "search",
        {"facilities": ["luggage storage", "kitchenette"]},
    ),
    Ask(
        "hotel, but no capsule hotels please, max 6000 yen",
        h,
        "not",
        {"not_subtype": ["capsule hotel"], "price_max": 6000},
    ),
    Ask("a ryokan that isn't in the south", h, "not", {"subtype": "ryokan", "not_area": ["south"]}),
    Ask("accomodation with yukatas to borrow", h, "search", {"facilities": ["yukata rental"]}),
    Ask("moderately priced hotel with wi-fi", h, "search", {"price_level": 2, "facilities": ["internet"]}),
    Ask(
        "I fancy ramen tonight, nothing fancy, cheap will do", r, "search", {"subtype": "ramen shop", "price_level": 1}
    ),
    Ask("where can we get a good tonkotsu?", r, "search", {"dishes": ["tonkotsu"]}),
    Ask("izakaya with an English menu", r, "search", {"subtype": "izakaya", "tags": ["english menu"]}),
    Ask("I'm vegetarian and starving. What restaurants can feed me?", r, "search", {"tags": ["vegetarian options"]}),
    Ask("Please recommend a soba place in the east end.", r, "search", {"subtype": "soba house", "area": "east"}),
    Ask(
        "we want to eat katsu curry somewhere that takes credit cards",
        r,
        "search",
        {"dishes": ["katsu curry"], "tags": ["card payment"]},
    ),
    Ask(
        "sushi, and I don't mind paying a lot: expensive is fine",
        r,
        "search",
        {"subtype": "sushi bar", "price_level": 3},
    ),
    Ask("a restaurant with tatami seating in the north", r, "search", {"tags": ["tatami room"], "area": "north"}),
    Ask("Somewhere for coffee and an egg sandwich?", r, "search", {"dishes": ["egg sandwich"]}),
    Ask(
        "any yakitori or izakaya joints on the west side",
        r,
        "search",
        {"subtypes": ["yakitori", "izakaya"], "area": "west"},
    ),
    Ask("food to take away, cheap", r, "search", {"tags": ["takeaway"], "price_level": 1}),
    Ask("gluten-free restaurants rated at least four", r, "search", {"tags": ["gluten free"], "rating_min": 4}),
    Ask("draught beer and skewers!", r, "search", {"dishes": ["draft beer", "skewers"]}),
    Ask(
        "not sushi again. Something moderately priced to eat on the station side.",
        r,
        "not",
        {"not_subtype": ["sushi bar"], "price_level": 2, "area": "station side"},
    ),
    Ask("an izakaya that isn't cash only", r, "not", {"subtype": "izakaya", "without": ["cash only"]}),
    Ask("ramen shop open at one in the morning", r, "time", {"subtype": "ramen shop", "open": (2, 1)}),
    Ask("where can I have dinner on a Monday at 9pm", r, "time", {"open": (0, 21)}),
    Ask("restaurants open Sunday at half past eight in the morning", r, "time", {"open": (6, 8.5)}),
    Ask("Which onsen are tattoo friendly?", a, "search", {"subtype": "onsen", "tags": ["tattoo friendly"]}),
    Ask("a free shrine to visit", a, "search", {"subtype": "shrine", "price_max": 0}),
    Ask("hot springs that cost no more than 800 yen", a, "search", {"subtype": "onsen", "price_max": 800}),
    Ask(
        "I'd like to see the autumn leaves. Any gardens?",
        a,
        "search",
        {"subtype": "landscape garden", "tags": ["autumn leaves"]},
    ),
    Ask("things to do with the kids in the north", a, "search", {"tags": ["good for kids"], "area": "north"}),
    Ask("Are there castles here?", a, "search", {"subtype": "castle"}),
    Ask(
        "we've an hour or two to kill, something quiet",
        a,
        "search",
        {"duration_min": 1, "duration_max": 2, "tags": ["quiet"]},
    ),
    Ask("trails for hiking with cherry blossoms", a, "search", {"subtype": "hiking trail", "tags": ["cherry blossom"]}),
    Ask(
        "try making pots: a pottery workshop for under two thousand yen",
        a,
        "search",
        {"subtype": "pottery workshop", "price_max": 2000},
    ),
    Ask("viewpoints overlooking the sea", a, "search", {"subtype": "lookout", "tags": ["sea view"]}),
    Ask("attractions in the west with free admission", a, "search", {"area": "west", "price_max": 0}),
    Ask(
        "What attractions are there apart from shrines in the south?",
        a,
        "not",
        {"area": "south", "not_subtype": ["shrine"]},
    ),
    Ask("somewhere to eat near {z0}", r, "near", {"near": 0, "within_m": 5000}),
    Ask("what's a good hotel within walking distance of {z8}?", h, "near", {"near": 8, "within_m": 2000}),
    Ask(
        "We are staying at {z30}. Is there an izakaya close by?",
        r,
        "near",
        {"near": 30, "subtype": "izakaya", "within_m": 5000},
    ),
    Ask("an onsen around {z28}", a, "near", {"near": 28, "subtype": "onsen", "within_m": 5000}),
    Ask("phone number for {z12}", a, "name", {"named": 12}),
    Ask("I've heard about {z35}, can you tell me more?", h, "name", {"named": 35}),
    Ask("I'm looking for a particular place called {z60}.", r, "name", {"named": 60}),
    Ask("{z44}", h, "name", {"named": 44}),
    Ask("the cheapest ryokan", h, "order", {"subtype": "ryokan", "order": "price"}),
    Ask("highest rated onsen in town", a, "order", {"subtype": "onsen", "order": "-rating"}),
    Ask("nearest ramen to {z10}", r, "order", {"near": 10, "subtype": "ramen shop", "order": "distance"}),
    Ask("which ryokan costs the most", h, "order", {"subtype": "ryokan", "order": "-price"}),
)
