"""The credit report as pages: the owner's, with every input, and what a recipient reads by the owner's link."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts, credit_consents
from api.auth import ContainerDep, LimitWrites
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of
from api.pages.figures import Table
from api.pages.merchants import name_of
from api.pages.my_account import moment
from api.pages.page import Form, Frame, frame_of, render
from api.pages.route import PageRoute
from api.routes.credit import merchant_report
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from ledger.credit_inputs import Input
from ledger.credit_report import CreditReport
from ledger.credit_texts import NOT_A_VERDICT
from ledger.disputes import dispute
from ledger.events import Attester

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
#: Payments and bills on the page, newest first.
MOST_INPUTS = 40
LONGEST_NOTE = 1_000
_SAID = {
    "disputed": "credit.done_disputed",
    "waiting": "credit.done_waiting",
    "unknown": "credit.done_unknown",
    "withdrawn": "credit.done_withdrawn",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One payment or bill. `can_dispute`: the owner may ask for a person."""

    index: int
    what: str
    detail: str
    said: str
    can_dispute: bool


@router.get("/merchant/credit")
def credit_page(request: Request, container: ContainerDep) -> Response:
    """Show the owner the report with all that it was computed from."""
    frame = frame_of(request, container)
    said = _SAID.get(request.query_params.get("done", ""))
    return _page(frame, owner_of(frame), said=frame.t(said) if said else None)


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
def dispute_input(request: Request, container: ContainerDep, index: Typed = "", note: Typed = "") -> Response:
    """Ask a person to look at a payment or a bill."""
    frame = frame_of(request, container)
    merchant = owner_of(frame)
    done = "disputed"
    try:
        place = int(index) if index.isdecimal() and len(index) <= 15 else -1  # noqa: PLR2004 - below 2**53
        with writing(container.engine) as session:
            own = [listing.id for listing in accounts.listings_of(session, merchant)]
            dispute(session, own, place, note=note.strip()[:LONGEST_NOTE], now=container.clock())
    except NotFound:
        done = "unknown"
    except Conflict:
        done = "waiting"
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


def _page(
    frame: Frame,
    merchant: str,
    *,
    said: str | None = None,
    link: str | None = None,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    container = frame.container
    with reading(container.engine) as session:
        report = merchant_report(container, session, merchant)
        consents = credit_consents.consents_of(session, merchant, now=container.clock())
    newest = report.inputs[: -MOST_INPUTS - 1 : -1]
    return render(
        frame,
        "credit.html",
        status=status,
        said=said,
        link=link,
        form=form or Form("share", {"days": "7"}),
        raises=[one.text.of(frame.language) for one in report.raises],
        inputs=[_line(frame, one) for one in newest],
        more=len(report.inputs) - len(newest),
        months=_months(frame, report),
        doubtful=report.doubtful,
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


def _line(frame: Frame, one: Input) -> Line:
    t = frame.t
    if one.kind == "bill_paid":
        what = t("credit.bill", service=t(f"credit.service_{one.service}"))
        state = t("credit.on_time" if one.on_time else "credit.late")
    else:
        what, state = t("credit.payment"), f"{one.amount / 100:,.2f} {one.currency}"
    by = t("credit.attested", issuer=one.issuer) if one.attested_by is Attester.ISSUER else t("credit.stated")
    waiting = one.dispute is not None and one.dispute.counts is None
    answers = {None: "credit.waiting", True: "credit.decided_counts", False: "credit.decided_stays"}
    return Line(
        index=one.index,
        what=what,
        detail=f"{moment(frame, one.at)} · {state} · {by}",
        said=t(answers[one.dispute.counts]) if one.dispute is not None else "",
        can_dispute=not waiting and one.attested_by is Attester.ISSUER,
    )


def _months(frame: Frame, report: CreditReport) -> Table:
    t = frame.t
    heads = ("month", "visits", "takings", "on_time", "stated_takings", "stated_bills")
    rows = [
        [
            # A hyphen that does not break: a telephone would put one figure on each line.
            f"{month.first:%Y}\N{NON-BREAKING HYPHEN}{month.first:%m}",
            f"{month.weight:,.1f}".removesuffix(".0"),
            f"{month.amount / 100:,.0f}",
            f"{month.bills_on_time}/{month.bills}",
            f"{month.stated_amount / 100:,.0f}",
            str(month.stated_bills),
        ]
        for month in reversed(report.months)
        if month.visits or month.bills or month.payments or month.stated_bills or month.stated_payments
    ]
    return Table([t(f"credit.head_{head}") for head in heads], rows)
