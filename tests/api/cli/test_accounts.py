"""Keys, logins and claims from the terminal: secrets are shown once, and mistakes are told in one line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.accounts import accept_invitation, claim_listing, invitation_merchant, key_holder, reset_login
from api.cli.options import load_settings
from api.operations.database import opened
from index.database import reading, writing
from tests.api.cli.conftest import Run

NOW = datetime.now(UTC)


@pytest.fixture
def listing(baicha: Run, tmp_path: Path) -> str:
    file = tmp_path / "own.jsonl"
    file.write_text('{"id": "zhuli", "category": "restaurant", "name": "竹里人家"}\n', encoding="utf-8")
    assert baicha("import", file).code == 0
    return "zhuli"


def _opens(data: Path, key: str) -> bool:
    with opened(load_settings(data)) as engine, reading(engine) as session:
        return key_holder(session, key, now=datetime.now(UTC)) is not None


def _claim(data: Path, listing: str) -> str:
    with opened(load_settings(data)) as engine, writing(engine) as session:
        return claim_listing(session, listing, name="王", contact="w@example.org", now=NOW).id


def test_a_key_is_the_only_thing_on_stdout_and_is_not_stored(baicha: Run, data: Path) -> None:
    done = baicha("keys", "make", "board", "--label", "county board")
    key = done.out.strip()
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert _opens(data, key)
    assert "only its hash" in done.err
    secret = key.split("_", 2)[2].encode()
    assert all(secret not in path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert "county board" in baicha("keys", "list").out


def test_a_rotated_key_stops_working_and_its_successor_works(baicha: Run, data: Path) -> None:
    old = baicha("keys", "make", "admin").out.strip()
    new = baicha("keys", "rotate", old.split("_")[1]).out.strip()
    assert (_opens(data, old), _opens(data, new)) == (False, True)


@pytest.mark.parametrize("whole", [False, True], ids=["by its prefix", "by the whole key"])
def test_a_revoked_key_stops_working(baicha: Run, data: Path, *, whole: bool) -> None:
    key = baicha("keys", "make", "admin").out.strip()
    assert baicha("keys", "revoke", key if whole else key.split("_")[1]).code == 0
    assert not _opens(data, key)
    [row] = json.loads(baicha("keys", "list", "--json").out)
    assert row["revoked"] is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("make", "merchant"), "name a merchant"),
        (("make", "merchant", "--merchant", "m_none"), "no merchant 'm_none'"),
        (("make", "tourist"), "tourist"),
        (("rotate", "none"), "no key 'none'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(baicha: Run, words: tuple[str, ...], says: str) -> None:
    done = baicha("keys", *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_empty_lists_say_how_to_begin(baicha: Run) -> None:
    for kind, says in (("keys", "keys make"), ("merchants", "merchants invite"), ("claims", "no claims")):
        done = baicha(kind, "list")
        assert (done.code, done.out) == (0, "")
        assert says in done.err
        assert json.loads(baicha(kind, "list", "--json").out) == []


def test_an_invitation_leads_to_a_login_for_the_listings_merchant(baicha: Run, data: Path, listing: str) -> None:
    link = baicha("merchants", "invite", listing).out.strip()
    assert link.startswith("http://127.0.0.1:8000/invite/")
    token = link.rsplit("/", 1)[1]
    with opened(load_settings(data)) as engine, writing(engine) as session:
        assert accept_invitation(session, token, "zhuli", "a long password", now=NOW).name == "竹里人家"
    [merchant] = json.loads(baicha("merchants", "list", "--json").out)
    assert (merchant["name"], merchant["listings"]) == ("竹里人家", "zhuli")


def test_a_second_invitation_is_for_the_same_merchant(baicha: Run, data: Path, listing: str) -> None:
    tokens = [baicha("merchants", "invite", listing).out.strip().rsplit("/", 1)[1] for _ in range(2)]
    with opened(load_settings(data)) as engine, reading(engine) as session:
        merchants = [invitation_merchant(session, token, now=NOW) for token in tokens]
    assert merchants[0] is not None
    assert merchants[1] is not None
    assert merchants[0].id == merchants[1].id
    assert baicha("merchants", "list").out.count("竹里人家") == 1


def test_links_lead_to_the_address_that_visitors_use(
    baicha: Run, listing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAICHA_PUBLIC_URL", "https://anji.example/")
    assert baicha("merchants", "invite", listing).out.startswith("https://anji.example/invite/")


def test_an_unknown_listing_cannot_be_invited(baicha: Run, listing: str) -> None:
    done = baicha("merchants", "invite", listing + "x")
    assert (done.code, done.err) == (2, "baicha: there is no listing 'zhulix'\n")


def test_an_approved_claim_ends_in_a_link_and_leaves_the_list(baicha: Run, data: Path, listing: str) -> None:
    claim = _claim(data, listing)
    assert claim in baicha("claims", "list").out
    done = baicha("claims", "approve", claim)
    assert done.out.startswith("http://127.0.0.1:8000/invite/")
    assert json.loads(baicha("claims", "list", "--json").out) == []
    assert json.loads(baicha("merchants", "list", "--json").out)[0]["listings"] == listing


def test_a_rejected_claim_gives_nothing_away(baicha: Run, data: Path, listing: str) -> None:
    claim = _claim(data, listing)
    assert baicha("claims", "reject", claim, "--reason", "no licence").code == 0
    assert json.loads(baicha("merchants", "list", "--json").out) == []
    again = baicha("claims", "approve", claim)
    assert again.code == 2
    assert "rejected before" in again.err


def test_columns_of_chinese_names_line_up(baicha: Run, listing: str) -> None:
    baicha("merchants", "invite", listing)
    header, row = baicha("merchants", "list").out.splitlines()
    ahead = row.index("zhuli")
    assert ahead + sum(ord(character) > 0x2E80 for character in row[:ahead]) == header.index("listings")


def test_an_operator_hands_over_a_link_that_sets_another_password(baicha: Run, data: Path, listing: str) -> None:
    token = baicha("merchants", "invite", listing).out.strip().rpartition("/")[2]
    with opened(load_settings(data)) as engine, writing(engine) as session:
        accept_invitation(session, token, "zhuli", "a long password", email="zhuli@example.org", now=NOW)
    done = baicha("merchants", "reset", "zhuli@example.org")
    assert (done.code, done.out.count("\n")) == (0, 1)
    with opened(load_settings(data)) as engine, reading(engine) as session:
        assert reset_login(session, done.out.strip().rpartition("/reset/")[2], now=datetime.now(UTC)) == "zhuli"
    unknown = baicha("merchants", "reset", "nobody")
    assert (unknown.code, unknown.out) == (2, "")
    assert "no login 'nobody'" in unknown.err
