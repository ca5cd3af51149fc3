"""Every figure of every merchant's page leads to a proof whose entries, over all its pages, add up to the figure."""

import html
import re
from datetime import timedelta

import pytest

from api.accounts import Role
from api.pages.merchant_proof import PROOFS
from index.database import reading, writing
from ledger.alerts import AlertKind
from ledger.append import append
from ledger.counted import entries_at
from ledger.disputes import dispute, withdraw
from ledger.events import (
    Attester,
    Bill,
    Call,
    Consent,
    Correction,
    Directions,
    Event,
    Grade,
    Impression,
    Open,
    Origin,
    Payload,
    Payment,
    Scan,
    Visit,
    Withheld,
)
from ledger.proof.tree import leaf_hash
from ledger.tables import Entry
from tests.api.builders import TEA_HOUSE, Served
from tests.api.pages.reading import Reader, Reply, links, words
from tests.api.pages.signing_in import send_form, signed_in
from tests.api.pages.test_merchants import log_in

PAGES = (
    "/merchant?period=today",
    "/merchant?period=week",
    "/merchant?period=year",
    "/merchant/visits?days=7",
    "/merchant/alerts",
    "/merchant/signals",
    "/merchant/credit",
)
DAY = timedelta(days=1)
TOTAL = re.compile(r'data-total="([^"]*)"')
ADDS = re.compile(r'data-adds="([^"]*)"')
ANCHOR = re.compile(r'<a [^>]*href="(/merchant/proof\?[^"]*)"[^>]*>([^<]*)</a>')


def put(served: Served, *events: Event) -> list[int]:
    with writing(served.container.engine) as session:
        receipts = append(session, events, now=served.clock(), trusted=True)
    return [receipt.index for receipt in receipts if receipt.index is not None]


def guest(
    served: Served, who: str, payload: Payload, *, days_ago: float = 0.5, name: str = "", made_up: bool = False
) -> Event:
    return Event(
        id=name or f"{who}-{payload.kind}",
        at=served.clock() - days_ago * DAY,
        listing=TEA_HOUSE,
        visitor=who,
        consent=Consent.REMEMBERED if int(who[-3:]) % 2 else Consent.DAY,
        made_up=made_up,
        payload=payload,
    )


@pytest.fixture
def lived(served: Served) -> None:
    """A merchant with all that is counted: two months of guests, an attack, payments, bills, reports, a hold-out."""
    # Yesterday sixty came at the same hour, so that the hours have a cell, there is a second page, and it is a spike.
    events = []
    for back, many in ((1, 60), (8, 4), (15, 5), (22, 4), (29, 6), (36, 5), (400, 12)):
        for number in range(many):
            who = f"came-{back:03d}-{number:03d}"
            steps: tuple[tuple[Payload, float], ...] = (
                (Impression(query_id="a-search-1", position=0, propensity=0.95), 0.03),
                (Open(), 0.02),
                (Directions(map="amap"), 0.01),
                (Call(), 0.01),
                (Visit(grade=Grade.SCANNED, scan=Scan(open=number % 9 != 1)), 0.0),
            )
            events += [guest(served, who, payload, days_ago=back + before) for payload, before in steps]
            if number < 7:
                said = Origin(visit=f"{who}-visit", place="hangzhou" if number < 5 else "shanghai")
                events.append(guest(served, who, said, days_ago=back - 0.01))
    again = [f"came-008-{number:03d}" for number in range(4)]
    put(
        served,
        *events,
        *(
            guest(served, who, Visit(grade=Grade.SCANNED), days_ago=2, name=f"again-{who}", made_up=True)
            for who in again
        ),
        guest(served, "said-so-001", Visit(grade=Grade.STATED)),
        guest(served, "stayed-001", Visit(grade=Grade.GEOFENCED), days_ago=3.2, name="stayed-first"),
        guest(
            served,
            "stayed-001",
            Visit(grade=Grade.SCANNED, instead_of="stayed-first"),
            days_ago=3.1,
            name="stayed-then-scanned",
        ),
        *(
            guest(served, f"held-{number:03d}", Withheld(query_id="a-search-2", position=1, propensity=0.05))
            for number in range(3)
        ),
        *(guest(served, f"late-{number:03d}", Visit(grade=Grade.SCANNED), days_ago=3.5) for number in range(14)),
        *(guest(served, f"told-{number:03d}", Correction(what="closed")) for number in range(2)),
    )
    money(served)
    [doubtful] = put(served, guest(served, "night-001", Visit(grade=Grade.SCANNED, scan=Scan(open=False))))
    with writing(served.container.engine) as session:
        dispute(session, [TEA_HOUSE], doubtful, now=served.clock())


def money(served: Served, *, visit: str | None = "came-001-000-visit") -> None:
    now = served.clock()

    def paid(number: int, amount: int, days_ago: int, **more: object) -> Event:
        fields = {"attested_by": Attester.MERCHANT, "reference": f"paid-{number}", "amount": amount} | more
        return Event(
            id=f"payment-{number:04d}",
            at=now - days_ago * DAY,
            listing=TEA_HOUSE,
            payload=Payment.model_validate(fields),
        )

    def bill(number: int, days_ago: int, *, service: str = "water", late: bool = False, stated: bool = False) -> Event:
        at = now - days_ago * DAY
        due = at.date() - DAY if late else at.date()
        attested = (
            {"attested_by": Attester.MERCHANT}
            if stated
            else {"attested_by": Attester.ISSUER, "issuer": "Water", "reference": f"b-{number}", "signature": "0" * 128}
        )
        payload = Bill.model_validate({"service": service, "due": due, "paid": at.date(), "band": 1} | attested)
        return Event(id=f"the-bill-{number:03d}", at=at, listing=TEA_HOUSE, payload=payload)

    issuer = {"attested_by": Attester.ISSUER, "issuer": "bank", "signature": "0" * 128}
    places = put(
        served,
        paid(0, 8_800, 1, **issuer, visit=visit),
        paid(1, 2_400_000, 20, **issuer),
        paid(2, 99_900, 500, **issuer),
        paid(3, 5_000, 2, **issuer, currency="USD"),
        paid(4, 7_700, 3, **issuer),
        *(paid(number, 1_250, number % 40) for number in range(10, 75)),
        bill(0, 10),
        bill(1, 11),
        bill(2, 45),
        bill(3, 80),
        bill(4, 81, late=True),
        bill(5, 600, service="gas"),
        bill(6, 12, stated=True),
    )
    with writing(served.container.engine) as session:
        withdraw(session, places[4], decided_by="admin", now=now)


def proofs_of(page: Reply) -> dict[str, set[str]]:
    """Return where the figures of a page lead, with the words of the links."""
    found: dict[str, set[str]] = {}
    for href, said in ANCHOR.findall(page.text):
        found.setdefault(html.unescape(href), set()).add(said.strip())
    return found


def walked(reader: Reader, path: str) -> list[Reply]:
    """Return all pages of a proof."""
    pages = [reader.open(path)]
    assert pages[0].status_code == 200, path
    while older := [each for each in links(pages[-1], "/merchant/proof") if "before=" in each and "lang=" not in each]:
        pages.append(reader.open(older[0]))
    return pages


def adds_up(reader: Reader, proof: str, said: set[str]) -> None:
    """The entries of all pages of a proof add up to what it says, and to the number that led to it."""
    pages = walked(reader, proof)
    entries = [each for page in pages for each in links(page, "/v1/ledger/inclusion/")]
    adds = [float(each) for page in pages for each in ADDS.findall(page.text)]
    total = TOTAL.search(pages[0].text)
    if total is None:
        assert "come from the records of others" in words(pages[0]), proof
        return
    assert entries or float(total[1]) == 0, proof
    assert len(entries) == len(set(entries)) == len(adds), proof
    assert sum(adds) == pytest.approx(float(total[1]), abs=1e-6), proof
    # What stands in a table or a list is the number itself; of the experiment it is an effect.
    for number in (each for each in said if re.fullmatch(r"[\d,.]+(/\d+)?", each) and "effect" not in proof):
        shown = float(number.split("/")[0].replace(",", ""))
        assert sum(adds) == pytest.approx(shown, abs=0.5 if "month" in proof else 1e-6), (proof, number)


def test_every_figure_of_every_page_adds_up_to_its_entries(en: Reader, served: Served, lived: None) -> None:
    log_in(en, served, served.merchant)
    met: dict[str, set[str]] = {}
    for path in PAGES:
        found = proofs_of(en.open(path))
        assert len(found) >= 2, path
        for proof, said in found.items():
            met.setdefault(proof, set()).update(said)
    for proof, said in met.items():
        adds_up(en, proof, said)
    # Searches need five who asked for the same, like merchants five of them: `test_merchant_proof` has these.
    figures = {named[1] for proof in met if (named := re.search(r"figure=(\w+)", proof))}
    assert figures == {*PROOFS} - {"searches", "wanted", "peers"}
    alerts = {named[1] for proof in met if (named := re.search(r"figure=alert&id=(\w+)", proof))}
    assert alerts == {AlertKind.SPIKE, AlertKind.REPORTS, AlertKind.HOURS}


def test_an_entry_is_told_with_its_leaf_its_kind_and_why_it_is_not_counted(
    en: Reader, served: Served, lived: None
) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant/proof?figure=visits&period=week"))
    assert "not counted only said by the visitor" in said
    assert "not counted duplicate: a better attested one of that day counts" in said
    assert (
        "doubtful, weighs 0.05 · more than an hour outside the opening hours · disputed; a person will decide" in said
    )
    assert "counts 1 made-up sample" in said
    said = " ".join(map(words, walked(en, "/merchant/proof?figure=term&id=payments")))
    for why in ("withdrawn", "stated by the merchant", "not in CNY", "older than 12 months"):
        assert f"not counted {why}" in said
    assert "counts 24,000.00 yuan" in said
    said = words(en.open("/merchant/proof?figure=term&id=bills"))
    for why in ("not on time", "this service's bill of the month is counted already", "fewer than 3 within 6 months"):
        assert f"not counted {why}" in said
    with reading(served.container.engine) as session:
        [entry] = entries_at(session, [0])
        assert entry.leaf == leaf_hash(bytes(session.get_one(Entry, 0).commitment)).hex()


def of_each_place(served: Served, places: dict[str, str]) -> None:
    """Let seven guests come on two days, and say where from: a guest's place by their name."""
    events = []
    for number, (who, place) in enumerate(places.items()):
        back = 1 if number < 6 else 9
        events.append(guest(served, who, Visit(grade=Grade.SCANNED), days_ago=back))
        if place:
            events.append(guest(served, who, Origin(visit=f"{who}-visit", place=place), days_ago=back - 0.01))
    put(served, *events)


WHO = [f"came-{number:03d}" for number in range(8)]
#: Who said what, five times Hangzhou and once Shanghai each time: a merchant sees the same table.
ANSWERS = {
    "the last is the one from Shanghai": ["hangzhou"] * 5 + ["shanghai", "", ""],
    "the first is": ["shanghai", *["hangzhou"] * 5, "", ""],
    "one of another week, another said nothing": ["hangzhou", "", *["hangzhou"] * 4, "shanghai", ""],
}
PERIODS = (
    "period=today",
    "period=week",
    "period=month",
    "first=2026-11-23&last=2026-11-23",
    "first=2026-11-15&last=2026-11-15",
)
LIST = re.compile(r'<ul class="entries">.*?</ul>', re.DOTALL)


def test_no_list_no_page_and_no_period_tells_who_came_from_where_or_who_answered(en: Reader, served: Served) -> None:
    """The list of origins is that of all visits, to the letter: there is nothing to subtract one from another."""
    of_each_place(served, dict(zip(WHO, ANSWERS["the last is the one from Shanghai"], strict=True)))
    log_in(en, served, served.merchant)
    for period in PERIODS:
        for before in ("", "&before=3", "&before=1"):
            origins, visits = (
                LIST.findall(en.open(f"/merchant/proof?figure={figure}&{period}{before}").text)
                for figure in ("origins", "visits")
            )
            assert origins == visits, period
    said = words(en.open("/merchant/proof?figure=origins&period=month"))
    assert "6 visitors said where they come from" in said
    assert "hangzhou" not in said.lower()
    # Below five who said so, not even how many did.
    alone = words(en.open("/merchant/proof?figure=origins&first=2026-11-15&last=2026-11-15"))
    assert "No five visitors said yet where they come from" in alone


def test_such_lists_are_those_of_all_visits_too(en: Reader, served: Served) -> None:
    of_each_place(served, dict(zip(WHO, ANSWERS["one of another week, another said nothing"], strict=True)))
    log_in(en, served, served.merchant)
    [everybody] = LIST.findall(en.open("/merchant/proof?figure=sentence&period=month").text)
    inclusions = re.compile(r"/inclusion/[^\"]*")
    for figure in ("hours", "returning", "origins", "term&id=outside", "term&id=returning", "signal&id=share_referred"):
        [found] = LIST.findall(en.open(f"/merchant/proof?figure={figure}&period=month").text)
        assert inclusions.findall(found) == inclusions.findall(everybody), figure


def test_staff_see_the_proofs_of_what_they_see_and_none_of_the_credit(served: Served) -> None:
    money(served, visit=None)
    staff = signed_in(served, "wang", role=Role.STAFF)
    assert links(staff.open("/merchant/proof?figure=payments&period=month"), "/inclusion/")
    assert "yuan" not in words(staff.open("/merchant/proof?figure=payments&period=month"))
    for figure in ("signal&id=tenure_days", "term&id=payments", "month&id=takings&first=2026-11-01&last=2026-11-01"):
        assert staff.open(f"/merchant/proof?figure={figure}").status_code == 403


def test_what_there_is_not_is_said_to_be_missing(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    for asked in (
        "alert&id=spike:visit:2020-01-01",
        "term&id=money",
        "signal&id=x",
        "effect&id=place-01",
        "doubtful&id=x",
    ):
        assert en.open(f"/merchant/proof?figure={asked}").status_code == 404, asked
    for days in ("first=2026-11-25&last=2026-11-25", "first=2026-11-24&last=2026-11-20", "first=x&last=y"):
        assert "2026-11-18 to 2026-11-24" in words(en.open(f"/merchant/proof?figure=visits&{days}")), days


def test_a_dispute_lands_on_the_page_that_it_was_sent_from(en: Reader, served: Served) -> None:
    night = Visit(grade=Grade.SCANNED, scan=Scan(open=False))
    oldest, *_ = put(served, *(guest(served, f"night-{number:03d}", night) for number in range(31)))
    money(served, visit=None)
    log_in(en, served, served.merchant)
    send = {"visit": str(oldest), "days": "30", "page": "2"}
    sent = send_form(en, "/merchant/visits?page=2", "/merchant/visits/dispute", send)
    assert "page=2" in str(sent.url)
    assert "Waits for a decision" in words(sent)
    second = en.open("/merchant/credit?page=2")
    [place, *_] = re.findall(r'name="page" value="2"><input type="hidden" name="index" value="(\d+)"', second.text)
    sent = send_form(en, "/merchant/credit?page=2", "/merchant/credit/take-back", {"index": place, "page": "2"})
    assert "page=2" in str(sent.url)
    assert "taken back: in no sum any more" in words(sent)
