"""The exports over HTTP: the owner's own data, noted in their list, without anything that names a visitor."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from index.database import reading, writing
from index.listing import Listing
from ledger.merchant_statistics import merchant_summary
from ledger.periods import Period
from tests.api.builders import TEA_HOUSE, Served
from tests.api.pages.reading import words
from tests.api.pages.signing_in import signed_in
from tests.api.pages.test_credit import known
from tests.ledger.builders import a_visit, stored


def asked(served: Served, name: str, query: str = "") -> tuple[int, bytes, dict[str, str]]:
    path = f"/v1/merchants/{served.merchant}/exports/{name}{query}"
    reply = served.client.get(path, headers=served.keys.header("merchant"))
    return reply.status_code, reply.content, dict(reply.headers)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_statistics_add_up_to_what_the_page_says(served: Served, grain: str) -> None:
    known(served)
    status, content, headers = asked(served, "statistics.csv", f"?lang=en&grain={grain}&from=2026-11-01")
    assert status == 200
    assert headers["content-disposition"] == ('attachment; filename="baicha-statistics-2026-11-01-2026-11-24.csv"')
    head, *found = rows(content)
    with reading(served.container.engine) as session:
        period = Period.last_days(24, served.clock(), served.container.settings.tz)
        summary = merchant_summary(session, [TEA_HOUSE], period)
    assert sum(int(row[head.index("Verified visits")]) for row in found) == summary.visits == 60
    assert sum(int(row[head.index("Payments")]) for row in found) == summary.payments == 2


def test_visits_name_no_visitor_and_their_formulas_do_nothing(served: Served) -> None:
    known(served)
    with writing(served.container.engine) as session:
        listing = session.get(Listing, TEA_HOUSE)
        assert listing is not None
        listing.name = '=HYPERLINK("https://example.org","茶")'
        session.add(listing)
    _, content, _ = asked(served, "visits.csv", "?lang=zh")
    assert b"guest-" not in content
    head, first, *_ = rows(content)
    assert len(rows(content)) == 61
    assert head[1] == "当地日期（Asia/Shanghai）"
    assert first[1:4] == ["2026-11-23", '\'=HYPERLINK("https://example.org","茶")', "B"]


def test_whether_a_visit_was_referred_is_told_of_days_of_five_visitors_only(served: Served) -> None:
    day = served.clock() - timedelta(days=1)
    stored(
        served.container.engine,
        *(a_visit(at=day, listing=TEA_HOUSE, visitor=f"a-guest-{number}") for number in range(5)),
        *(a_visit(at=day - timedelta(days=1), listing=TEA_HOUSE, visitor=f"a-guest-{number}") for number in range(4)),
    )
    head, *found = rows(asked(served, "visits.csv", "?lang=en")[1])
    told = [row[head.index("Found you here")] for row in found]
    assert told == [""] * 4 + ["no"] * 5


def test_a_workbook_opens_and_has_the_same_rows(served: Served) -> None:
    known(served)
    status, content, headers = asked(served, "visits.xlsx")
    assert status == 200
    assert headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet.max_row == 61
    assert sheet.cell(2, 2).is_date
    assert isinstance(sheet.cell(2, 5).value, int | float)


def test_a_new_merchant_has_headings_and_days_of_nothing(served: Served) -> None:
    assert len(rows(asked(served, "visits.csv")[1])) == 1
    found = rows(asked(served, "statistics.csv")[1])
    assert len(found) == 366
    assert set(found[-1][1:]) == {"0"}


@pytest.mark.parametrize(
    "asked_for",
    [
        "visits.pdf",
        "secrets.csv",
        "visits.csv?from=2026-12-01",
        "visits.csv?from=soon",
        "statistics.csv?grain=hour",
        "visits.csv?from=2020-01-01",
        "visits.csv?to=1999-01-01",
    ],
)
def test_what_cannot_be_exported_is_refused(served: Served, asked_for: str) -> None:
    assert asked(served, asked_for)[0] == 422


def test_the_owner_downloads_from_the_page_and_it_is_listed_but_a_head_is_not(served: Served) -> None:
    owner = signed_in(served)
    path = f"/v1/merchants/{served.merchant}/exports/statistics.csv"
    assert f"{path}?lang=en" in owner.open("/merchant/credit").text
    head = owner.client.head(path)
    assert head.status_code == 200
    assert "baicha-statistics" not in words(owner.open("/merchant/activity"))
    assert owner.client.get(path).status_code == 200
    served.clock.forward(timedelta(minutes=1))
    assert "baicha-statistics-2025-11-25-2026-11-24.csv" in words(owner.open("/merchant/activity"))
