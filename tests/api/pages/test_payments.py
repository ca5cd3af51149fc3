import pytest

from api.pages.payments import LARGEST_FILE
from index.database import reading, writing
from ledger.disputes import take_back
from ledger.reading import events_of
from tests.api.builders import FARM_STAY, TEA_HOUSE, Served
from tests.api.pages.reading import CSRF, Reader, Reply, events_of_kind, words
from tests.api.pages.signing_in import send_form, signed_in

PAGE = "/merchant/payments"
GOOD = """微信支付账单明细
交易时间,交易单号,金额
2026-11-20 12:00:00,A1,¥88.00
2026/11/20 13:05,A2,120
2026年11月21日 19:30,A3,"1,200.50"
"""


def _upload(reader: Reader, content: str | bytes, name: str = "账单.csv", **fields: str) -> Reply:
    token = CSRF.search(reader.open(PAGE).text)
    assert token
    data = content.encode() if isinstance(content, str) else content
    headers = {"Accept": "text/html", "Accept-Language": reader.language}
    reply: Reply = reader.client.post(
        PAGE, data={"csrf": token[1], **fields}, files={"file": (name, data)}, headers=headers
    )
    return reply


def test_dates_in_three_forms_are_read_and_a_repeated_file_counts_once(served: Served) -> None:
    owner = signed_in(served)
    assert "3 new, 0 known already; lines not taken: 0" in words(_upload(owner, GOOD))
    assert "0 new, 3 known already; lines not taken: 0" in words(_upload(owner, GOOD))
    payments = events_of_kind(served.container, "payment")
    assert [event.payload.amount for event in payments] == [8_800, 12_000, 120_050]
    assert {event.at.astimezone(served.container.settings.tz).hour for event in payments} == {12, 13, 19}


def test_what_was_taken_back_is_in_no_count_and_its_proof_says_why(served: Served) -> None:
    owner = signed_in(served)
    _upload(owner, GOOD)
    with reading(served.container.engine) as session:
        places = [logged.index for logged in events_of(session, kinds=["payment"])]
    with writing(served.container.engine) as session:
        take_back(session, [TEA_HOUSE], places[0], taken_by="laoban", now=served.clock())
    proof = words(owner.open("/merchant/proof?figure=payments&period=week"))
    assert ": 2 (2026-11-18 to 2026-11-24)" in proof
    assert proof.count("withdrawn") == 1


def test_what_is_wrong_is_told_at_its_line_and_the_rest_goes_in(served: Served) -> None:
    owner = signed_in(served, language="zh-CN")
    page = _upload(
        owner,
        "时间,单号,金额\n2026-11-20 12:00,A1,88\n2026-11-20 12:00,A2,-5\n03/04/2026,A3,9\n"
        "2026-11-20 12:00,A4,很多\n2026-11-20,,1\n",
    )
    said = words(page)
    assert "新记 1 笔，0 笔以前记过，4 行没有记" in said
    assert "第 3 行：是退款，或金额不是正数" in said
    assert "第 4 行：看不懂时间“03/04/2026”，请写成 2026-11-24 12:00:00" in said
    assert "第 5 行：看不懂金额“很多”" in said
    assert "第 6 行：没有单号" in said


def test_a_number_that_is_known_with_another_amount_is_told_at_its_line(served: Served) -> None:
    owner = signed_in(served)
    _upload(owner, GOOD)
    said = words(_upload(owner, GOOD.replace("120\n", "121\n")))
    assert "0 new, 2 known already; lines not taken: 1" in said
    assert "Line 4: a payment of this number is known" in said


def test_columns_that_cannot_be_told_are_asked_for_once_and_the_file_is_not_lost(served: Served) -> None:
    owner = signed_in(served)
    odd = "when,no,paid sum\n2026-11-20 12:00,A1,88\n"
    page = _upload(owner, odd)
    assert page.status_code == 422
    assert "It is not clear which column holds: time of payment, amount, number of the payment" in words(page)
    assert "2026-11-20 12:00,A1,88" in page.text
    chosen = {"kept": odd, "kept_name": "odd.csv", "at": "when", "amount": "paid sum", "reference": "no"}
    done = send_form(owner, PAGE, PAGE, chosen)
    assert "1 new" in words(done)
    assert "time of payment ← when" in words(owner.open(PAGE))
    assert "0 new, 1 known already" in words(_upload(owner, odd)), "the mapping is remembered"


def test_a_file_in_gb18030_is_read(served: Served) -> None:
    assert "3 new" in words(_upload(signed_in(served), GOOD.encode("gb18030")))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff", "cannot be read"),
        (b"x" * (LARGEST_FILE + 1), "cannot be read"),
        (b"PK\x03\x04\x14\0\x08\0", "cannot be read"),
    ],
)
def test_what_is_no_table_is_told_at_the_field(served: Served, content: bytes, said: str) -> None:
    page = _upload(signed_in(served), content)
    assert page.status_code == 422
    assert 'id="pay-file-error"' in page.text
    assert said in words(page)


def test_no_file_is_told_at_the_field(served: Served) -> None:
    page = signed_in(served).send(PAGE, PAGE)
    assert (page.status_code, "Please choose a file" in words(page)) == (422, True)


def test_nobody_uploads_for_anothers_place(served: Served) -> None:
    owner = signed_in(served)
    assert _upload(owner, GOOD, listing=FARM_STAY).status_code == 404
    assert owner.open(f"{PAGE}?listing={FARM_STAY}").status_code == 404
    assert events_of_kind(served.container, "payment") == []


def test_a_name_of_a_file_is_only_a_name(served: Served) -> None:
    owner = signed_in(served)
    _upload(owner, GOOD, name="../../<b>x</b>.csv")
    page = owner.open("/merchant/activity")
    assert "<b>" not in page.text
    assert "Uploaded payments" in words(page)


def test_markup_in_a_file_is_text(served: Served) -> None:
    page = _upload(signed_in(served), "</textarea><script>alert(1)</script>,b\n1,2\n")
    assert "<script>alert" not in page.text
