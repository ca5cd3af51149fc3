from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from index.database import reading
from index.errors import UnreadableInput
from index.places import Place, import_places


def _csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("kind,name,name_en,lat,lon,accuracy_m", *lines)) + "\n", encoding="utf-8")
    return path


def test_places_are_stored_once_and_updated_by_kind_and_name(any_engine: Engine, tmp_path: Path) -> None:
    path = _csv(tmp_path / "p.csv", "township,梅溪镇,Meixi Town,30.78,119.76,2000", "station,安吉站,Anji,30.6,119.7,")
    assert import_places(any_engine, path).inserted == 2
    assert import_places(any_engine, path).unchanged == 2
    _csv(path, "township,梅溪镇,Meixi Town,30.79,119.76,2000")
    assert import_places(any_engine, path).updated == 1
    with reading(any_engine) as session:
        stored = {place.name: place for place in session.exec(select(Place))}
    assert (stored["梅溪镇"].lat, stored["梅溪镇"].accuracy_m) == (30.79, 2000)
    assert stored["安吉站"].accuracy_m is None


def test_a_bad_place_is_reported_and_the_rest_go_in(engine: Engine, tmp_path: Path) -> None:
    path = _csv(tmp_path / "p.csv", "township,甲镇,,95,119,", "township,乙镇,,30,119,", "township,丙镇,,,119,")
    report = import_places(engine, path)
    assert report.inserted == 1
    assert list(report.lines()) == [f'{path}:2: lat: "95" is above 90', f"{path}:4: lat: is missing"]


def test_what_is_no_table_of_places_is_an_error(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no places"):
        import_places(engine, _csv(tmp_path / "p.csv"))
    with pytest.raises(UnreadableInput, match=r"\.csv"):
        import_places(engine, tmp_path / "p.jsonl")
