"""The credit report as pages: the owner's, with every input, and what a recipient reads by the owner's link."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts, credit_consents
from api.auth import ContainerDep, LimitWrites
from api.pages.credit_keys import key_lines
from api.pages.credit_lines import line_of
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of
from api.pages.figures import Table
from api.pages.merchant_proof_credit import month_path
from api.pages.merchants import chosen_of, name_of
from api.pages.my_account import moment
from api.pages.once import event_id_of
from api.pages.page import Form, Frame, Link, frame_of, render
from api.pages.route import PageRoute
from api.pages.stating import places_of, read_bill, services
from api.routes.credit import merchant_report
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from ledger.append import Status
from ledger.credit_entries import MonthFigure
from ledger.credit_report import CreditReport
from ledger.credit_texts import NOT_A_VERDICT
from ledger.disputes import dispute, take_back
from ledger.events import Bill
from ledger.stated_bills import state_bill

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
#: Payments and bills on a page, newest first.
MOST_INPUTS = 40
_LONGEST_PAGE = 6
LONGEST_NOTE = 1_000
_LONGEST_NAME = 100
_SAID = {
    "disputed": "credit.done_disputed",
    "waiting": "credit.done_waiting",
    "unknown": "credit.done_unknown",
    "withdrawn": "credit.done_withdrawn",
    "taken_back": "credit.done_taken_back",
    "stated": "credit.done_stated",
    "stated_already": "credit.done_stated_already",
}


@router.get("/merchant/credit")
def credit_page(request: Request, container: ContainerDep) -> Response:
    """Show the owner the report with all that it was computed from."""
    frame = frame_of(request, container)
    said, page = _SAID.get(request.query_params.get("done", "")), request.query_params.get("page", "")
    return _page(frame, owner_of(frame), said=frame.t(said) if said else None, page=_number(page))


@router.post("/merchant/credit/share", dependencies=[LimitWrites, FromOurPage])
def share(request: Request, container: ContainerDep, recipient: Typed = "", days: Typed = "7") -> Response:
    """Consent that somebody reads the report, and show the link once."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    typed = {"recipient": recipient, "days": days}
    try:
        with writing(container.engine) as session:
            asked = int(days) if days.isdecimal() and len(days) < 3 else 0  # noqa: PLR2004 - two digits
            token = credit_consents.consent(session, frame.holder, recipient, asked, now=container.clock())
    except UsageError:
        form = Form("share", typed, {"recipient": frame.t("credit.bad_recipient", most=credit_consents.MOST)})
        return _page(frame, merchant, form=form, status=422)
    return _page(frame, merchant, said=frame.t("credit.done_shared"), link=f"{frame.root}/credit/{token}")


@router.post("/merchant/credit/withdraw", dependencies=[LimitWrites, FromOurPage])
def withdraw(request: Request, container: ContainerDep, consent: Typed = "") -> Response:
    """Withdraw a consent at once."""
    frame = frame_of(request, container)
    owner_of(frame)
    with writing(container.engine) as session:
        credit_consents.withdraw(session, frame.holder, consent[:40], now=container.clock())
    return RedirectResponse("/merchant/credit?done=withdrawn#share", 303)


@router.post("/merchant/credit/dispute", dependencies=[LimitWrites, FromOurPage])
def dispute_input(
    request: Request,
    container: ContainerDep,
    *,
    index: Typed = "",
    note: Typed = "",
    page: Typed = "",
    event: Typed = "",
) -> Response:
    """Ask a person to look at a payment or a bill."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    done = "disputed"
    try:
        with writing(container.engine) as session:
            own = [listing.id for listing in accounts.listings_of(session, merchant)]
            said, named = note.strip()[:LONGEST_NOTE], event_id_of(event)
            dispute(session, own, _place(index), note=said, now=container.clock(), event_id=named)
    except NotFound:
        done = "unknown"
    except Conflict:
        done = "waiting"
    return RedirectResponse(f"/merchant/credit?{_back_to(page)}done={done}#inputs", 303)


@router.post("/merchant/credit/take-back", dependencies=[LimitWrites, FromOurPage])
def take_back_input(request: Request, container: ContainerDep, index: Typed = "", page: Typed = "") -> Response:
    """Take back a payment or a bill that the merchant only stated."""
    frame = frame_of(request, container)
    merchant, now = owner_of(frame), container.clock()
    done = "taken_back"
    try:
        with writing(container.engine) as session:
            own = [listing.id for listing in accounts.listings_of(session, merchant)]
            taken_by = frame.holder.credential or merchant
            take_back(session, own, _place(index), taken_by=taken_by[:_LONGEST_NAME], now=now)
            accounts.note(session, merchant, accounts.Action.BILLS, by=frame.holder, subject=f"✕ {index}", now=now)
    except NotFound:
        done = "unknown"
    except Conflict:
        pass  # twice is once
    return RedirectResponse(f"/merchant/credit?{_back_to(page)}done={done}#inputs", 303)


@router.post("/merchant/credit/bill", dependencies=[LimitWrites, FromOurPage])
def say_bill(
    request: Request,
    container: ContainerDep,
    *,
    listing: Typed = "",
    service: Typed = "",
    due: Typed = "",
    paid: Typed = "",
    amount: Typed = "",
) -> Response:
    """Record a bill by the merchant's word, or say at each field what is wrong."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    typed = {"listing": listing, "service": service, "due": due, "paid": paid, "amount": amount}
    read = read_bill(frame, typed)
    if not isinstance(read, Bill):
        return _page(frame, merchant, bill=Form("bill", typed, read), status=422)
    now, tz = container.clock(), container.settings.tz
    with writing(container.engine) as session:
        place = chosen_of(accounts.listings_of(session, merchant), listing)
        receipt = state_bill(session, place.id, read, now=now, tz=tz)
        if receipt.status is Status.RECORDED:
            subject = f"{place.name}: {read.service}, {read.paid}"
            accounts.note(session, merchant, accounts.Action.BILLS, by=frame.holder, subject=subject, now=now)
    done = "stated" if receipt.status is Status.RECORDED else "stated_already"
    return RedirectResponse(f"/merchant/credit?done={done}#inputs", 303)


@router.get("/credit/{token}")
def read_by_link(token: str, request: Request, container: ContainerDep) -> Response:
    """Show a recipient the report that the merchant let them read; it is noted for the owner.

    Raises:
        NotFound: The link is unknown, over or withdrawn.
    """
    frame = frame_of(request, container)
    with writing(container.engine) as session:
        given = credit_consents.opened(session, token[:100], now=container.clock())
        merchant, recipient, until = given.merchant_id, given.recipient, given.expires_at
    with reading(container.engine) as session:
        report = merchant_report(container, session, merchant)
        own = accounts.listings_of(session, merchant)
    response = render(
        frame,
        "credit_shared.html",
        names=[name_of(frame, listing) for listing in own],
        recipient=recipient,
        until=moment(frame, until),
        **_shown(frame, report),
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _number(page: str) -> int:
    return int(page) if page.isascii() and page.isdecimal() and len(page) < _LONGEST_PAGE else 1


def _back_to(page: str) -> str:
    """Return the part of an address that keeps the page of the list on which something was done."""
    return f"page={number}&" if (number := _number(page)) > 1 else ""


def _place(index: str) -> int:
    """Return a place in the log as it was sent; one that there cannot be for anything else."""
    return int(index) if index.isdecimal() and len(index) <= 15 else -1  # noqa: PLR2004 - below 2**53


def _page(
    frame: Frame,
    merchant: str,
    *,
    said: str | None = None,
    link: str | None = None,
    form: Form | None = None,
    bill: Form | None = None,
    page: int = 1,
    status: int = 200,
) -> Response:
    container = frame.container
    with reading(container.engine) as session:
        report = merchant_report(container, session, merchant)
        consents = credit_consents.consents_of(session, merchant, now=container.clock())
        keys = key_lines(frame, session, merchant)
    # A page that there is none of is the nearest one.
    page = max(1, min(page, -(-len(report.inputs) // MOST_INPUTS)))
    newest_first = report.inputs[::-1]
    shown = newest_first[(page - 1) * MOST_INPUTS : page * MOST_INPUTS]
    return render(
        frame,
        "credit.html",
        status=status,
        said=said,
        link=link,
        form=form or Form("share", {"days": "7"}),
        raises=[one.text.of(frame.language) for one in report.raises],
        inputs=[line_of(frame, one) for one in shown],
        bill=bill or Form("bill"),
        places=places_of(frame),
        services=services(frame),
        page=page,
        newer=page - 1 if page > 1 else None,
        older=page + 1 if page * MOST_INPUTS < len(report.inputs) else None,
        months=_months(frame, report),
        doubtful=report.doubtful,
        keys=keys,
        consents=[
            {
                "id": one.id,
                "name": one.recipient,
                "until": frame.t("credit.until", at=moment(frame, one.expires_at)),
            }
            for one in consents
        ],
        **_shown(frame, report),
    )


def _shown(frame: Frame, report: CreditReport) -> dict[str, Any]:
    """Return what the owner and a recipient are both shown: score, reasons and terms."""
    language = frame.language
    return {
        "score": report.score,
        "base": report.base,
        "highest": report.highest,
        "lead": NOT_A_VERDICT.of(language),
        "made_up": report.made_up,
        "reasons": [reason.of(language) for reason in report.reasons],
        "formula": frame.t(
            "credit.formula", version=report.version, at=moment(frame, report.as_of), sha=report.sha256[:12]
        ),
        "terms": [
            {
                "id": term.id,
                "label": term.label.of(language),
                "value": term.shown,
                "unit": "" if term.shown.endswith(("%", "–")) else term.unit.of(language),
                "points": term.points,
                "cap": term.cap,
                "definition": term.definition.of(language),
                "evidence": frame.t("credit.evidence", n=term.evidence.events),
            }
            for term in report.terms
        ],
    }


def _months(frame: Frame, report: CreditReport) -> Table:
    t = frame.t
    heads = ("month", "visits", "takings", "on_time", "stated_takings", "stated_bills")
    rows = [
        [
            # A hyphen that does not break: a telephone would put one figure on each line.
            f"{month.first:%Y}\N{NON-BREAKING HYPHEN}{month.first:%m}",
            *(
                Link(month_path(figure, month.first), shown) if there else shown
                for figure, shown, there in (
                    (MonthFigure.VISITS, f"{month.weight:,.1f}".removesuffix(".0"), month.visits),
                    (MonthFigure.TAKINGS, f"{month.amount / 100:,.0f}", month.payments),
                    (MonthFigure.ON_TIME, f"{month.bills_on_time}/{month.bills}", month.bills),
                    (MonthFigure.STATED_TAKINGS, f"{month.stated_amount / 100:,.0f}", month.stated_payments),
                    (MonthFigure.STATED_BILLS, str(month.stated_bills), month.stated_bills),
                )
            ),
        ]
        for month in reversed(report.months)
        if month.visits or month.bills or month.payments or month.stated_bills or month.stated_payments
    ]
    return Table([t(f"credit.head_{head}") for head in heads], rows)
