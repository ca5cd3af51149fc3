"""The page about the log: what was signed, who cosigned it, and what that proves."""

from index.database import writing
from ledger.append import append
from ledger.log.checkpoints import FRESH
from ledger.log.cosigning import name_witness, take_cosignatures
from ledger.log.signing import KEY_FILE, SigningKey, load_key
from ledger.proof.notes import COSIGNS, Note
from tests.api.builders import GARDEN, Served
from tests.api.pages.reading import Reader, links, words
from tests.ledger.builders import an_event

WITNESS = SigningKey("witness.example", COSIGNS, bytes([1]) * 32)


def grown(served: Served, count: int) -> None:
    with writing(served.container.engine) as session:
        append(session, [an_event(listing=GARDEN) for _ in range(count)], now=served.clock(), trusted=True)
    served.clock.now += FRESH


def test_an_empty_log_without_a_witness_says_so_in_both_languages(zh: Reader, en: Reader) -> None:
    chinese, english = words(zh.open("/ledger")), words(en.open("/ledger"))

    assert "还没有记录" in chinese
    assert "还没有见证者" in chinese
    assert "由运营者自己运行的见证者不能证明任何事" in chinese
    assert "the empty log" in english
    assert "no witness yet" in english
    assert "run by the operator proves nothing" in english


def test_it_shows_the_newest_signature_and_who_cosigned_what(en: Reader, served: Served) -> None:
    grown(served, 3)
    key = load_key(served.container.settings.data / KEY_FILE)
    now = served.clock()
    note = Note.parse(served.client.get("/v1/ledger/checkpoint").text)
    other = SigningKey("late.example", COSIGNS, bytes([2]) * 32)
    with writing(served.container.engine) as session:
        name_witness(session, "Tourism <b>association</b>", str(WITNESS.public), now=now)
        name_witness(session, "The university", str(other.public), now=now)
        take_cosignatures(session, WITNESS.cosigned(note, int(now.timestamp())), key.public, now=now)
    grown(served, 2)
    page = en.open("/ledger")
    shown = words(page)

    assert "over 5 entries" in shown
    assert str(key.public) in shown
    assert (
        f"Tourism <b>association</b> witness.example 3 2 {now.astimezone(served.container.settings.tz):%Y-%m-%d %H:%M}"
        in shown
    )
    assert "The university late.example nothing yet" in shown
    assert "Newest note that was cosigned (3 entries)" in shown
    assert "<b>association" not in page.text


def test_the_pages_with_figures_lead_to_it(en: Reader) -> None:
    for page in ("/board", "/privacy"):
        assert "/ledger" in links(en.open(page), "/ledger")
