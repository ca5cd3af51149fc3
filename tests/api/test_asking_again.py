import re
from datetime import timedelta
from pathlib import Path

from api.asking_again import WINDOW, QueryIds
from ledger.events import ID_PATTERN
from tests.api.builders import NOW

ASKED = ["茶馆", "zh", None]


def test_the_same_question_of_the_same_visitor_is_the_same_search_in_every_process(tmp_path: Path) -> None:
    one, other = QueryIds(tmp_path / "key"), QueryIds(tmp_path / "key")
    first = one.of("visitor-1", ASKED, NOW)
    assert re.fullmatch(ID_PATTERN, first)
    assert one.of("visitor-1", ASKED, NOW + WINDOW - timedelta(seconds=1)) == first
    assert other.of("visitor-1", ASKED, NOW) == first
    assert len({first, one.of("visitor-2", ASKED, NOW), one.of("visitor-1", ["酒店", "zh", None], NOW)}) == 3


def test_after_the_half_hour_it_is_another_search_and_the_key_is_gone(tmp_path: Path) -> None:
    ids, path = QueryIds(tmp_path / "key"), tmp_path / "key"
    first, key = ids.of("visitor-1", ASKED, NOW), path.read_bytes()
    later = ids.of("visitor-1", ASKED, NOW + WINDOW)
    assert later != first
    assert key.split()[1] not in path.read_bytes()
    assert QueryIds(path).of("visitor-1", ASKED, NOW + WINDOW) == later
    # A request that began before the boundary does not bring the old window back.
    assert ids.of("visitor-1", ASKED, NOW + WINDOW - timedelta(milliseconds=1)) == later


def test_a_reload_over_the_end_of_the_half_hour_is_the_same_search(tmp_path: Path) -> None:
    ids, late = QueryIds(tmp_path / "key"), NOW + WINDOW - timedelta(minutes=1)
    first = ids.of("visitor-1", ASKED, late)
    assert ids.of("visitor-1", ASKED, late + timedelta(minutes=2)) == first
    assert ids.of("visitor-1", ASKED, late + WINDOW - timedelta(seconds=1)) == first
    assert ids.of("visitor-2", ASKED, late + timedelta(minutes=2)) != first
    assert ids.of("visitor-1", ASKED, late + WINDOW) != first


def test_what_was_given_is_remembered_for_half_an_hour_only(tmp_path: Path) -> None:
    ids = QueryIds(tmp_path / "key")
    for number in range(10):
        ids.of("visitor-1", [number], NOW)
    ids.of("visitor-2", ASKED, NOW + WINDOW)
    assert len(ids._given) == 1  # noqa: SLF001 - what is forgotten can be seen nowhere else


def test_who_has_no_id_gets_a_fresh_one_and_nothing_is_kept(tmp_path: Path) -> None:
    ids = QueryIds(tmp_path / "key")
    assert ids.of(None, ASKED, NOW) != ids.of(None, ASKED, NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_key_is_replaced_and_a_folder_that_cannot_be_written_stops_no_search(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"torn")
    assert QueryIds(tmp_path / "key").of("visitor-1", ASKED, NOW)
    assert len((tmp_path / "key").read_bytes().split()) == 2
    ids = QueryIds(tmp_path / "missing" / "key")
    assert ids.of("visitor-1", ASKED, NOW) == ids.of("visitor-1", ASKED, NOW)


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    QueryIds(tmp_path / "key").of("visitor-1", ASKED, NOW)
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
