from pathlib import Path

import pytest

from index.errors import SettingsError
from index.settings import Settings


def test_a_variable_is_stronger_than_the_file_and_an_argument_than_both(tmp_path: Path) -> None:
    file = tmp_path / "baicha.toml"
    file.write_text('port = 8001\nhost = "127.0.0.2"\n', encoding="utf-8")
    settings = Settings.load({"BAICHA_PORT": "8002"}, file, port=None)
    assert (settings.port, settings.host) == (8002, "127.0.0.2")
    assert Settings.load({"BAICHA_PORT": "8002"}, file, port=8003).port == 8003


def test_an_empty_variable_is_one_that_was_not_set() -> None:
    settings = Settings.load({"BAICHA_DATA": "", "BAICHA_DATABASE_URL": "", "BAICHA_PORT": ""}, None)
    assert settings == Settings()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BAICHA_PROT", "9000", "unknown setting BAICHA_PROT"),
        ("BAICHA_PROT", "", "unknown setting BAICHA_PROT"),
        ("BAICHA_PORT", "99999", "setting BAICHA_PORT"),
        ("BAICHA_TIMEZONE", "Asia/Anji", "no such time zone"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Settings.load({name: value}, None)


def test_what_belongs_to_the_tests_is_no_setting() -> None:
    assert Settings.load({"BAICHA_BENCH_DATA": "x", "BAICHA_CHROMIUM": "y"}, None) == Settings()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "baicha.toml"
    file.write_text("port = = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"cannot read .*baicha\.toml"):
        Settings.load({}, file)
