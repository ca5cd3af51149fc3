"""Why a listing is not among the answers to a question, and what would change that."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import ContainerDep
from api.explaining import WhyNotParams, WhyNotReply, explain
from api.languages import language_of_request
from api.problems import responses
from recommender.detect import language_of

router = APIRouter(prefix="/v1", tags=["search"])


@router.get("/search/why-not", summary="Why a place is not found", responses=responses(404, 422, 503))
def why_not(
    params: Annotated[WhyNotParams, Query()], request: Request, response: Response, container: ContainerDep
) -> WhyNotReply:
    """Return the terms of a listing's score for a question, the limits that it misses, and the least change to it.

    For a listing that is among the answers `rank` says where. Nothing is recorded.
    """
    if params.lang is None:
        params.lang = language_of(params.q) or language_of_request(request)
    response.headers["Content-Language"] = params.lang
    response.headers["Cache-Control"] = "no-store"
    return explain(container, params)
