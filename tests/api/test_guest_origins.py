"""What guests are offered to say: the county, the data folder's list, the rest; a list that is wrong is told of."""

from pathlib import Path

import pytest

from api.guest_origins import FILE, MOST, guest_origins
from index.errors import UnreadableInput
from index.settings import Settings

STARTER = Path(__file__).parents[2] / "starter" / FILE
HEAD = "id,name,name_en\n"


def offered(folder: Path, text: str | None = None, **settings: str) -> list[str]:
    if text is not None:
        (folder / FILE).write_text(text, encoding="utf-8")
    return [each.id for each in guest_origins(Settings(data=folder, **settings))]


def test_without_a_list_guests_come_from_here_elsewhere_or_abroad(tmp_path: Path) -> None:
    assert offered(tmp_path) == ["county", "elsewhere", "abroad"]


def test_the_countys_own_list_stands_between(tmp_path: Path) -> None:
    assert offered(tmp_path, f"\ufeff{HEAD}huzhou,湖州,Huzhou\n\n") == ["county", "huzhou", "elsewhere", "abroad"]
    [county, *_] = guest_origins(Settings(data=tmp_path, county="德清", county_en="Deqing"))
    assert (county.name.zh, county.name.en) == ("德清本地", "Here in Deqing")


def test_the_starter_datas_list_can_be_used(tmp_path: Path) -> None:
    assert len(offered(tmp_path, STARTER.read_text(encoding="utf-8"))) == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has to begin with the line id,name,name_en"),
        ("id,name\nhuzhou,湖州\n", "has to begin"),
        (f"{HEAD}huzhou,湖州,Huzhou\nhuzhou,湖州,Huzhou\n", f"{FILE}:3"),
        (f"{HEAD}county,本县,Here\n", f"{FILE}:2"),
        (f"{HEAD}Hu zhou,湖州,Huzhou\n", f"{FILE}:2"),
        (f"{HEAD}huzhou,湖州\n", f"{FILE}:2"),
        (HEAD + "".join(f"p{number},某地,Place\n" for number in range(MOST + 1)), f"{FILE}:{MOST + 2}"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_of_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnreadableInput, match=said):
        offered(tmp_path, text)


def test_a_list_in_another_encoding_is_told_of(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(f"{HEAD}huzhou,湖州,Huzhou\n".encode("gb18030"))
    with pytest.raises(UnreadableInput, match="UTF-8"):
        offered(tmp_path)
