"""Letters: by SMTP where the operator names a server, else as files below `outbox/` in the data folder.

A letter is an `EmailMessage` of the standard library, which refuses a line break in a header; so what a merchant typed
can become a subject, and not a second recipient.
"""

import contextlib
import secrets
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from index.errors import SettingsError, StorageError, UsageError
from index.secret_file import write_once
from index.settings import Settings

OUTBOX = "outbox"
TIMEOUT_S = 20
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in plain text, and where there is `html`, the same as HTML; `headers` are further ones."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    """What sends a letter."""

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Send it.

        Raises:
            UsageError: The address or the subject is none.
            StorageError: It cannot be sent just now.
        """


def mailer_of(settings: Settings) -> Mailer:
    """Return what the settings ask for.

    Raises:
        SettingsError: The server's URL is none.
    """
    return FileMailer(settings) if settings.smtp_url is None else SmtpMailer(settings)


def message_of(letter: Letter, sender: str, *, now: datetime) -> EmailMessage:
    """Return a letter as it goes over the wire.

    Raises:
        UsageError: The address is none, or the subject has more than one line.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address("Baicha", addr_spec=sender)
        message["To"] = Address(addr_spec=letter.to)
        message["Subject"] = letter.subject
    except (ValueError, IndexError) as exc:
        raise UsageError(f"a letter to {letter.to!r} cannot be addressed: {exc}") from exc
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


class FileMailer:
    """Puts letters into the data folder, one a file, readable by the service only: they hold links that open logins."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data / OUTBOX
        self._sender = settings.mail_from

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Write the letter.

        Raises:
            UsageError: The address or the subject is none.
            StorageError: The disk takes no more.
        """
        message = message_of(letter, self._sender, now=now)
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
        try:
            write_once(self._folder / name, message.as_bytes())
        except OSError as exc:
            raise StorageError(f"cannot write a letter into {self._folder}: {exc.strerror or exc}") from exc


class SmtpMailer:
    """Hands letters to a mail server, encrypted: `smtps://` from the start, `smtp://` by STARTTLS where it offers it.

    A password is sent over an encrypted line only.
    """

    def __init__(self, settings: Settings, *, trust: ssl.SSLContext | None = None) -> None:
        self._sender = settings.mail_from
        self._server = _server(settings.smtp_url or "")
        self._trust = trust or ssl.create_default_context()

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Hand the letter over.

        Raises:
            UsageError: The address or the subject is none.
            StorageError: The server does not take it.
        """
        message = message_of(letter, self._sender, now=now)
        try:
            with self._connection() as connection:
                connection.send_message(message)
        except (OSError, smtplib.SMTPException) as exc:
            raise StorageError(f"the mail server {self._server.hostname} does not take a letter: {exc}") from exc

    @contextlib.contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        host, port = server.hostname or "", server.port or _PORTS[server.scheme]
        encrypted = server.scheme == "smtps"
        opened = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=self._trust)
            if encrypted
            else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        )
        with opened as connection:
            connection.ehlo()
            if not encrypted and connection.has_extn("starttls"):
                connection.starttls(context=self._trust)
                connection.ehlo()
                encrypted = True
            if server.username:
                if not encrypted:
                    raise smtplib.SMTPException("it offers no STARTTLS, and a password is not sent in the clear")
                connection.login(unquote(server.username), unquote(server.password or ""))
            yield connection


def _server(url: str) -> SplitResult:
    problem = SettingsError("setting BAICHA_SMTP_URL: write it as smtp://user:password@host:587, or smtps://…:465")
    try:
        server = urlsplit(url)
        _ = server.port
    except ValueError as exc:
        raise problem from exc
    if server.scheme not in _PORTS or not server.hostname:
        raise problem
    return server
