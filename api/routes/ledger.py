"""The log that anyone can check: checkpoints and tiles as C2SP tlog-tiles lays them out, and proofs as JSON.

Nothing personal is in it: tiles and entries are hashes and salted commitments.
"""

from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.responses import PlainTextResponse, Response

from api.auth import ContainerDep, LimitWrites
from api.container import Container
from api.problems import responses
from api.visitors import known_visitor
from index.database import reading, writing
from index.errors import NotFound
from ledger.log.checkpoints import consistency, inclusion, newest, refresh
from ledger.log.cosigning import (
    LONGEST_NOTE,
    OtherHistory,
    cosignatures,
    newest_cosigned,
    take_cosignatures,
    with_cosignatures,
)
from ledger.log.layout import read_tile_path
from ledger.log.signing import KEY_FILE, SigningKey, load_key
from ledger.log.tiles import WIDTH, TileReader, commitments

_log = structlog.get_logger(__name__)

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

#: Levels that the largest log can have.
_HIGHEST_LEVEL = 7
_BINARY = "application/octet-stream"
_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOTE = """baicha-5d9f2c31ab7e
3
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

— baicha-5d9f2c31ab7e x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
_COSIGNED = f"{_NOTE}— witness-1f0c2b7a9d31 2Zt9bwAAAABnQx0A…\n"
_NO_CACHE = {"Cache-Control": "no-cache"}
_KEY = "baicha-5d9f2c31ab7e+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
_HASH = "b47cc0f104b62d4c7c30bcd68fd8e67613e287dc4ad8c310ef10cbadea9c4380"

TilePath = Annotated[
    str,
    Path(
        description="The tile's number in groups of three digits, all but the last with an x; `.p/W` if partial.",
        examples=["000", "x001/234", "000.p/17"],
        pattern=r"^(x[0-9]{3}/){0,4}[0-9]{3}(\.p/[1-9][0-9]{0,2})?$",
    ),
]


class InclusionReply(BaseModel):
    """Proof that an event is in the log. Hashes are in hex; the path goes from the leaf to the root."""

    index: int = Field(examples=[2])
    size: int = Field(description="Entries under the checkpoint.", examples=[3])
    commitment: str = Field(description="SHA-256 over salt and event; the leaf is SHA-256 over 0x00 and it.")
    path: list[str] = Field(examples=[[_HASH]])
    checkpoint: str = Field(description="The signed checkpoint whose root the path leads to.", examples=[_NOTE])
    salt: str | None = Field(None, description="For the browser of the event's own visitor only.")
    event: str | None = Field(None, description="The event as it was committed to; for its own visitor only.")


class ConsistencyReply(BaseModel):
    """Proof that the log of `new` entries begins with that of `old`. Hashes are in hex."""

    old: int = Field(examples=[1])
    new: int = Field(examples=[3])
    path: list[str] = Field(examples=[[_HASH]])


@router.get(
    "/checkpoint",
    summary="The newest signed checkpoint",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": _NOTE}}}, **responses(409, 503)},
)
def checkpoint(container: ContainerDep) -> Response:
    """Return the log's size and root, signed, with what was cosigned of it: at most a minute older than the log."""
    signed = refresh(container.engine, _key(container), now=container.clock())
    with reading(container.engine) as session:
        note = with_cosignatures(signed, cosignatures(session, signed.checkpoint.size))
    return PlainTextResponse(note, headers=_NO_CACHE)


@router.get(
    "/checkpoint/cosigned",
    summary="The newest checkpoint that a witness cosigned",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": _COSIGNED}}}, **responses(404, 503)},
)
def cosigned_checkpoint(container: ContainerDep) -> Response:
    """Return it with the witnesses' signatures (C2SP tlog-cosignature); one of the operator's own proves nothing."""
    with reading(container.engine) as session:
        signed = newest_cosigned(session)
        if signed is None:
            raise NotFound("checkpoint", "cosigned")
        note = with_cosignatures(signed, cosignatures(session, signed.checkpoint.size))
    return PlainTextResponse(note, headers=_NO_CACHE)


@router.post(
    "/cosignatures",
    status_code=204,
    summary="Send a cosigned checkpoint back",
    dependencies=[LimitWrites],
    responses=responses(400, 409, 422, 429, 503),
)
def take(
    note: Annotated[
        str, Body(media_type="text/plain", max_length=LONGEST_NOTE, examples=[_COSIGNED], description="The whole note.")
    ],
    container: ContainerDep,
) -> None:
    """Keep a witness's cosignature, which is its own proof: no key is needed, and only named witnesses' are kept."""
    key = _key(container).public
    try:
        with writing(container.engine) as session:
            take_cosignatures(session, note, key, now=container.clock())
    except OtherHistory as exc:
        # Whoever runs the service has to hear of it, and the evidence must not be lost with the request.
        _log.exception("another history was signed", note=exc.note)
        raise


@router.get(
    "/key",
    summary="The key that signs checkpoints",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": _KEY}}}, **responses(503)},
)
def key(container: ContainerDep) -> Response:
    """Return the public key. Who wants to check the log takes it from somewhere that the operator cannot change."""
    return PlainTextResponse(str(_key(container).public))


@router.get(
    "/tile/entries/{path:path}",
    summary="Commitments of 256 entries",
    response_class=Response,
    responses={200: {"content": {_BINARY: {}}}, **responses(404, 422)},
)
def entries(path: TilePath, container: ContainerDep) -> Response:
    """Return the commitments of a tile's entries, each after its length of two bytes."""
    with reading(container.engine) as session:
        number, width, _ = _asked(session, 0, path)
        found = commitments(session.connection(), number * WIDTH, number * WIDTH + width)
        body = b"".join(len(one).to_bytes(2, "big") + one for one in found)
    return Response(body, media_type=_BINARY, headers=_IMMUTABLE)


@router.get(
    "/tile/{level}/{path:path}",
    summary="256 hashes of the tree",
    response_class=Response,
    responses={200: {"content": {_BINARY: {}}}, **responses(404, 422)},
)
def tile(level: Annotated[int, Path(ge=0, le=_HIGHEST_LEVEL)], path: TilePath, container: ContainerDep) -> Response:
    """Return a tile of the tree: up to 256 hashes of 32 bytes, under the newest checkpoint."""
    with reading(container.engine) as session:
        number, width, size = _asked(session, level, path)
        hashes = TileReader(session.connection(), size).tile(level, number)[:width]
    return Response(b"".join(hashes), media_type=_BINARY, headers=_IMMUTABLE)


@router.get("/inclusion/{event_id}", summary="Proof that an event is in the log", responses=responses(400, 404, 422))
def prove_inclusion(
    event_id: Annotated[str, Path(min_length=1, max_length=64, examples=["b7Jq0p2mS1yR4kXc"])],
    request: Request,
    container: ContainerDep,
) -> InclusionReply:
    """Prove that an event is under a signed checkpoint. What it says is shown to its own visitor's browser only."""
    visitor = known_visitor(request, container)
    refresh(container.engine, _key(container), now=container.clock())
    with reading(container.engine) as session:
        found = inclusion(session, event_id)
    own = visitor is not None and visitor.id == found.visitor
    return InclusionReply(
        index=found.index,
        size=found.signed.checkpoint.size,
        commitment=found.commitment.hex(),
        path=[step.hex() for step in found.path],
        checkpoint=found.signed.note,
        salt=found.salt.hex() if own else None,
        event=found.event if own else None,
    )


@router.get("/consistency", summary="Proof that the log only grew", responses=responses(400, 422))
def prove_consistency(
    container: ContainerDep,
    old: Annotated[int, Query(ge=0, lt=2**53, examples=[1])],
    new: Annotated[int, Query(ge=0, lt=2**53, examples=[3])],
) -> ConsistencyReply:
    """Prove that the log of `new` entries begins with that of `old`; both at most the newest checkpoint's size."""
    with reading(container.engine) as session:
        path = consistency(session, old, new)
    return ConsistencyReply(old=old, new=new, path=[step.hex() for step in path])


def _key(container: Container) -> SigningKey:
    return load_key(container.settings.data / KEY_FILE)


def _asked(session: Session, level: int, path: str) -> tuple[int, int, int]:
    """Return the number and width of a tile that a path names, and the size of the log that has it."""
    asked, signed = read_tile_path(path), newest(session)
    size = signed.checkpoint.size if signed is not None else 0
    there = (size >> (8 * level)) - asked[0] * WIDTH if asked is not None else 0
    if asked is None or not 0 < asked[1] <= there:
        raise NotFound("tile", f"{level}/{path}")
    return (*asked, size)
