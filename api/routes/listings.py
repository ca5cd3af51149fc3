"""Listings: one, its neighbours, the way there, all of them page by page, and the claim that one is mine."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, or_, select

from api import accounts
from api.auth import Caller, ContainerDep, LimitWrites
from api.cursors import open_cursor, seal_cursor
from api.directions import DirectionLinks, directions
from api.errors import BadCursor
from api.languages import language_of_request
from api.problems import responses
from api.replies import ListingBrief, ListingFull, ResultBrief
from index.database import reading, writing
from index.errors import NotFound
from index.listing import Category, Listing
from index.settings import Language

router = APIRouter(prefix="/v1", tags=["listings"])

# A source's ids may hold slashes (`node/123`), hence paths.
ListingId = Annotated[str, Path(min_length=1, max_length=401, examples=["anji-hello-kitty-park"])]
Lang = Annotated[Language | None, Query(description="Language of the reply; `Accept-Language` otherwise.")]


class ListingPage(BaseModel):
    """One page of listings, by id."""

    listings: list[ListingBrief]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Neighbours(BaseModel):
    """Listings beside one."""

    results: list[ResultBrief]


class ClaimRequest(BaseModel):
    """Who says that a listing is theirs, and how they are reached."""

    name: str = Field(min_length=1, max_length=200, examples=["王小竹"])
    contact: str = Field(min_length=3, max_length=200, examples=["0572-5550123"])
    note: str = Field("", max_length=2000)


class ClaimMade(BaseModel):
    """A claim that a person will decide."""

    id: str = Field(examples=["c_5d9f2c31ab7e0011"])
    listing_id: str
    status: str = Field(examples=["pending"])


@router.get("/listings", summary="Browse all open listings", responses=responses(400, 422))
def browse(
    container: ContainerDep,
    area: Annotated[str | None, Query(max_length=100, description="District or township, in either language.")] = None,
    category: Category | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: str | None = None,
) -> ListingPage:
    """Return listings in the order of their ids. What is added meanwhile makes no page repeat or leave out another."""
    identity = [area, category]
    query = select(Listing).where(col(Listing.closed).is_(False)).order_by(col(Listing.id)).limit(limit + 1)
    if area is not None:
        query = query.where(or_(col(Listing.area) == area, col(Listing.area_en) == area))
    if category is not None:
        query = query.where(col(Listing.category) == category)
    if cursor is not None:
        query = query.where(col(Listing.id) > _after(identity, cursor))
    with reading(container.engine) as session:
        found = list(session.exec(query))
    local = container.clock().astimezone(container.settings.tz)
    page = found[:limit]
    return ListingPage(
        listings=[ListingBrief.of(listing, local) for listing in page],
        next=seal_cursor(identity, {"a": page[-1].id}) if len(found) > limit else None,
    )


@router.get(
    "/listings/{listing_id:path}/similar", summary="Places of the same kind", responses=responses(404, 422, 503)
)
def similar(
    listing_id: ListingId,
    request: Request,
    container: ContainerDep,
    lang: Lang = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> Neighbours:
    """Return the listings that are most like one."""
    language = lang or language_of_request(request)
    _ensure(container, listing_id)
    found = container.finder().similar(listing_id, language, limit=limit, hidden=container.hidden_ids())
    local = container.clock().astimezone(container.settings.tz)
    return Neighbours(results=[ResultBrief.of_result(result, local) for result in found])


@router.get("/listings/{listing_id:path}/nearby", summary="What is near", responses=responses(404, 422, 503))
def nearby(
    listing_id: ListingId,
    request: Request,
    container: ContainerDep,
    lang: Lang = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 6,
) -> Neighbours:
    """Return what is near a listing, nearest first; empty where its coordinates are not known."""
    language = lang or language_of_request(request)
    _ensure(container, listing_id)
    found = container.finder().nearby(listing_id, language, limit=limit, hidden=container.hidden_ids())
    local = container.clock().astimezone(container.settings.tz)
    return Neighbours(results=[ResultBrief.of_result(result, local) for result in found])


@router.get("/listings/{listing_id:path}/directions", summary="The way there", responses=responses(404, 422))
def ask_the_way(listing_id: ListingId, request: Request, container: ContainerDep, lang: Lang = None) -> DirectionLinks:
    """Return links for map applications, in their own coordinates; none where ours are only approximate."""
    listing = _ensure(container, listing_id)
    return directions(listing, container.settings, lang or language_of_request(request))


@router.post(
    "/listings/{listing_id:path}/claims",
    status_code=201,
    summary="Claim a listing",
    dependencies=[LimitWrites],
    responses=responses(404, 409, 422, 429),
)
def claim(listing_id: ListingId, claim_request: ClaimRequest, container: ContainerDep, holder: Caller) -> ClaimMade:
    """Say that a listing is yours. A person looks at it; a merchant who is logged in asks for another listing."""
    with writing(container.engine) as session:
        made = accounts.claim_listing(
            session,
            listing_id,
            name=claim_request.name,
            contact=claim_request.contact,
            note=claim_request.note,
            merchant=holder.merchant,
            now=container.clock(),
        )
        return ClaimMade(id=made.id, listing_id=made.listing_id, status=made.status)


@router.get(
    "/listings/{listing_id:path}",
    summary="All that is known of a listing",
    response_model=ListingFull,
    responses={304: {"description": "Not changed since the ETag that was sent."}, **responses(404, 422)},
)
def listing_by_id(listing_id: ListingId, request: Request, container: ContainerDep, lang: Lang = None) -> Response:
    """Return a listing, also when it is closed, with its words in the language of the reply under `display`."""
    language = lang or language_of_request(request)
    listing = _ensure(container, listing_id)
    local = container.clock().astimezone(container.settings.tz)
    body = ListingFull.of_listing(listing, local, language).model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=0, must-revalidate",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _ensure(container: ContainerDep, listing_id: str) -> Listing:
    with reading(container.engine) as session:
        return stored_listing(session, listing_id)


def stored_listing(session: Session, listing_id: str) -> Listing:
    """Return a listing.

    Raises:
        NotFound: There is none with this id.
    """
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise NotFound("listing", listing_id)
    return listing


def _after(identity: object, cursor: str) -> str:
    after = open_cursor(identity, cursor).get("a")
    if not isinstance(after, str):
        raise BadCursor
    return after


def _matches(header: str, etag: str) -> bool:
    """Whether `If-None-Match` names this tag, by weak comparison (RFC 9110, 13.1.2)."""
    return header.strip() == "*" or any(part.strip().removeprefix("W/") == etag for part in header.split(","))
