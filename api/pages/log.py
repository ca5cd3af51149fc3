"""The log that anyone can check, for readers: what was signed last, when, and who cosigned it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import ContainerDep
from api.pages.figures import Table
from api.pages.page import Frame, frame_of, render
from api.pages.route import PageRoute
from index.database import reading
from ledger.log.checkpoints import Signed, refresh
from ledger.log.cosigning import (
    Cosignature,
    NamedWitness,
    cosignatures,
    last_seen,
    newest_cosigned,
    with_cosignatures,
    witnesses,
)
from ledger.log.signing import KEY_FILE, load_key
from ledger.periods import moment

router = APIRouter(route_class=PageRoute)


@router.get("/ledger")
def ledger_page(request: Request, container: ContainerDep) -> Response:
    """Show the newest signed checkpoint, and what each witness saw last."""
    frame = frame_of(request, container)
    key = load_key(container.settings.data / KEY_FILE)
    signed = refresh(container.engine, key, now=container.clock())
    with reading(container.engine) as session:
        named, seen, cosigned = witnesses(session), last_seen(session), newest_cosigned(session)
        own = cosignatures(session, signed.checkpoint.size)
        theirs = cosignatures(session, cosigned.checkpoint.size) if cosigned is not None else []
    size = signed.checkpoint.size
    at = _at(moment(signed.made_at_ms, container.settings.tz))
    older = cosigned if cosigned is not None and cosigned.checkpoint.size != size else None
    return render(
        frame,
        "ledger.html",
        newest=frame.t("log.newest_lead", at=at, n=f"{size:,}") if size else frame.t("log.nothing_yet"),
        key=str(key.public),
        note=with_cosignatures(signed, own),
        cosigned=_older(frame, older, theirs),
        table=_table(frame, named, seen, size) if named else None,
        witness_keys=[str(one.key) for one in named],
        address=frame.root,
    )


def _older(frame: Frame, signed: Signed | None, found: Sequence[Cosignature]) -> Mapping[str, str] | None:
    """Return the newest note that witnesses cosigned, where it is not the newest of all."""
    if signed is None:
        return None
    title = frame.t("log.cosigned", n=f"{signed.checkpoint.size:,}")
    return {"title": title, "note": with_cosignatures(signed, found)}


def _table(frame: Frame, named: Sequence[NamedWitness], seen: Mapping[str, Cosignature], size: int) -> Table:
    heads = [frame.t(f"log.{head}") for head in ("who", "name", "size", "behind", "at")]
    return Table(heads, [_row(frame, one, seen.get(one.key.name), size) for one in named])


def _row(frame: Frame, witness: NamedWitness, last: Cosignature | None, size: int) -> list[str]:
    if last is None:
        return [witness.label, witness.key.name, frame.t("log.not_yet"), "–", "–"]
    at = _at(last.at.astimezone(frame.container.settings.tz))
    return [witness.label, witness.key.name, f"{last.size:,}", f"{max(0, size - last.size):,}", at]


def _at(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"
