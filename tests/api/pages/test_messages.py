import re
import string
from pathlib import Path

from api.accounts import Action, Role
from api.listing_form import Fault
from api.pages.listings import WRONGS
from api.pages.merchant_parts import FIGURES
from api.pages.merchants import NAMES
from api.pages.messages import Texts, catalogue
from api.pages.wording import WEEKDAYS
from api.seeing import Seen
from index.listing import Category
from index.overlay import EDITABLE
from ledger.credit_entries import LeftOut, MonthFigure
from ledger.credit_inputs import BILL_KINDS
from ledger.payments import USUAL_NAMES, RowFault

PAGES = Path(__file__).parents[3] / "api" / "pages"
SOURCES = [*PAGES.glob("*.py"), *PAGES.glob("templates/*.html")]
KEY = re.compile(r"""["']([a-z]+\.[a-z0-9_]+)["']""")
#: Keys that are put together from a prefix and a value.
PUT_TOGETHER = re.compile(r"""["']([a-z]+\.[a-z_]*)\{""")
PROBLEMS = ("not_found", "forbidden", "rate", "unready", "broken", "asked")
FAMILIES = {
    "edit.": EDITABLE,
    "edit.fault_": tuple(Fault),
    "edit.price_": tuple(Category),
    "pay.": tuple(USUAL_NAMES),
    "pay.fault_": tuple(RowFault),
    "audit.": tuple(Action),
    "category.": tuple(Category),
    "credit.head_": ("month", "visits", "takings", "on_time", "stated_takings", "stated_bills"),
    "credit.service_": ("electricity", "water", "gas", "telephone", "rent", "other"),
    "define.": (*FIGURES, "sentence", "paid_visits", "searches", "wanted", "peers"),
    "proves.": ("hours", "origins", "returning"),
    "proves.month_": tuple(MonthFigure),
    "entry.": ("impression", "withheld", "open", "call", "directions", "visit", "payment", *BILL_KINDS, "correction"),
    "left.": tuple(LeftOut),
    "doubt.": ("first", "last", "shared"),
    "doubt.effect_": ("place", "per_100", "interval", "shown", "withheld"),
    "error.": (*PROBLEMS, *(f"{name}_title" for name in PROBLEMS)),
    "log.": ("who", "name", "size", "behind", "at"),
    "listing.": ("amap", "baidu", "apple", "geo", "dishes", "facilities", "tags"),
    "merchant.": FIGURES,
    "place.level_": ("1", "2", "3", "4"),
    "place.price_": tuple(Category),
    "privacy.status_": ("day", "remembered", "none"),
    "report.": WRONGS,
    "role.": tuple(Role),
    "seen.": tuple(Seen),
    "visit.": ("recorded", "duplicate", "recorded_title", "duplicate_title"),
    "weekday.": WEEKDAYS,
    "when.": NAMES,
    "when.before_": NAMES,
}


def _sources() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages_with_the_same_places_to_fill_in() -> None:
    faulty = [
        key
        for key, texts in catalogue().items()
        if not {"zh", "en"} <= set(texts) <= {"zh", "en", "en_one"}
        or not all(text.strip() for text in texts.values())
        or _placeholders(texts["zh"]) != _placeholders(texts["en"])
    ]
    assert faulty == []


def test_every_text_is_used() -> None:
    sources = _sources()
    assert set(PUT_TOGETHER.findall(sources)) == set(FAMILIES)
    made = {f"{prefix}{value}" for prefix, values in FAMILIES.items() for value in values}
    assert sorted(made - set(catalogue())) == []
    assert sorted(set(catalogue()) - made - set(KEY.findall(sources))) == []


def test_every_text_that_is_asked_for_is_there() -> None:
    sections = {key.split(".")[0] for key in catalogue()}
    asked = {key for key in KEY.findall(_sources()) if key.split(".")[0] in sections}
    asked -= {key for key in asked if key.endswith((".html", ".js", ".css", ".py", ".svg"))}
    assert sorted(asked - set(catalogue())) == []


def test_one_is_singular_in_english() -> None:
    assert "One place" in Texts("en")("results.count", n=1, first=1, last=1)
    assert "2 places" in Texts("en")("results.count", n=2, first=1, last=2)
