"""Upload payments: a file of the till or of a payment app, told line by line what went in and what did not."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Request, UploadFile
from fastapi import Form as FormField
from starlette.responses import RedirectResponse, Response

from api import accounts
from api.auth import ContainerDep, LimitWrites
from api.pages.csrf import FromOurPage
from api.pages.merchants import chosen_of, name_of, own_listings
from api.pages.page import Form, Frame, frame_of, render
from api.pages.route import PageRoute
from index.database import reading, writing
from index.errors import UnreadableInput, UsageError
from index.listing import Listing
from index.report import ImportReport, Rejection
from ledger.payments import USUAL_NAMES, columns_of
from ledger.payments_import import import_statement, read_header, remembered_mapping

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
#: Largest file, bytes: a year of a busy restaurant's takings. It is sent once more when its columns must be named.
LARGEST_FILE = 1_000_000
#: Lines that a reply tells of; a file that is wrong throughout is wrong in one way.
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its name, and its text."""

    name: str
    text: str


@router.get("/merchant/payments")
def payments_page(request: Request, container: ContainerDep, listing: str = "") -> Response:
    """Show the form of one of the merchant's places, of the first when none is named."""
    frame = frame_of(request, container)
    own = own_listings(frame)
    if not own:
        return RedirectResponse("/merchant", 303)
    return _page(frame, own, chosen_of(own, listing), Form("pay"))


@router.post("/merchant/payments", dependencies=[LimitWrites, FromOurPage])
def upload(  # noqa: PLR0913 - a field of the form each
    request: Request,
    container: ContainerDep,
    *,
    file: UploadFile | None = None,
    listing: Typed = "",
    kept: Typed = "",
    kept_name: Typed = "",
    at: Typed = "",
    amount: Typed = "",
    reference: Typed = "",
) -> Response:
    """Import what can be, and say at each line why not; ask which column is which when it cannot be told."""
    frame = frame_of(request, container)
    own = own_listings(frame)
    chosen = chosen_of(own, listing)
    mapping = {need: name for need, name in (("at", at), ("amount", amount), ("reference", reference)) if name}
    try:
        sent = _sent(file, kept, kept_name)
        if sent is None:
            return _page(frame, own, chosen, Form("pay", {}, {"file": frame.t("pay.none")}), status=422)
        return _import(frame, own, chosen, sent, mapping)
    except UnreadableInput:
        return _page(frame, own, chosen, Form("pay", {}, {"file": frame.t("pay.unreadable")}), status=422)


def _import(
    frame: Frame, own: Sequence[Listing], chosen: Listing, sent: Upload, mapping: Mapping[str, str]
) -> Response:
    container = frame.container
    with reading(container.engine) as session:
        given = {**remembered_mapping(session, chosen.id), **mapping}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.csv"
        path.write_text(sent.text, encoding="utf-8")
        header = read_header(path, given)
        missing = _missing(header, given)
        if missing:
            return _page(frame, own, chosen, Form("pay", given), ask=_Asked(sent, header, missing), status=422)
        now = container.clock()
        report = import_statement(container.engine, path, chosen.id, mapping=given, now=now, tz=container.settings.tz)
    with writing(container.engine) as session:
        accounts.note(
            session,
            frame.holder.merchant or "",
            accounts.Action.PAYMENTS,
            by=frame.holder,
            subject=f"{chosen.name}: {sent.name}",
            now=now,
        )
    return _page(frame, own, chosen, Form("pay"), report=_told(frame, report))


@dataclass(frozen=True, slots=True)
class _Asked:
    sent: Upload
    header: Sequence[str]
    missing: Sequence[str]


def _missing(header: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """Return what no column was found for, as the first complaint of `columns_of` names it and those after."""
    missing = []
    for need in USUAL_NAMES:
        others = {other: header[0] for other in USUAL_NAMES if other != need} if header else {}
        try:
            columns_of(header, others | ({need: given[need]} if need in given else {}))
        except UsageError:
            missing.append(need)
    return missing


def _sent(file: UploadFile | None, kept: str, kept_name: str) -> Upload | None:
    """Return the file that was chosen, or the one that was sent before and came back with the form.

    Raises:
        UnreadableInput: It is too large, or no text.
    """
    if file is not None and file.filename:
        data = file.file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise UnreadableInput(f"a file has at most {LARGEST_FILE:,} bytes; split it")
        return Upload(PurePath(file.filename).name[:200], _text(data))
    return Upload(kept_name[:200], kept) if kept else None


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableInput("it is no text in UTF-8 or GB 18030; export it as CSV")


def _told(frame: Frame, report: ImportReport) -> dict[str, Any]:
    told = report.rejected[:MOST_TOLD]
    return {
        "tone": "bad" if not report.accepted else "" if report.rejected else "good",
        "summary": frame.t("pay.summary", new=report.inserted, known=report.unchanged, rejected=len(report.rejected)),
        "lines": [_line(frame, one) for one in told],
        "more": len(report.rejected) - len(told),
    }


def _line(frame: Frame, one: Rejection) -> str:
    # The reason quotes what stands in the line, which helps in either language.
    quoted = re.search(r"(['\"])(.*)\1", one.reason)
    said = frame.t(f"pay.fault_{one.fault}", quoted=f"“{quoted[2]}”" if quoted else "")
    return frame.t("pay.line", n=one.line, said=said)


def _page(
    frame: Frame,
    own: Sequence[Listing],
    chosen: Listing,
    form: Form,
    *,
    ask: _Asked | None = None,
    report: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    with reading(frame.container.engine) as session:
        remembered = remembered_mapping(session, chosen.id)
    names = {need: frame.t(f"pay.{need}") for need in USUAL_NAMES}
    return render(
        frame,
        "payments.html",
        status=status,
        form=form,
        places=[{"id": each.id, "name": name_of(frame, each), "here": each.id == chosen.id} for each in own],
        ask=ask,
        missing=frame.t("edit.between").join(names[need] for need in ask.missing) if ask is not None else "",
        names=names,
        report=report,
        remembered=[f"{names[need]} ← {name}" for need, name in remembered.items() if need in names],
        largest=f"{LARGEST_FILE // 1_000_000} MB",
    )
