"""What stands behind a figure: its entries, each with a proof, and the command that computes it again."""

from datetime import timedelta

from index.database import writing
from ledger.append import append
from ledger.events import Attester, Event, Grade, Impression, Open, Payload, Payment, Visit
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import Reader, links, words
from tests.api.pages.test_merchants import log_in


def opened(served: Served, many: int, listing: str = TEA_HOUSE) -> None:
    events = [
        Event(id=f"open-{listing[-5:]}-{number:03d}", at=served.clock(), listing=listing, payload=Open())
        for number in range(many)
    ]
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


def test_every_figure_leads_to_its_definition_and_its_entries(en: Reader, served: Served) -> None:
    opened(served, 2)
    log_in(en, served, served.merchant)
    paths = links(en.open("/merchant?period=month"), "/merchant/proof")
    [path] = [path for path in paths if "figure=opens&period" in path]
    page = en.open(path.replace("&amp;", "&"))
    said = words(page)
    assert "Pages opened: 2 (2026-10-26 to 2026-11-24)" in said
    assert "How often a visitor opened your page; the same visitor counts once in half an hour." in said
    proofs = links(page, "/v1/ledger/inclusion/")
    assert len(proofs) == 2
    assert en.client.get(proofs[0]).json()["size"] >= 2


def test_the_command_computes_just_this_period(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    said = words(en.open("/merchant/proof?figure=visits&period=week"))
    chosen = f"--facts facts.jsonl --merchant {served.merchant} --on 2026-11-24 --days 7"
    assert f"baicha ledger recompute ledger.jsonl {chosen}" in said


def test_of_many_entries_there_is_a_second_page(en: Reader, served: Served) -> None:
    opened(served, 51)
    log_in(en, served, served.merchant)
    first = en.open("/merchant/proof?figure=opens")
    [older] = [path for path in links(first, "before=") if "lang=" not in path]
    second = en.open(older.replace("&amp;", "&"))
    assert (len(links(first, "/inclusion/")), len(links(second, "/inclusion/"))) == (50, 1)
    assert "Earlier ones" in words(first)
    assert "Earlier ones" not in words(second)


def test_no_hour_of_a_single_guest_is_told_and_no_entry_of_another(en: Reader, served: Served) -> None:
    opened(served, 3, listing=FARM_STAY)
    stated = Event(
        id="only-said-1", at=served.clock(), listing=TEA_HOUSE, visitor="guest-001", payload=Visit(grade=Grade.STATED)
    )
    with writing(served.container.engine) as session:
        append(session, [stated], now=served.clock(), trusted=True)
    log_in(en, served, served.merchant)
    assert links(en.open("/merchant/proof?figure=opens"), "/inclusion/") == []
    page = en.open("/merchant/proof?figure=visits")
    assert links(page, "/inclusion/") == ["/v1/ledger/inclusion/only-said-1"]
    assert "Visits: 0 (" in words(page)
    assert "not counted only said by the visitor" in words(page)
    opened(served, 1)
    assert "12:00" not in words(en.open("/merchant/proof?figure=opens"))


def came(served: Served, many: int, *, days_ago: int = 0) -> None:
    """Let so many guests be shown the tea house, open it and come; one of them is paid for, as the issuer attests."""
    at = served.clock() - timedelta(days=days_ago, hours=1)
    name = f"guest-{days_ago}"
    payloads: tuple[Payload, ...] = (
        Impression(query_id="a-search-1", position=0, understood=("facility:@charging",)),
        Open(),
        Visit(grade=Grade.SCANNED),
    )
    events = [
        Event(
            id=f"{name}-{number}-{payload.kind}",
            at=at - timedelta(minutes=3 - step),
            listing=TEA_HOUSE,
            visitor=f"{name}-{number}",
            payload=payload,
        )
        for number in range(many)
        for step, payload in enumerate(payloads)
    ]
    attested = Payment(
        amount=8800,
        attested_by=Attester.ISSUER,
        issuer="bank",
        reference=name,
        visit=f"{name}-0-visit",
        signature="0" * 128,
    )
    events.append(Event(id=f"{name}-payment", at=at, listing=TEA_HOUSE, payload=attested))
    with writing(served.container.engine) as session:
        append(session, events, now=served.clock(), trusted=True)


def test_what_was_paid_is_proved_by_the_visit_and_its_payment(en: Reader, served: Served) -> None:
    came(served, 3)
    log_in(en, served, served.merchant)
    page = en.open("/merchant/proof?figure=paid_visits")
    said = words(page)
    assert "Paid, as the issuer attests: 1 (2026-11-18 to 2026-11-24)" in said
    assert sorted(path.rsplit("/", 1)[1] for path in links(page, "/inclusion/")) == [
        "guest-0-0-visit",
        "guest-0-payment",
    ]
    assert "the payment that its issuer attests" in said
    assert links(en.open("/merchant/proof?figure=paid_visits&before=0"), "/inclusion/") == []


def test_the_sentence_is_proved_by_its_visits_and_no_single_guest_is_told_to_have_searched(
    en: Reader, served: Served
) -> None:
    came(served, 5)
    came(served, 4, days_ago=1)
    log_in(en, served, served.merchant)
    page = en.open("/merchant/proof?figure=sentence")
    said = words(page)
    assert "9 of your 9 recorded visitors found you here" in said
    assert len(links(page, "/inclusion/")) == 9
    assert said.count("2026-11-24 · visit · counts 1 found you here") == 5
    assert said.count("2026-11-23 · visit · counts 1 found you here") == 0


def test_searches_are_proved_without_who_asked_for_what(en: Reader, served: Served) -> None:
    came(served, 5)
    with writing(served.container.engine) as session:
        other = Impression(query_id="a-search-2", position=0, understood=("price:..80",))
        event = Event(id="alone-0001", at=served.clock(), listing=TEA_HOUSE, visitor="alone-0001", payload=other)
        append(session, [event], now=served.clock(), trusted=True)
    log_in(en, served, served.merchant)
    found, lacking = (en.open(f"/merchant/proof?figure={figure}") for figure in ("searches", "wanted"))
    for page in (found, lacking):
        assert len(links(page, "/inclusion/")) == 6
        assert "Read from these 6 times that you were shown" in words(page)
        assert "80 or less" not in words(page)
    assert "Those of like merchants nearby were read too" in words(lacking)


def test_of_like_merchants_it_is_said_why_there_is_no_proof(zh: Reader, served: Served) -> None:
    came(served, 5)
    log_in(zh, served, served.merchant)
    page = zh.open("/merchant/proof?figure=peers")
    assert "这些数字来自别家的记录，所以不逐条列出" in words(page)
    assert links(page, "/inclusion/") == []
    assert "baicha ledger" not in words(page)


def test_an_odd_address_gives_the_visits_of_a_week(en: Reader, served: Served) -> None:
    log_in(en, served, served.merchant)
    for query in ("figure=money", "period=x", "before=-5", "before=99999999999999999999", ""):
        page = en.open(f"/merchant/proof?{query}")
        assert page.status_code == 200, query
        assert "Verified visits" in words(page), query
