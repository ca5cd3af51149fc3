"""What the listings of a snapshot say is read once, kept beside it, and read anew where it is not as it was written."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from index.opening import snapshots_folder
from index.settings import Settings
from index.snapshot import Snapshot
from recommender import kept_words
from recommender.finder import Finder
from recommender.kept_words import said_of
from recommender.naming import NameIndex
from recommender.said import Said
from recommender.sentence import Sentence
from tests.recommender.conftest import ask

SENTENCES = (
    "竹里人家在哪里", "anji hello kitty park", "helo kity park", "tianhuangping", "余村的民宿", "离云上草原近的酒店",
    "竹博园怎么走", "cang long bai pu", "a quiet guesthouse with a pool", "停车场 无线网络 农家乐",
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, starter: Finder, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(kept_words, "KEPT_FROM", 0)
    folder = Settings(data=tmp_path)
    (snapshots_folder(folder) / starter.snapshot.id).mkdir(parents=True)
    return folder


def kept(settings: Settings, snapshot: Snapshot) -> Path:
    return snapshots_folder(settings) / snapshot.id / "said"


def differences(one: Said, other: Said) -> list[str]:
    found: list[str] = ["kinds"] * (one.phrases.keys() != other.phrases.keys())
    for kind, phrases in one.phrases.items():
        same = other.phrases[kind]
        found += [kind] * ((phrases.labels, phrases.units) != (same.labels, same.units))
        found += [key for key, rows in phrases.rows.items() if rows.tolist() != same.rows[key].tolist()]
    found += ["elsewhere"] * (one.elsewhere != other.elsewhere)
    for sentence in SENTENCES:
        units = Sentence.of(sentence).units
        names = NameIndex(one.names), NameIndex(other.names)
        told = [
            (
                *(part.tolist() for part in (index.coverage(units).rows, index.coverage(units).shares)),
                *(index.by_pinyin(units), index.misspelt(units), index.closest(sentence, 0.5)),
                *(index.abbreviated(sentence[:3]), index.begun(sentence[:4]), index.says(3, sentence)),
            )
            for index in names
        ]
        found += [sentence] * (told[0] != told[1])
    return found + ["near"] * (one.near.rows.tolist() != other.near.rows.tolist())


def test_what_was_kept_says_what_was_read(settings: Settings, starter: Finder) -> None:
    read = said_of(starter.snapshot, settings)
    assert (kept(settings, starter.snapshot) / "note.json").exists()
    assert differences(Said.of(starter.snapshot), read) == []
    # Nothing is read once it is kept: not even listings that are not there.
    gone = replace(starter.snapshot, listings=())
    assert differences(read, said_of(gone, settings)) == []


def test_answers_are_the_same_from_what_was_kept(settings: Settings, starter: Finder) -> None:
    said_of(starter.snapshot, settings)
    again = Finder(starter.snapshot, starter._encoder, settings)  # noqa: SLF001
    for sentence in SENTENCES:
        one, other = (finder.find(ask(sentence)) for finder in (starter, again))
        assert [(result.listing.id, result.terms) for result in one.results] == [
            (result.listing.id, result.terms) for result in other.results
        ]
        assert one.query == other.query


@pytest.mark.parametrize("file", ["names/postings.npy", "near/rows.npy", "elsewhere.json", "facility/words.json"])
def test_a_flipped_bit_is_found_and_all_is_read_anew(settings: Settings, starter: Finder, file: str) -> None:
    read = said_of(starter.snapshot, settings)
    path = kept(settings, starter.snapshot) / file
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    assert differences(read, said_of(starter.snapshot, settings)) == []
    assert path.read_bytes() != bytes(raw)


def test_a_file_that_is_gone_is_noticed(settings: Settings, starter: Finder) -> None:
    read = said_of(starter.snapshot, settings)
    shutil.rmtree(kept(settings, starter.snapshot) / "dish")
    assert differences(read, said_of(starter.snapshot, settings)) == []


def test_nothing_is_kept_where_there_is_no_folder_of_the_snapshot(tmp_path: Path, starter: Finder) -> None:
    said = said_of(starter.snapshot, Settings(data=tmp_path))
    assert len(said.names.row_of_name)
    assert list(tmp_path.iterdir()) == []
