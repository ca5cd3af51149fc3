"""The README tells of every setting and every command, and nothing that is not there."""

import re
from pathlib import Path

from typer.main import get_command

from api.cli.application import app
from index.settings import PREFIX, Settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_and_no_other() -> None:
    table = README.split("| variable |")[1].split("\n\n")[0]
    named = {name.lower() for name in re.findall(rf"`{PREFIX}([A-Z_]+)`", table)}
    assert named == set(Settings.model_fields)


def test_the_table_states_the_defaults_in_force() -> None:
    table = README.split("| variable |")[1].split("\n\n")[0]
    for name, field in Settings.model_fields.items():
        row = next(line for line in table.splitlines() if f"{PREFIX}{name.upper()}`" in line)
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert default in (None, ()) or f"`{default}`" in row, row


def test_every_command_is_told_of() -> None:
    for name in getattr(get_command(app), "commands", {}):
        assert f"`baicha {name}" in README


def test_links_lead_to_files_of_the_repository() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (Path(__file__).parents[1] / target).exists(), target
