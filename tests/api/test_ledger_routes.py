"""The log over HTTP: what anyone can fetch is enough to check it, and shows nothing of anybody."""

import hashlib
import json
from pathlib import Path

import httpx
import pytest

from api.operations.witnessing import ExportedLog, HttpLog, fetching, send_back
from index.database import reading, writing
from index.errors import StorageError, UnreadableInput, UsageError
from ledger.append import append
from ledger.log.checkpoints import FRESH
from ledger.log.cosigning import LONGEST_NOTE, name_witness
from ledger.log.exporting import export_lines
from ledger.log.signing import KEY_FILE, SigningKey, load_key
from ledger.log.witness import Seen, SplitView, cosign
from ledger.proof import commitment, leaf_hash
from ledger.proof.notes import COSIGNS, Checkpoint, Note, VerifierKey, read_checkpoint
from ledger.proof.tree import complete_root, proves_consistency, proves_inclusion
from tests.api.builders import GARDEN, Served, browser_with_visitor
from tests.ledger.builders import an_event, an_id

TEXT = {"Content-Type": "text/plain"}
WITNESS = SigningKey("witness.example", COSIGNS, bytes([1]) * 32)


def grown(served: Served, count: int) -> None:
    with writing(served.container.engine) as session:
        append(session, [an_event(listing=GARDEN) for _ in range(count)], now=served.clock(), trusted=True)


def checkpoint(served: Served) -> tuple[int, bytes]:
    key = VerifierKey.parse(served.client.get("/v1/ledger/key").text)
    found = read_checkpoint(served.client.get("/v1/ledger/checkpoint").text, key)
    return found.size, found.root


def test_a_checkpoint_is_signed_when_asked_for_and_at_most_once_a_minute(served: Served) -> None:
    assert checkpoint(served)[0] == 0
    grown(served, 3)
    assert checkpoint(served)[0] == 0
    served.clock.now += FRESH
    assert checkpoint(served)[0] == 3
    grown(served, 1)
    served.clock.now -= 10 * FRESH
    assert checkpoint(served)[0] == 4, "a clock set back does not keep the log from being signed"


def test_tiles_and_entries_agree_and_lead_to_the_root(served: Served) -> None:
    grown(served, 260)
    size, root = checkpoint(served)
    full, rest = served.client.get("/v1/ledger/tile/0/000"), served.client.get("/v1/ledger/tile/0/001.p/4")
    hashes = [body[at : at + 32] for body in (full.content, rest.content) for at in range(0, len(body), 32)]
    entries = served.client.get("/v1/ledger/tile/entries/001.p/4").content

    assert (size, len(hashes)) == (260, 260)
    assert [leaf_hash(entries[at + 2 : at + 34]) for at in range(0, len(entries), 34)] == hashes[256:]
    assert {entries[at : at + 2] for at in range(0, len(entries), 34)} == {b"\x00\x20"}
    left, right = complete_root(hashes[:256]), complete_root(hashes[256:])
    assert hashlib.sha256(b"\x01" + left + right).digest() == root
    assert served.client.get("/v1/ledger/tile/1/000.p/1").content == left
    assert "immutable" in full.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["0/001.p/5", "0/001", "0/002", "1/000", "1/000.p/2", "0/000.p/256", "entries/001", "entries/x000/000"]
)
def test_a_tile_that_is_not_there_is_not_found(served: Served, path: str) -> None:
    grown(served, 260)
    checkpoint(served)
    assert served.client.get(f"/v1/ledger/tile/{path}").status_code == 404


@pytest.mark.parametrize("path", ["8/000", "-1/000", "0/abc", "0/", "entries/0", "0/x/000"])
def test_a_path_that_no_tile_has_is_refused(served: Served, path: str) -> None:
    assert served.client.get(f"/v1/ledger/tile/{path}").status_code == 422


def test_what_one_did_is_proved_to_be_in_the_log_and_shown_to_oneself_only(served: Served) -> None:
    browser, visitor = browser_with_visitor(served)
    event = {"id": an_id("mine"), "at": served.clock().isoformat(), "listing": GARDEN, "payload": {"kind": "call"}}
    browser.post("/v1/events", json={"events": [event]})
    proof = browser.get(f"/v1/ledger/inclusion/{event['id']}").json()
    key = VerifierKey.parse(served.client.get("/v1/ledger/key").text)
    root = read_checkpoint(proof["checkpoint"], key).root
    leaf = leaf_hash(bytes.fromhex(proof["commitment"]))

    assert proves_inclusion(leaf, proof["index"], proof["size"], [bytes.fromhex(step) for step in proof["path"]], root)
    assert commitment(bytes.fromhex(proof["salt"]), proof["event"]).hex() == proof["commitment"]
    assert json.loads(proof["event"])["visitor"] == visitor
    others = served.browser().get(f"/v1/ledger/inclusion/{event['id']}")
    assert others.json() == proof | {"salt": None, "event": None}
    assert visitor not in others.text


def test_an_event_that_is_unknown_has_no_proof(served: Served) -> None:
    assert served.client.get("/v1/ledger/inclusion/unknown-event").status_code == 404


def test_that_the_log_only_grew_is_proved_between_any_two_sizes(served: Served) -> None:
    grown(served, 10)
    old = checkpoint(served)
    grown(served, 300)
    served.clock.now += FRESH
    new = checkpoint(served)
    reply = served.client.get("/v1/ledger/consistency", params={"old": old[0], "new": new[0]})

    assert proves_consistency(*old, *new, [bytes.fromhex(step) for step in reply.json()["path"]])
    assert served.client.get("/v1/ledger/consistency", params={"old": 5, "new": 311}).status_code == 400
    assert served.client.get("/v1/ledger/consistency", params={"old": 6, "new": 5}).status_code == 400
    assert served.client.get("/v1/ledger/consistency", params={"old": -1, "new": 5}).status_code == 422


def test_a_witness_follows_the_log_over_http_and_from_an_export_and_finds_a_second_history(
    served: Served, tmp_path: Path
) -> None:
    key = load_key(served.container.settings.data / KEY_FILE)
    log = HttpLog(lambda address: served.client.get(address).content, "/v1/ledger/")
    grown(served, 300)
    seen = cosign(log, Seen(str(key.public)), WITNESS, now_s=1)
    grown(served, 300)
    served.clock.now += FRESH
    seen = cosign(log, seen, WITNESS, now_s=2)
    assert seen.size == 600
    grown(served, 7)
    served.clock.now += FRESH
    checkpoint(served)
    with reading(served.container.engine) as session:
        lines = list(export_lines(session, key.public))
    file = tmp_path / "ledger.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines))

    assert cosign(ExportedLog(file, str(key.public)), seen, WITNESS, now_s=3).size == 607
    rewritten = Seen(seen.log_key, 500, seen.root, 2, seen.note)
    with pytest.raises(SplitView):
        cosign(log, rewritten, WITNESS, now_s=3)
    file.write_text("".join(f"{line}\n" for line in lines[:-1]))
    with pytest.raises(UnreadableInput, match="does not verify"):
        cosign(ExportedLog(file, str(key.public)), seen, WITNESS, now_s=3)


def sent_back(served: Served, address: str, note: str) -> str | None:
    def pass_on(request: httpx.Request) -> httpx.Response:
        reply = served.client.post(request.url.path, content=request.content, headers=TEXT)
        return httpx.Response(reply.status_code, content=reply.content)

    with httpx.Client(transport=httpx.MockTransport(pass_on), base_url="http://log.example") as client:
        return send_back(client, address, note)


def cosigned_note(served: Served, time_s: int | None = None) -> str:
    note = Note.parse(served.client.get("/v1/ledger/checkpoint").text)
    return WITNESS.cosigned(note, int(served.clock().timestamp()) if time_s is None else time_s)


def test_what_a_named_witness_sends_back_is_served_with_the_checkpoint(served: Served) -> None:
    assert served.client.get("/v1/ledger/checkpoint/cosigned").status_code == 404
    grown(served, 3)
    note = cosigned_note(served)
    refused = served.client.post("/v1/ledger/cosignatures", content=note, headers=TEXT)
    assert (refused.status_code, "no witness" in refused.json()["detail"]) == (400, True)
    with writing(served.container.engine) as session:
        name_witness(session, "the tourism association", str(WITNESS.public), now=served.clock())

    assert sent_back(served, "/v1/ledger/", note) is None
    for path in ("checkpoint", "checkpoint/cosigned"):
        assert served.client.get(f"/v1/ledger/{path}").text == note
    grown(served, 2)
    served.clock.now += FRESH
    assert not Note.parse(served.client.get("/v1/ledger/checkpoint").text).is_signed_by(WITNESS.public)
    assert served.client.get("/v1/ledger/checkpoint/cosigned").text == note


def test_a_note_that_does_not_hold_is_told_as_a_problem(served: Served) -> None:
    with writing(served.container.engine) as session:
        name_witness(session, "the tourism association", str(WITNESS.public), now=served.clock())
    grown(served, 3)
    key = load_key(served.container.settings.data / KEY_FILE)
    split = WITNESS.cosigned(Note.parse(key.signed(Checkpoint(key.name, 3, bytes(32)).text)), 1)
    older = cosigned_note(served, 1)
    assert sent_back(served, "/v1/ledger", cosigned_note(served, 2)) is None

    for note, status in (("nonsense", 400), (split, 409), (older, 409), ("x" * (LONGEST_NOTE + 1), 422), ("", 422)):
        reply = served.client.post("/v1/ledger/cosignatures", content=note, headers=TEXT)
        assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json"), note
    assert "split view" in str(sent_back(served, "/v1/ledger", split))
    assert served.client.get("/v1/ledger/checkpoint/cosigned").text == cosigned_note(served, 2)


def test_a_log_that_cannot_be_told_is_said_to_a_witness() -> None:
    silent = httpx.MockTransport(lambda _: httpx.Response(502, text="bad gateway"))
    with httpx.Client(transport=silent) as client:
        assert send_back(client, "http://log.example", "note") == "http://log.example answers 502"
    with httpx.Client() as client:
        assert "cannot be reached" in str(send_back(client, "http://127.0.0.1:1/v1/ledger", "note"))


def test_an_address_without_a_log_is_said_to_be_none() -> None:
    nothing = httpx.MockTransport(lambda _: httpx.Response(404))
    with httpx.Client(transport=nothing) as client, pytest.raises(UsageError, match="is this the address of a log"):
        HttpLog(fetching(client), "http://log.example").checkpoint()
    with httpx.Client() as client, pytest.raises(StorageError, match="cannot be reached"):
        HttpLog(fetching(client), "http://127.0.0.1:1/v1/ledger").checkpoint()
