"""Port Calder: an invented English harbour town in MultiWOZ's shape, with coordinates, areas, levels and stars."""

# ruff: noqa: E501 - tables of words and questions, a line each

from random import Random
from string import capwords
from typing import Any

from tests.recommender.other_cities.judging import Ask, City, Record, seeded
from tests.recommender.other_cities.second import CALDER, asks_of

NAME = "calder"
#: Centres lie four kilometres apart or more, and places within 800 m of them, so that "near" is never in doubt.
AREAS = {
    "old town": (57.100, -3.900),
    "harbour": (57.100, -3.820),
    "hillside": (57.140, -3.900),
    "university quarter": (57.140, -3.820),
    "riverside": (57.060, -3.860),
    "lighthouse point": (57.180, -3.860),
}
CUISINES = (
    "ethiopian", "peruvian", "georgian", "korean", "lebanese", "vegan", "seafood", "ramen", "tapas", "polish", "sri lankan", "hawaiian",
)  # fmt: skip
SIGNATURES = {
    "ethiopian": "doro wat", "peruvian": "ceviche", "georgian": "khachapuri", "korean": "bibimbap", "lebanese": "fattoush", "vegan": "jackfruit stew",
    "seafood": "smoked haddock chowder", "ramen": "tonkotsu", "tapas": "patatas bravas", "polish": "pierogi", "sri lankan": "kottu roti",
    "hawaiian": "poke bowl",
}  # fmt: skip
DINER_NAMES = (
    "amber", "blue heron", "candlemaker", "driftwood", "eleven bells", "foghorn", "gannet", "hearth", "inkwell", "juniper", "kittiwake", "lantern",
)  # fmt: skip
SIGHTS = (
    "aquarium",
    "lighthouse",
    "street market",
    "castle",
    "escape room",
    "brewery",
    "viewpoint",
    "beach",
    "botanical garden",
    "ice rink",
)
SIGHT_NAMES = ("calder", "saint brannoc's", "mariner's", "north head", "puffin", "old customs")
LODGINGS = ("hostel", "aparthotel", "inn", "boutique hotel", "capsule hotel", "bed and breakfast")
LODGING_NAMES = ("anchor", "bracken", "corncrake", "dunlin", "ebbtide", "fennel", "gorse")
FACILITIES = (
    "internet", "parking", "breakfast", "pool", "gym", "pets allowed", "air conditioning", "ev charging", "laundry", "sauna", "family rooms",
    "luggage storage", "rooftop terrace",
)  # fmt: skip
LEVELS = {1: (32, 60), 2: (70, 120), 3: (140, 320)}


def city() -> City:
    """Invent the town and its questions."""
    rng = seeded(51)
    rows = [*_sights(rng), *_lodgings(rng), *_diners(rng)]
    asks = [*_searches(rows, seeded(52)), *_nears(rows, seeded(53)), *_names(rows), *_by_hand(rows)]
    return City(NAME, rows, {"val": asks, "second": asks_of(CALDER, rows)})


def more(rows: list[Record], seed: int) -> list[Ask]:
    """Put together further questions, which are in no file."""
    return [*_searches(rows, seeded(seed)), *_nears(rows, seeded(seed))]


def _base(kind: str, number: int, name: str, rng: Random) -> Record:
    area = rng.choice(sorted(AREAS))
    lat, lon = AREAS[area]
    return {
        "id": f"{NAME}-{kind}-{number}",
        "category": kind,
        "name": name,
        "address": f"{rng.randrange(1, 90)} {rng.choice(('cooper', 'tanner', 'saint olaf', 'quarry', 'weaver'))}'s row",
        "phone": f"01555{rng.randrange(100_000, 999_999)}",
        "lat": round(lat + rng.uniform(-0.005, 0.005), 6),
        "lon": round(lon + rng.uniform(-0.009, 0.009), 6),
        "area": area,
    }


def _sights(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind in SIGHTS:
        for owner in rng.sample(SIGHT_NAMES, 5):
            row = _base("attraction", len(rows), f"{owner} {kind}", rng) | {"subtype": kind}
            if rng.random() > 0.1:
                row["price"] = float(rng.choice((0, 0, 0, 3, 5, 8, 12, 18, 24)))
            rows.append(row)
    return rows


def _lodgings(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind in LODGINGS:
        for owner in LODGING_NAMES:
            level = {"hostel": 1, "capsule hotel": 1, "boutique hotel": 3}.get(kind) or rng.choice((1, 2, 2, 3))
            row = _base("hotel", len(rows), f"the {owner} {kind}" if rng.random() < 0.4 else f"{owner} {kind}", rng)
            row |= {"subtype": kind, "price_level": level, "price": float(rng.randrange(*LEVELS[level]))}
            row |= {"stars": rng.choice((1, 2, 3, 3, 4, 5)), "facilities": rng.sample(FACILITIES, rng.randrange(2, 8))}
            rows.append(row)
    return rows


def _diners(rng: Random) -> list[Record]:
    rows: list[Record] = []
    for kind in CUISINES:
        for owner in rng.sample(DINER_NAMES, 5):
            word = rng.choice(("kitchen", "table", "room", "house", "canteen"))
            row = _base("restaurant", len(rows), f"the {owner} {word}", rng) | {
                "subtype": kind,
                "price_level": rng.choice((1, 2, 3)),
            }
            if rng.random() < 0.5:
                row["dishes"] = [SIGNATURES[kind]]
            if any(row["name"] == other["name"] for other in rows):
                row["name"] = f"{owner} {kind} {word}"
            rows.append(row)
    return rows


OPENERS = (
    "", "", "", "Hi there, ", "Hey! ", "Good morning, hope you can help. ", "We land on Friday and are still sorting things out. ", "Brilliant, thanks. Next, ",
    "First time in Port Calder for us. ", "Sorry, one more thing: ", "My train was late and I'm tired. ", "ok so ", "Lovely, that's booked then. Also ",
)  # fmt: skip
CLOSERS = (
    ".",
    ".",
    "?",
    ", please.",
    " if there is one.",
    ", ta",
    ". Any ideas?",
    ". Could I get the phone number?",
    "",
    "",
)
NOUNS = {
    "hotel": ("place to stay", "hotel", "place for the night", "room", "accommodation"),
    "restaurant": ("restaurant", "place to eat", "place for a meal", "eatery"),
    "attraction": ("attraction", "place to visit", "thing to see", "sight"),
}
WANT = (
    "I'm looking for a {x}",
    "can you find me a {x}",
    "I'd like a {x}",
    "do you know a {x}",
    "we are after a {x}",
    "need a {x}",
    "is there a {x}",
    "got a {x}",
)
LEVEL_WORDS = {
    1: ("cheap", "inexpensive", "low-cost", "budget"),
    2: ("moderately priced", "mid-range", "moderate"),
    3: ("expensive", "upscale", "high-end", "pricey"),
}
IN = ("in the {a}", "in the {a} area", "around the {a}", "somewhere in the {a}", "over in the {a}")
PLURALS = {"bed and breakfast": "bed and breakfasts", "brewery": "breweries", "beach": "beaches"}
NUMBERS = {
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    80: "eighty",
    100: "a hundred",
    120: "a hundred and twenty",
    150: "a hundred and fifty",
}
STARS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
WORDS_FOR = {
    "internet": ("wifi", "free wifi", "internet", "wi-fi"),
    "parking": ("parking", "free parking", "somewhere to park", "a car park"),
    "breakfast": ("breakfast", "breakfast included"),
    "pool": ("a pool", "a swimming pool"),
    "gym": ("a gym", "a fitness room"),
    "pets allowed": ("room for my dog", "pets allowed"),
    "air conditioning": ("air conditioning", "air con", "AC"),
    "ev charging": ("EV charging", "a charger for my electric car"),
    "laundry": ("laundry", "a washing machine"),
    "sauna": ("a sauna",),
    "family rooms": ("family rooms",),
    "luggage storage": ("luggage storage", "somewhere to leave our bags"),
    "rooftop terrace": ("a rooftop terrace",),
}


def _place(area: str, rng: Random) -> str:
    if area == "lighthouse point":
        return rng.choice(("at lighthouse point", "around Lighthouse Point", "out on lighthouse point"))
    return rng.choice(IN).format(a=rng.choice((area, area.title())))


def _money(price: float, rng: Random) -> tuple[str, dict[str, Any]]:
    low = max((n for n in NUMBERS if n <= price), default=0)
    high = min((n for n in NUMBERS if n >= price), default=0)
    if not high:
        return f"at least {low} pounds a night", {"price_min": low}
    if not low or rng.random() < 0.5:
        said = rng.choice(
            (
                "under {w} a night",
                "no more than {w} pounds",
                "up to £{n}",
                "for at most {n} a night",
                "below {n} pounds",
            )
        )
        if said.startswith(("under", "below")) and price == high:
            said = "up to £{n}"
        return said.format(w=NUMBERS[high], n=high), {"price_max": high}
    said = rng.choice(
        ("between {a} and {b} pounds", "between {c} and {d} a night", "from {a} to {b} a night", "£{a}-{b} per night")
    )
    return said.format(a=low, b=high, c=NUMBERS[low], d=NUMBERS[high]), {"price_min": low, "price_max": high}


def _phrase(row: Record, rng: Random) -> tuple[str, dict[str, Any]]:
    """Say some of what a listing is as a noun phrase, with what that states."""
    states: dict[str, Any] = {}
    before, after = "", []
    noun = rng.choice(NOUNS[row["category"]])
    if rng.random() < 0.55:
        states["subtype"] = kind = row["subtype"]
        noun = f"{kind} {noun}" if row["category"] == "restaurant" else kind
        if row["category"] == "restaurant" and rng.random() < 0.3:
            noun, after = (
                rng.choice(("place", "spot", "joint")),
                [rng.choice((f"serving {kind} food", f"that does {kind}"))],
            )
    if "price_level" in row and rng.random() < 0.45:
        states["price_level"] = row["price_level"]
        before = rng.choice(LEVEL_WORDS[row["price_level"]]) + " "
    elif row["category"] == "hotel" and rng.random() < 0.4:
        said, stated = _money(row["price"], rng)
        states |= stated
        after.append(said)
    if row["category"] == "hotel" and rng.random() < 0.4:
        states["stars"] = stars = row["stars"]
        before += rng.choice((f"{stars} star ", f"{stars}-star ", f"{STARS[stars]} star ", f"{STARS[stars]}-star "))
    if row["category"] == "hotel" and rng.random() < 0.5:
        states["facilities"] = asked = rng.sample(row["facilities"], rng.choice((1, 1, 2)))
        after.append("with " + " and ".join(rng.choice(WORDS_FOR[one]) for one in asked))
    if row["category"] == "attraction" and row.get("price") == 0 and rng.random() < 0.5:
        states["price_max"] = 0
        after.append(rng.choice(("that is free to get in", "with no entrance fee", "that doesn't cost anything")))
    if not states or rng.random() < 0.5:
        states["area"] = row["area"]
        after.append(_place(row["area"], rng))
    return " ".join((before + noun, *after)), states


def _searches(rows: list[Record], rng: Random) -> list[Ask]:
    asks: list[Ask] = []
    for kind, count in (("hotel", 24), ("restaurant", 20), ("attraction", 16)):
        members = [row for row in rows if row["category"] == kind]
        for _ in range(count):
            said, states = _phrase(rng.choice(members), rng)
            if rng.random() < 0.15:
                text = said.replace("a ", "").replace(" that is", "").replace("in the ", "")
            else:
                text = rng.choice(OPENERS) + rng.choice(WANT).format(x=said) + rng.choice(CLOSERS)
            asks.append(Ask(_grammar(text), kind, "search", states))
    return asks


def _grammar(text: str) -> str:
    for word in (
        "aquarium",
        "escape room",
        "ice rink",
        "inn",
        "aparthotel",
        "ethiopian",
        "inexpensive",
        "expensive",
        "upscale",
        "attraction",
        "eatery",
        "accommodation",
    ):
        text = text.replace(f" a {word}", f" an {word}").replace("an accommodation", "accommodation")
    return text


NEAR = (
    "{x} near {n}", "{x} close to {n}", "{x} not far from {n}", "we'll be at {n}, is there {x} nearby?", "{x} around the corner from {n} please",
    "after {n} we want {x} within walking distance", "any {x} next to {n}?",
)  # fmt: skip
NEAR_NOUNS = {
    "hotel": ("a hotel", "somewhere to stay"),
    "restaurant": ("a restaurant", "somewhere to eat"),
    "attraction": ("something to see", "an attraction"),
}


def _nears(rows: list[Record], rng: Random) -> list[Ask]:
    asks: list[Ask] = []
    for number in range(12):
        anchor = rng.choice(rows)
        kind = rng.choice(sorted(NEAR_NOUNS))
        text = rng.choice(OPENERS) + NEAR[number % len(NEAR)].format(x=rng.choice(NEAR_NOUNS[kind]), n=anchor["name"])
        asks.append(Ask(text, kind, "near", {"near": anchor["id"], "within_m": 2500}))
    for within, said in ((700, "700 m"), (1000, "1 km"), (500, "500 metres"), (6000, "6 km"), (805, "half a mile")):
        anchor = rng.choice([row for row in rows if row["category"] == "attraction"])
        text = f"restaurants within {said} of {anchor['name']}"
        asks.append(Ask(text, "restaurant", "near", {"near": anchor["id"], "within_m": within}))
    return asks


def _names(rows: list[Record]) -> list[Ask]:
    picked: list[Ask] = []
    templates = (
        "Have you heard of {n}?", "what's the phone number for {n}", "I was told to try {n}. Where is it", "{n}", "how do I get to the {n} from here?",
        "Do you have any info on a place called {n}", "Book me into {n} please", "is {n} any good",
    )  # fmt: skip
    for number, template in enumerate(templates):
        row = rows[7 + 19 * number]
        picked.append(
            Ask(
                template.format(n=capwords(row["name"].removeprefix("the "))),
                row["category"],
                "name",
                {"name_ids": [row["id"]]},
            )
        )
    by_name = {row["name"]: row for row in rows}
    names = sorted(by_name)
    typed = (
        (next(n for n in names if "kittiwake" in n), "kittiwake", "kittywake"),
        (next(n for n in names if n.startswith("saint brannoc's")), "saint", "st"),
        (next(n for n in names if "corncrake" in n), "corncrake", "corncrakee"),
        (next(n for n in names if "mariner's" in n), "mariner's", "mariners"),
        (next(n for n in names if "candlemaker" in n), "candlemaker", "candelmaker"),
        (next(n for n in names if "puffin" in n), "puffin", "pufin"),
    )
    for name, right, wrong in typed:
        row = by_name[name]
        picked.append(
            Ask(
                f"looking for {name.replace(right, wrong)}, address?",
                row["category"],
                "name",
                {"name_ids": [row["id"]]},
            )
        )
    return picked


def _by_hand(rows: list[Record]) -> list[Ask]:
    h, r, a = "hotel", "restaurant", "attraction"
    castle, light = (next(row for row in rows if row.get("subtype") == kind) for kind in ("castle", "lighthouse"))
    return [
        Ask("a hostel between forty and sixty a night", h, "search", {"subtype": "hostel", "price_min": 40, "price_max": 60}),
        Ask("three stars or better, with a pool, somewhere to sleep", h, "search", {"stars_min": 3, "facilities": ["pool"]}),
        Ask("at least a four star hotel by the riverside", h, "search", {"stars_min": 4, "area": "riverside"}),
        Ask("hotel dog friendly hillside", h, "search", {"facilities": ["pets allowed"], "area": "hillside"}),
        Ask("B&B with parking", h, "search", {"subtype": "bed and breakfast", "facilities": ["parking"]}),
        Ask("one of those capsule hotels, but it must have luggage storage", h, "search", {"subtype": "capsule hotel", "facilities": ["luggage storage"]}),
        Ask("we've got two kids so family rooms, in a hotel", h, "search", {"facilities": ["family rooms"]}),
        Ask("Somewhere to stay that won't break the bank in the old town", h, "search", {"price_level": 1, "area": "old town"}),
        Ask("where can I get khachapuri", r, "search", {"dishes": ["khachapuri"]}),
        Ask("I fancy a poke bowl", r, "search", {"dishes": ["poke bowl"]}),
        Ask("any pierogi in this town", r, "search", {"dishes": ["pierogi"]}),
        Ask("Korean BBQ tonight? Any korean restaurant really", r, "search", {"subtype": "korean"}),
        Ask("sri lankan resturant, any part of town", r, "search", {"subtype": "sri lankan"}),
        Ask("expensve resturant in the univeristy quarter", r, "search", {"area": "university quarter", "price_level": 3}),
        Ask("we don't eat animals: vegan place in a moderate price range", r, "search", {"subtype": "vegan", "price_level": 2}),
        Ask("posh seafood restaurant", r, "search", {"subtype": "seafood", "price_level": 3}),
        Ask("ramen", r, "search", {"subtype": "ramen"}),
        Ask("free breweries", a, "search", {"subtype": "brewery", "price_max": 0}),
        Ask("show me all castles", a, "search", {"subtype": "castle"}),
        Ask("what is there to see in the hillside part of town?", a, "search", {"area": "hillside"}),
        Ask("things to do at Lighthouse Point", a, "search", {"area": "lighthouse point"}),
        Ask("skating", a, "search", {"subtype": "ice rink"}),
        Ask("somewhere to look at fish, an aquarium, under ten pounds", a, "search", {"subtype": "aquarium", "price_max": 10}),
        Ask("attractions that cost between five and fifteen pounds", a, "search", {"price_min": 5, "price_max": 15}),
        Ask("a hotel but not a hostel, under sixty a night", h, "not", {"not_subtype": ["hostel"], "price_max": 60}),
        Ask("cheap food anywhere except the harbour", r, "not", {"price_level": 1, "not_area": ["harbour"]}),
        Ask("cheap restaurant, no seafood please", r, "not", {"price_level": 1, "not_subtype": ["seafood"]}),
        Ask("boutique hotel without a pool", h, "not", {"subtype": "boutique hotel", "without": ["pool"]}),
        Ask("attractions in the old town other than castles", a, "not", {"area": "old town", "not_subtype": ["castle"]}),
        Ask("cheapest bed and breakfast", h, "order", {"subtype": "bed and breakfast", "order": "price"}),
        Ask("what's the most expensive hotel with a sauna?", h, "order", {"facilities": ["sauna"], "order": "-price"}),
        Ask("the three cheapest hostels", h, "order", {"subtype": "hostel", "order": "price", "top": 3}),
        Ask("cheapest room in the riverside area with wifi", h, "order", {"area": "riverside", "facilities": ["internet"], "order": "price"}),
        Ask(f"the hotel closest to {castle['name']}", h, "order", {"near": castle["id"], "order": "distance"}),
        Ask(f"nearest restaurant to {light['name']}", r, "order", {"near": light["id"], "order": "distance"}),
        Ask("the dearest attraction in town", a, "order", {"order": "-price"}),
        Ask("最便宜的青旅 hostel", h, "order", {"subtype": "hostel", "order": "price"}),
        Ask("海鲜餐厅", r, "search", {"subtype": "seafood"}),
        Ask("老城区有停车场的酒店 old town", h, "search", {"area": "old town", "facilities": ["parking"]}),
    ]  # fmt: skip
