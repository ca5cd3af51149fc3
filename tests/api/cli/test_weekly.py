"""The operator's scheduler sends the weekly letters: each once, whatever the mail server does meanwhile."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from api import accounts
from api.cli.options import load_settings
from api.operations.database import opened
from api.weekly import subscribe
from index.database import writing
from tests.api.cli.conftest import Run
from tests.ports import free_port

#: Over, whenever this runs.
WEEK = "2025-W10"
SINCE = datetime(2025, 1, 1, tzinfo=UTC)


class Inbox(Message):
    """Whom the server received a letter for."""

    def __init__(self) -> None:
        super().__init__()
        self.to: list[str] = []

    def handle_message(self, message: Any) -> None:
        self.to.append(message["To"])


@pytest.fixture
def owners(baicha: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Owners of seven merchants who asked for the letter."""
    monkeypatch.setenv("BAICHA_PUBLIC_URL", "https://baicha.example")
    assert baicha("upgrade").code == 0
    names = [f"laoban-{number}" for number in range(7)]
    with opened(load_settings(data)) as engine, writing(engine) as session:
        for name in names:
            merchant = accounts.make_merchant(session, name, now=SINCE).id
            token = accounts.invite(session, merchant, now=SINCE)
            accounts.accept_invitation(
                session, token, name, "bamboo in the rain", email=f"{name}@example.org", now=SINCE
            )
            subscribe(session, session.get_one(accounts.Login, name), "en", now=SINCE)
    return names


def letters(data: Path) -> list[EmailMessage]:
    found = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in sorted((data / "outbox").iterdir())
    ]
    return [one for one in found if isinstance(one, EmailMessage)]


def test_without_a_mail_server_letters_are_files_and_a_second_run_writes_none(
    baicha: Run, data: Path, owners: list[str]
) -> None:
    assert (done := baicha("weekly", "--week", WEEK)).code == 0
    assert done.out == "7 sent, 0 sent before, 0 failed\n"
    assert baicha("weekly", "--week", WEEK).out == "0 sent, 7 sent before, 0 failed\n"
    assert sorted(str(one["To"]) for one in letters(data)) == [f"{name}@example.org" for name in owners]
    assert str(letters(data)[0]["Subject"]) == "Your week, 2025-03-03 to 2025-03-09"


def test_while_the_mail_server_is_gone_it_says_so_and_the_next_run_sends_what_is_left_once(
    baicha: Run, owners: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, port = Inbox(), free_port()
    monkeypatch.setenv("BAICHA_SMTP_URL", f"smtp://127.0.0.1:{port}")

    gone = baicha("weekly", "--week", WEEK)
    assert (gone.code, gone.out) == (2, "0 sent, 0 sent before, 5 failed\n")
    why, again, left = gone.err.splitlines()
    assert why.startswith("the mail server 127.0.0.1 does not take a letter: ")
    assert again == f"to be tried again by the next run: {', '.join(owners[:5])}"
    assert left == "and 2 more, which were not tried: see to the mail server first"

    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert baicha("weekly", "--week", WEEK).out == "7 sent, 0 sent before, 0 failed\n"
        assert baicha("weekly", "--week", WEEK).out == "0 sent, 7 sent before, 0 failed\n"
    finally:
        server.stop()
    assert sorted(inbox.to) == [f"{name}@example.org" for name in owners]


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--week", "2025-W99"), "is no week"), (("--week", "3000-W01"), "is not over"), ((), "BAICHA_PUBLIC_URL")],
)
def test_what_cannot_be_sent_is_told_in_one_line(
    baicha: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    if words:
        monkeypatch.setenv("BAICHA_PUBLIC_URL", "https://baicha.example")
    done = baicha("weekly", *words)
    assert done.code == 2
    assert says in done.err
    assert done.err.count("\n") == 1
