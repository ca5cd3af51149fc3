"""Browsers that are logged in, each with a login of its own."""

from api import accounts
from api.accounts import Role
from api.auth import SESSION_COOKIE
from index.database import writing
from tests.api.builders import Served
from tests.api.pages.reading import CSRF, Reader, Reply

PASSWORD = "green leaves 2026"


def signed_in(
    served: Served,
    name: str = "laoban",
    *,
    role: Role = Role.MERCHANT,
    merchant: str | None = None,
    language: str = "en-GB",
    email: str = "",
) -> Reader:
    """Return a browser with the session of a login that was made by an invitation."""
    now = served.clock()
    reader = Reader(served.browser(), language)
    with writing(served.container.engine) as session:
        token = accounts.invite(session, merchant or served.merchant, role=role, label="小王", now=now)
        accounts.accept_invitation(session, token, name, PASSWORD, email=email, now=now)
        login = session.get(accounts.Login, name)
        assert login is not None
        made = accounts.open_session(session, accounts.holder_of(login), device="Firefox · Linux", now=now)
    reader.client.cookies.set(SESSION_COOKIE, made.token, domain="testserver.local", path="/")
    return reader


def send_form(reader: Reader, page: str, path: str, fields: dict[str, str]) -> Reply:
    """Send a form that stands on a page, with fields of any names."""
    found = CSRF.search(reader.open(page).text)
    assert found, f"{page} holds no form"
    headers = {"Accept": "text/html", "Accept-Language": reader.language}
    reply: Reply = reader.client.post(path, data=fields | {"csrf": found[1]}, headers=headers, follow_redirects=True)
    return reply


def letters(served: Served) -> list[str]:
    """Return the letters that were sent, in their order, decoded."""
    import email
    import email.policy

    folder = served.container.settings.data / "outbox"
    files = sorted(folder.iterdir()) if folder.exists() else []
    return [
        f"To: {found['To']}\nSubject: {found['Subject']}\n\n{found.get_content()}"
        for found in (email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files)
    ]
