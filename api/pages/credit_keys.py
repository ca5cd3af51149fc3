"""The switch on the credit page: which of the owner's keys read credit over HTTP. None does before they say so."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from api import credit_consents
from api.auth import ContainerDep, LimitWrites
from api.pages.csrf import FromOurPage
from api.pages.entrance import owner_of
from api.pages.my_account import moment
from api.pages.page import Frame, frame_of
from api.pages.route import PageRoute
from index.database import writing

router = APIRouter(route_class=PageRoute)

Typed = Annotated[str, FormField()]
_LONGEST_PREFIX = 16


@router.post("/merchant/credit/key", dependencies=[LimitWrites, FromOurPage])
def let_key(request: Request, container: ContainerDep, key: Typed = "", read: Typed = "") -> Response:
    """Let a key of the owner's read credit, or stop it at once.

    Raises:
        NotFound: The owner has no such key in force.
    """
    frame = frame_of(request, container)
    owner_of(frame)
    with writing(container.engine) as session:
        prefix, now = key[:_LONGEST_PREFIX], container.clock()
        credit_consents.let_key(session, frame.holder, prefix, read=read == "yes", now=now)
    return RedirectResponse("/merchant/credit#keys", 303)


def key_lines(frame: Frame, session: Session, merchant: str) -> list[dict[str, Any]]:
    """Return the owner's keys that are in force, newest first, as the page shows them."""
    return [
        {
            "prefix": key.prefix,
            "label": key.label,
            "reads": key.credit_since is not None,
            "said": frame.t("credit.key_reads", at=moment(frame, key.credit_since))
            if key.credit_since is not None
            else frame.t("credit.key_reads_not"),
            "made": frame.t("credit.key_made", at=moment(frame, key.made_at)),
        }
        for key in credit_consents.keys_of(session, merchant)
    ]
