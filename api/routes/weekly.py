"""Ending the weekly letter by one click of a mail program (RFC 8058), which has neither a cookie nor a page of ours."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.auth import ContainerDep, LimitWrites
from api.problems import responses
from api.weekly import login_of_token, unsubscribe
from index.database import writing

router = APIRouter(prefix="/v1/weekly", tags=["merchants"])


@router.post(
    "/{token}",
    summary="End a weekly letter",
    status_code=204,
    dependencies=[LimitWrites],
    responses=responses(404, 422, 429),
)
def end_letter(token: str, container: ContainerDep) -> Response:
    """End it; the link in the letter is all that is needed."""
    login = login_of_token(container.secret, token)
    with writing(container.engine) as session:
        unsubscribe(session, login)
    return Response(status_code=204)


@router.get("/{token}", summary="Ask whether to end a weekly letter", status_code=303, responses=responses(404, 422))
def ask(token: str, container: ContainerDep) -> Response:
    """Lead a mail program without one-click to the page: a link that is only looked at must end nothing."""
    login_of_token(container.secret, token)
    return RedirectResponse(f"/weekly/{token}", 303)
