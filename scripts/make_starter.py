"""Make `starter/listings.jsonl` from what was written by hand in `starter/source/`.

The words (names, descriptions, prices, hours, dishes) are in the sources; this script only joins them: it looks up the
English of each facility, dish and tag, draws a house number and a point around the merchant's village, and numbers the
telephones. Every draw is seeded by the merchant's own id, so that adding one moves no other.

    python scripts/make_starter.py            # writes starter/listings.jsonl
"""

import json
import math
import random
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

STARTER = Path(__file__).resolve().parent.parent / "starter"
SEED = 20150701
#: Made-up points are exact by nature; real ones are known within about two kilometres.
MADE_UP_ACCURACY_M = 30
REAL_ACCURACY_M = 2000
#: How far from a real place those stand whose description says "at the gate" or "on foot".
BESIDE_M = 400
METRES_A_DEGREE = 111_320
#: No subscriber number in China begins with 0, so that a call to one of these reaches nobody.
PHONE = "0572-0550{:03d}"
#: Upper bounds of the price levels 1 to 3, in RMB: a head, a night, a ticket.
PRICE_LEVELS = {"restaurant": (40, 90, 180), "hotel": (250, 500, 900), "attraction": (30, 80, 150)}
LISTS = ("facilities", "dishes", "tags")

Entry = Mapping[str, Any]


def read_toml(name: str) -> dict[str, Any]:
    """Return one source file as data."""
    return tomllib.loads((STARTER / "source" / name).read_text(encoding="utf-8"))


def make_listings() -> Iterator[dict[str, Any]]:
    """Yield every starter listing, the real places first, in the order of the sources.

    Raises:
        KeyError: A word has no English in `vocabulary.toml`, or a village is not in `villages.toml`; it is named.
    """
    vocabulary = read_toml("vocabulary.toml")
    villages = read_toml("villages.toml")
    places = {entry["id"]: entry for entry in read_toml("real.toml")["place"]}
    for entry in places.values():
        yield _real(entry, vocabulary)
    merchants = sorted((STARTER / "source" / "merchants").glob("*.toml"))
    entries = [entry for file in merchants for entry in read_toml(f"merchants/{file.name}")["merchant"]]
    for number, entry in enumerate(entries, start=1):
        village = villages[entry["village"]]
        if "beside" in entry:
            beside = places[entry["beside"]]
            village = village | {"lat": beside["lat"], "lon": beside["lon"], "radius_m": BESIDE_M}
        yield _made_up(entry, village, vocabulary, PHONE.format(number))


def _real(entry: Entry, vocabulary: Entry) -> dict[str, Any]:
    record = {"id": f"anji-{entry['id']}", "source": "anji", **_words(entry, vocabulary)}
    area = vocabulary["areas"][entry["area"]]
    record |= {"address": f"安吉县{entry['area']}", "address_en": f"{area}, Anji County"}
    record |= {"area": entry["area"], "area_en": area, "lat": entry["lat"], "lon": entry["lon"]}
    record |= {"coordinates_accuracy_m": REAL_ACCURACY_M}
    if "hours_to_visit" in entry:
        record["duration_min"], record["duration_max"] = _about(entry["hours_to_visit"])
    record |= {key: entry[key] for key in ("price", "price_level", "stars", "hours") if key in entry}
    return record | {"made_up": False}


def _made_up(entry: Entry, village: Entry, vocabulary: Entry, phone: str) -> dict[str, Any]:
    draw = random.Random(f"{SEED}:{entry['id']}")  # noqa: S311 - scatters points, guards nothing
    kind = vocabulary["kinds"][entry["kind"]]
    record = {"id": f"made-up-{entry['id']}", "source": "made-up", **_words(entry, vocabulary)}
    house = draw.randint(1, village["houses"])
    area_en = vocabulary["areas"][village["area"]]
    record["address"] = f"安吉县{village['area']}{village['street']}{house}号"
    record["address_en"] = f"{house} {village['street_en']}, {area_en}, Anji County"
    record |= {"area": village["area"], "area_en": area_en}
    record["lat"], record["lon"] = _scatter(village, draw)
    record |= {"coordinates_accuracy_m": MADE_UP_ACCURACY_M, "phone": phone, "price": entry["price"]}
    record["price_level"] = 1 + sum(entry["price"] > bound for bound in PRICE_LEVELS[kind["category"]])
    record |= {"rating": entry["rating"], "hours": entry.get("hours", kind["hours"])}
    record |= {key: entry[key] for key in ("stars",) if key in entry}
    if "duration" in kind:
        record["duration_min"], record["duration_max"] = entry.get("duration", kind["duration"])
    return record | {"made_up": True}


def _words(entry: Entry, vocabulary: Entry) -> dict[str, Any]:
    """Return names, kind, descriptions and the paired lists, in both languages."""
    kind = vocabulary["kinds"][entry["kind"]]
    record: dict[str, Any] = {"category": kind["category"], "name": entry["name"], "name_en": entry["name_en"]}
    record |= {"subtype": entry["kind"], "subtype_en": kind["en"]}
    record |= {"description": entry["zh"], "description_en": entry["en"]}
    for key in LISTS:
        words = entry[key].split("、") if entry.get(key) else []
        if words:
            record[key] = words
            record[f"{key}_en"] = [vocabulary[key][word] for word in words]
    return record


def _scatter(village: Entry, draw: random.Random) -> tuple[float, float]:
    """Return a point drawn evenly from the disc around the village, degrees, to about a metre."""
    distance_m = village["radius_m"] * math.sqrt(draw.random())
    bearing = 2 * math.pi * draw.random()
    lat = village["lat"] + distance_m * math.cos(bearing) / METRES_A_DEGREE
    lon = village["lon"] + distance_m * math.sin(bearing) / (METRES_A_DEGREE * math.cos(math.radians(lat)))
    return round(lat, 5), round(lon, 5)


def _about(hours: float) -> tuple[float, float]:
    """Return a quarter less and a quarter more, in half hours."""
    return max(0.5, round(hours * 1.5) / 2), max(1.0, round(hours * 2.5) / 2)


def main() -> None:
    """Write the file that `baicha import` reads."""
    lines = [json.dumps(record, ensure_ascii=False) for record in make_listings()]
    (STARTER / "listings.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} listings in starter/listings.jsonl")


if __name__ == "__main__":
    main()
