"""A reader of pages without script: opens addresses, reads text, fills in forms as a browser would."""

import html
import re
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi.testclient import TestClient

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class Reply(Protocol):
    """What the test client answers, whichever library it is made with."""

    status_code: int

    @property
    def text(self) -> str: ...

    @property
    def headers(self) -> Any: ...

    @property
    def url(self) -> Any: ...


@dataclass
class Reader:
    """One browser with its cookies and its language."""

    client: TestClient
    language: str

    def open(self, path: str, **headers: str) -> Reply:
        """Open an address as a browser does, which asks for a page."""
        asked = {"Accept": "text/html", "Accept-Language": self.language, **headers}
        response: Reply = self.client.get(path, headers=asked, follow_redirects=True)
        return response

    def send(self, page: str, path: str, *, follow: bool = True, **fields: str) -> Reply:
        """Send a form that stands on a page, with the token that the page holds."""
        found = CSRF.search(self.open(page).text)
        assert found, f"{page} holds no form"
        return self.post(path, follow=follow, csrf=found[1], **fields)

    def post(self, path: str, *, follow: bool = True, **fields: str) -> Reply:
        """Send a form with exactly these fields."""
        asked = {"Accept": "text/html", "Accept-Language": self.language}
        response: Reply = self.client.post(path, data=fields, headers=asked, follow_redirects=follow)
        return response


def words(response: Reply) -> str:
    """Return the words of a page, without markup."""
    return " ".join(html.unescape(_TAG.sub(" ", response.text)).split())


def links(response: Reply, containing: str) -> list[str]:
    """Return the addresses of a page's links that contain a text."""
    found = [html.unescape(href) for href in re.findall(r'href="([^"]*)"', response.text)]
    return [href for href in found if containing in href]


def events_of_kind(container: Any, kind: str) -> list[Any]:
    """Return the ledger's events of a kind."""
    from index.database import reading
    from ledger.reading import events_of

    container.recorder.flush()
    with reading(container.engine) as session:
        return [logged.event for logged in events_of(session, kinds=[kind])]
