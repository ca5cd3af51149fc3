import base64

import pytest

from ledger.log.signing import SigningKey
from ledger.proof.notes import COSIGNS, SIGNS_NOTES, Checkpoint, Note, NoteError, VerifierKey, read_checkpoint
from ledger.proof.tree import EMPTY_ROOT

KEY = SigningKey("example.com/log", SIGNS_NOTES, bytes(32))
WITNESS = SigningKey("witness.example", COSIGNS, bytes([1]) * 32)
CHECKPOINT = Checkpoint("example.com/log", 7, EMPTY_ROOT)

#: The key and the note of the example in golang.org/x/mod/sumdb/note, which C2SP's signed-note took over.
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def test_the_example_of_the_specification_verifies_and_is_written_as_it_was_read() -> None:
    note, key = Note.parse(PETER_NOTE), VerifierKey.parse(PETER_KEY)

    assert note.is_signed_by(key)
    assert (str(note), str(key)) == (PETER_NOTE, PETER_KEY)
    assert not Note.parse(PETER_NOTE.replace("your problem is", "your problem was")).is_signed_by(key)


def test_a_signed_checkpoint_is_read_back() -> None:
    assert read_checkpoint(KEY.signed(CHECKPOINT.text), KEY.public) == CHECKPOINT


def test_a_checkpoint_of_another_key_of_the_same_name_is_refused() -> None:
    other = SigningKey(KEY.name, SIGNS_NOTES, bytes([9]) * 32)
    with pytest.raises(NoteError, match="not signed by"):
        read_checkpoint(other.signed(CHECKPOINT.text), KEY.public)


def test_a_cosignature_stands_beside_the_logs_own_and_holds_for_its_time_only() -> None:
    written = WITNESS.cosigned(Note.parse(KEY.signed(CHECKPOINT.text)), 1_700_000_000)
    note = Note.parse(written)

    assert note.is_signed_by(KEY.public)
    assert note.is_signed_by(WITNESS.public)
    ours, theirs = note.signatures
    later = (1_700_000_001).to_bytes(8, "big") + theirs.signature[8:]
    moved = Note(note.text, (ours, type(theirs)(theirs.name, theirs.key_id, later)))
    assert not moved.is_signed_by(WITNESS.public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/log\n7\n",
        f"example.com/log\n07\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"example.com/log\n-7\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"example.com/log\n７\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"\n7\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"example.com/log\n7\n{base64.b64encode(EMPTY_ROOT[:31]).decode()}\n",
        f"example.com/log\n7\n{base64.b64encode(EMPTY_ROOT).decode()}\nmore\n",
    ],
)
def test_another_form_of_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name not base64\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— name AAAAAAAA",
    ],
)
def test_what_is_no_note_is_refused(written: str) -> None:
    with pytest.raises(NoteError):
        Note.parse(written)


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+00000000+AAAA", PETER_KEY.replace("c74f20a3", "c74f20a4"), PETER_KEY.replace("Peter", "Pater")],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)
