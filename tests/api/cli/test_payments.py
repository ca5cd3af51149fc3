import json
from pathlib import Path

from tests.api.cli.conftest import Run
from tests.ledger.test_bills import KEY, a_line

TILL = "时间,金额,单号\n2026-11-24 12:00,88,1\n2026-11-24 12:10,free,2\n"


def test_a_till_file_is_imported_and_each_bad_row_named(baicha: Run, tmp_path: Path) -> None:
    folder = tmp_path / "simulated"
    assert baicha("simulate", folder, "--merchants", 2, "--days", 1, "--no-attackers", "--load").code == 0
    till = tmp_path / "till.csv"
    till.write_text(TILL, encoding="utf-8")

    done = baicha("payments", "import", till, "--listing", "simulated-1-000")

    assert (done.code, done.err) == (3, f"{till}:3: no amount of money: 'free'\n")
    assert "1 new, 0 known already, 1 rejected" in done.out
    assert baicha("payments", "import", till, "--listing", "nowhere").code == 2
    wrong = baicha("payments", "import", till, "--listing", "simulated-1-000", "--map", "takings=金额")
    assert wrong.code == 2
    assert "--map is WHAT=COLUMN" in wrong.err


def test_a_feed_of_an_issuer_that_is_not_trusted_is_rejected_and_a_bad_key_explained(
    baicha: Run, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps({"issuer": "bank", "signature": "00"}) + "\n", encoding="utf-8")

    done = baicha("payments", "feed", feed)

    assert done.code == 2
    assert "issuer 'bank' is not trusted" in done.err
    assert "64 hexadecimal" in baicha("payments", "trust", "bank", "abc").err
    assert baicha("payments", "trust", "bank", "ab" * 32).code == 0


def test_a_feeds_bills_go_in_once_and_each_wrong_line_is_named(baicha: Run, tmp_path: Path) -> None:
    folder = tmp_path / "simulated"
    assert baicha("simulate", folder, "--merchants", 1, "--days", 1, "--no-attackers", "--load").code == 0
    assert baicha("payments", "trust", "water works", KEY.hex()).code == 0
    feed = tmp_path / "feed.jsonl"
    lines = [
        a_line(1, listing="simulated-1-000"),
        a_line(2, listing="nowhere"),
        a_line(3, listing="simulated-1-000", sign=False),
    ]
    feed.write_text("\n".join(lines), encoding="utf-8")

    first, again = baicha("payments", "feed", feed), baicha("payments", "feed", feed)

    assert (first.code, again.code) == (3, 3)
    assert "1 new, 0 known already, 2 rejected" in first.out
    assert "0 new, 1 known already, 2 rejected" in again.out
    assert f"{feed}:2: listing: there is no listing 'nowhere' here" in first.err
    assert f"{feed}:3: the signature is not that of water works" in first.err


def test_a_county_is_simulated_into_files_and_the_truth_is_kept_aside(baicha: Run, tmp_path: Path) -> None:
    folder = tmp_path / "simulated"

    done = baicha("simulate", folder, "--seed", 7, "--merchants", 22, "--days", 2)

    assert done.code == 0
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    assert f"22 merchants, {len(events)} events, {len(truth)} visits" in done.out
    assert {row["attack"] for row in truth} > {None, "merchant ring"}
    assert {row["id"] for row in truth} == {event["id"] for event in events if event["payload"]["kind"] == "visit"}
    assert not (tmp_path / "data").exists()


def test_a_county_too_small_for_the_attackers_is_refused_with_what_to_do(baicha: Run, tmp_path: Path) -> None:
    done = baicha("simulate", tmp_path / "simulated", "--merchants", 5)

    assert done.code == 2
    assert "--no-attackers" in done.err
