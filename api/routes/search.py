"""Search: a tourist's words to a page of results."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import ContainerDep
from api.languages import language_of_request
from api.problems import responses
from api.searching import SearchPage, SearchParams, search
from api.visitors import known_visitor
from recommender.detect import language_of

router = APIRouter(prefix="/v1", tags=["search"])

_EXAMPLES = {
    "bamboo chicken": {"value": "余村附近吃竹林鸡，人均80以下"},
    "quiet guesthouse": {"value": "a quiet guesthouse among tea gardens with parking"},
}


@router.get("/search", summary="Find places for a tourist's words", responses=responses(400, 422, 503))
def search_listings(
    params: Annotated[SearchParams, Query()], request: Request, response: Response, container: ContainerDep
) -> SearchPage:
    """Answer with the listings that fit best, each with the terms of its score and reasons in words.

    Limits that were read from the words are in `understood`, and can be left out by `without`. Where nothing satisfies
    all of them, some are relaxed, and `relaxed` says which. What is shown is recorded for a visitor who has an id.
    """
    if params.lang is None:
        # The question's own language is the asker's; the browser's is the next best guess.
        params.lang = language_of(params.q) or language_of_request(request)
    response.headers["Content-Language"] = params.lang
    response.headers["Cache-Control"] = "no-store"
    return search(container, params, known_visitor(request, container))
