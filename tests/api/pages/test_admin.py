import re

from api import accounts
from index.database import writing
from ledger.append import append
from ledger.events import Correction, Event
from tests.api.builders import GARDEN, Served
from tests.api.pages.reading import Reader, links, words


def log_in(reader: Reader, served: Served) -> None:
    """Exchange the admin's key for a session."""
    page = reader.send("/admin", "/admin/login", key=f" {served.keys.admin} ")
    assert page.status_code == 200


def _claim(served: Served, listing: str = "place-04") -> None:
    with writing(served.container.engine) as session:
        accounts.claim_listing(
            session, listing, name="<b>Wang</b>", contact="0572-5550123", note="mine", now=served.clock()
        )


def _report(served: Served, number: int = 1) -> None:
    payload = Correction(what="closed", note="<script>alert(1)</script>")
    event = Event(id=f"a-correction-{number}", at=served.clock(), listing=GARDEN, payload=payload)
    with writing(served.container.engine) as session:
        append(session, [event], now=served.clock())


def _action(page: str, kind: str) -> str:
    found = re.search(rf'action="(/admin/{kind}/[^"]+)"', page)
    assert found
    return found[1]


def test_only_an_admins_key_lets_in(en: Reader, served: Served) -> None:
    for key in ("", "bch_nonsense", served.keys.board, served.keys.merchant):
        page = en.send("/admin", "/admin/login", key=key)
        assert page.status_code == 401
        assert "not valid, or is no admin" in words(page)
    log_in(en, served)
    assert "Claims to decide" in words(en.open("/admin"))


def test_nobody_decides_without_the_key(en: Reader, served: Served) -> None:
    _claim(served)
    page = en.send("/admin", "/admin/claims/c_1", decision="approve")
    assert page.url.path == "/admin"
    assert "Admin key" in words(page)


def test_an_approved_claim_gives_an_invitation_that_works(en: Reader, served: Served) -> None:
    _claim(served)
    log_in(en, served)
    waiting = en.open("/admin")
    assert "<b>Wang" not in waiting.text
    page = en.send("/admin", _action(waiting.text, "claims"), decision="approve")
    [invitation] = set(links(page, "/invite/"))
    other = Reader(served.browser(), "en")
    assert "You are invited to manage" in words(other.open("/invite/" + invitation.rsplit("/", 1)[1]))
    assert "No claims are waiting" in words(en.open("/admin"))


def test_a_claim_is_decided_once(en: Reader, served: Served) -> None:
    _claim(served)
    log_in(en, served)
    action = _action(en.open("/admin").text, "claims")
    assert "Rejected" in words(en.send("/admin", action, decision="reject"))
    assert "decided already" in words(en.send("/admin", action, decision="approve"))


def test_closing_takes_a_place_out_of_the_next_search(zh: Reader, served: Served) -> None:
    _report(served)
    log_in(zh, served)
    waiting = zh.open("/admin")
    assert "<script>alert" not in waiting.text
    assert links(zh.open("/?q=竹子园"), f"/listings/{GARDEN}")
    assert "已标为关闭" in words(zh.send("/admin", _action(waiting.text, "corrections"), decision="close"))
    assert not links(zh.open("/?q=竹子园"), f"/listings/{GARDEN}")


def test_a_dismissed_report_changes_nothing(en: Reader, served: Served) -> None:
    _report(served)
    log_in(en, served)
    assert "Dismissed" in words(en.send("/admin", _action(en.open("/admin").text, "corrections"), decision="dismiss"))
    assert "No reports are waiting" in words(en.open("/admin"))
    assert "This place has closed" not in words(en.open(f"/listings/{GARDEN}"))


def test_a_decision_that_is_none_is_refused(en: Reader, served: Served) -> None:
    _claim(served)
    log_in(en, served)
    assert en.send("/admin", _action(en.open("/admin").text, "claims"), decision="maybe").status_code == 400
