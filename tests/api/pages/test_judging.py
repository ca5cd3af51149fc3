"""A merchant's dispute and the operator's decision, on pages."""

import pytest

from api.auth import SESSION_COOKIE
from index.database import reading
from ledger.disputes import disputes_of
from tests.api.builders import TEA_HOUSE, Served
from tests.api.pages.reading import Reader, words
from tests.api.pages.test_merchant_visits import CLOSED, late, stored
from tests.api.pages.test_merchants import log_in


@pytest.fixture
def index(en: Reader, served: Served) -> int:
    """A doubtful visit that its merchant has disputed."""
    [index] = stored(served, late(1))
    log_in(en, served, served.merchant)
    en.send("/merchant/visits", "/merchant/visits/dispute", visit=str(index), note="a <wedding>")
    en.client.cookies.delete(SESSION_COOKIE)
    return index


def as_operator(reader: Reader, served: Served) -> None:
    reader.send("/admin", "/admin/login", key=served.keys.admin)


@pytest.mark.parametrize("decision", ["counts", "stays"])
def test_a_person_reads_the_reasons_and_decides(zh: Reader, served: Served, index: int, decision: str) -> None:
    as_operator(zh, served)
    said = words(zh.open("/admin/disputes"))
    assert "溪边茶馆" in said
    assert "在营业时间以外一小时以上" in said
    assert "商户说：a <wedding>" in said
    page = zh.send("/admin/disputes", "/admin/disputes", visit=str(index), decision=decision, note="看过照片")
    assert "没有等待决定的异议" in words(page)
    with reading(served.container.engine) as session:
        decided = disputes_of(session, [TEA_HOUSE])[index]
    assert (decided.counts, decided.answer) == (decision == "counts", "看过照片")


@pytest.mark.parametrize("fields", [{"visit": "0", "decision": "counts"}, {"visit": "", "decision": "perhaps"}])
def test_what_waits_for_no_decision_gets_none(en: Reader, served: Served, index: int, fields: dict[str, str]) -> None:
    as_operator(en, served)
    visit = fields["visit"] and str(index + 1)
    page = en.send("/admin/disputes", "/admin/disputes", visit=visit, decision=fields["decision"])
    assert page.status_code == 400
    assert CLOSED in words(en.open("/admin/disputes"))


def test_only_the_operator_decides(en: Reader, served: Served, index: int) -> None:
    log_in(en, served, served.merchant)
    assert en.open("/admin/disputes").url.path == "/admin"
    page = en.send("/merchant", "/admin/disputes", visit=str(index), decision="counts")
    assert page.url.path == "/admin"
    with reading(served.container.engine) as session:
        assert disputes_of(session, [TEA_HOUSE])[index].counts is None
