"""Places to measure from that are not listings: townships, stations, villages, squares.

They are imported from a CSV with the columns `kind,name,name_en,lat,lon,accuracy_m`; the last may be missing. A place
is known by its kind and name, so that importing again updates it.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from index.database import writing
from index.errors import UnreadableInput
from index.reading import RawRow, read_rows
from index.records import explain
from index.report import ImportReport, Rejection


class PlaceFields(SQLModel):
    """What is known of a place. Degrees are WGS 84; `accuracy_m` is how far off they may be, None when exact."""

    kind: str = Field(min_length=1, max_length=50)
    name: str = Field(min_length=1, max_length=200)
    name_en: str | None = Field(None, max_length=200)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(None, ge=0)


class Place(PlaceFields, table=True):
    """A stored place."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("kind", "name", name="uq_place_name"),)

    id: int | None = Field(None, primary_key=True)


def import_places(engine: Engine, path: Path) -> ImportReport:
    """Store the places of a CSV, all in one transaction; a bad row is reported and the rest go in.

    Raises:
        UnreadableInput: The file is missing, empty or no CSV.
    """
    if path.suffix.lower() != ".csv":
        raise UnreadableInput(f"{path}: places are read from a .csv with the columns kind,name,name_en,lat,lon")
    report = ImportReport(path)
    with writing(engine) as session:
        for row in read_rows(path):
            _store(session, row, report)
    if not report.accepted and not report.rejected:
        raise UnreadableInput(f"{path} has no places in it")
    return report


def _store(session: Session, row: RawRow, report: ImportReport) -> None:
    if row.values is None:
        report.rejected.append(Rejection(row.line, row.reason))
        return
    given: dict[str, Any] = {key: value.strip() for key, value in row.values.items() if value.strip()}
    try:
        fields = PlaceFields.model_validate(given)
    except ValidationError as exc:
        report.rejected.append(Rejection(row.line, explain(exc)))
        return
    stored = session.exec(select(Place).where(Place.kind == fields.kind, Place.name == fields.name)).one_or_none()
    if stored is None:
        session.add(Place(**fields.model_dump()))
        session.flush()
        report.inserted += 1
    elif stored.model_dump(exclude={"id"}) == fields.model_dump():
        report.unchanged += 1
    else:
        stored.sqlmodel_update(fields.model_dump())
        report.updated += 1
