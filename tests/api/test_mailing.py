"""Letters go to a real mail server, or into files; nobody gets one by a line break in a name."""

import email
import email.policy
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword

from api.mailing import FileMailer, Letter, SmtpMailer, mailer_of, message_of
from index.errors import SettingsError, StorageError, UsageError
from index.settings import Settings
from tests.api.builders import NOW
from tests.ports import free_port

LETTER = Letter("laoban@example.org", "本周：12 位客人 🍵", "您好：\n\n本周有 12 位客人。\n")


class Inbox(Message):
    """What the server received."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.received.append(message)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    """A mail server on this machine that takes letters without a password, and its URL."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    yield from _running(controller, inbox)


def _running(controller: Controller, inbox: Inbox) -> Iterator[tuple[Inbox, str]]:
    controller.start()
    try:
        yield inbox, f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def _parsed(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def test_without_a_server_letters_are_files_that_only_the_service_reads(settings: Settings) -> None:
    mailer = mailer_of(settings)
    assert isinstance(mailer, FileMailer)
    mailer.send(LETTER, now=NOW)
    mailer.send(LETTER, now=NOW)
    first, second = sorted((settings.data / "outbox").iterdir())
    assert first.stat().st_mode & 0o077 == 0
    message = _parsed(second.read_bytes())
    assert (message["To"], message["Subject"]) == (LETTER.to, LETTER.subject)
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


def test_a_mail_server_gets_the_letter(settings: Settings, inbox: tuple[Inbox, str]) -> None:
    received, server = inbox
    mailer_of(settings.model_copy(update={"smtp_url": f"smtp://{server}", "mail_from": "tea@example.org"})).send(
        LETTER, now=NOW
    )
    [message] = received.received
    assert message["X-RcptTo"] == LETTER.to
    assert message["X-MailFrom"] == "tea@example.org"
    assert not (settings.data / "outbox").exists()


def test_a_password_is_never_sent_in_the_clear(settings: Settings, inbox: tuple[Inbox, str]) -> None:
    received, server = inbox
    mailer = mailer_of(settings.model_copy(update={"smtp_url": f"smtp://user:secret@{server}"}))
    with pytest.raises(StorageError, match="in the clear"):
        mailer.send(LETTER, now=NOW)
    assert received.received == []


def test_a_password_goes_over_starttls_to_a_server_that_is_trusted(
    settings: Settings, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    tried: list[LoginPassword] = []

    def check(_server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword) -> AuthResult:
        tried.append(data)
        return AuthResult(success=True)

    inbox = Inbox()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), tls_context=context, authenticator=check, auth_required=True
    )
    for _, server in _running(controller, inbox):
        url = f"smtp://laoban%40example.org:p%3Ass@{server}"
        sure = settings.model_copy(update={"smtp_url": url})
        with pytest.raises(StorageError):
            SmtpMailer(sure).send(LETTER, now=NOW)  # nobody vouches for the server
        SmtpMailer(sure, trust=ssl.create_default_context(cafile=str(certificate[0]))).send(LETTER, now=NOW)
    assert [(one.login, one.password) for one in tried] == [(b"laoban@example.org", b"p:ss")]
    assert len(inbox.received) == 1


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of this machine's address, and its key."""
    import ipaddress
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_a_server_that_is_not_there_is_said_in_one_line(settings: Settings) -> None:
    mailer = mailer_of(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"}))
    with pytest.raises(StorageError) as failed:
        mailer.send(LETTER, now=NOW)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    "letter",
    [
        Letter("a@example.org\nBcc: b@example.org", "hello", ""),
        Letter("a@example.org, b@example.org", "hello", ""),
        Letter("a@example.org", "hello\r\nBcc: b@example.org", ""),
        Letter("nobody", "hello\n", ""),
        Letter("", "hello", ""),
    ],
)
def test_a_line_break_adds_no_header_and_no_recipient(letter: Letter) -> None:
    with pytest.raises(UsageError):
        message_of(letter, "tea@example.org", now=NOW)


@pytest.mark.parametrize("url", ["", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://host:port"])
def test_a_server_that_cannot_be_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(SettingsError):
        mailer_of(settings.model_copy(update={"smtp_url": url}))
