"""What all pages share: who reads, in which language, the templates, and the frame around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from api.accounts import NOBODY, Holder, Role
from api.auth import current_session, is_https
from api.container import Container
from api.languages import language_of_request
from api.pages.assets import static_url
from api.pages.csrf import csrf_nonce, csrf_token, set_csrf_cookie
from api.pages.messages import Texts
from api.visitors import new_event_id
from index.settings import Language

LANGUAGE_COOKIE = "baicha_lang"
LANGUAGE_KEPT_S = 365 * 24 * 3600
#: Parameters that the same page in the other language does not take over: a cursor belongs to one language's answer.
_OF_ONE_LANGUAGE = frozenset({"lang", "cursor", "done"})
OTHER: Mapping[Language, Language] = {"zh": "en", "en": "zh"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a form holds: the values as typed, and for each field that is wrong the text that says so."""

    id: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return what was typed, empty when nothing was."""
        return self.values.get(name, "")

    def error(self, name: str) -> str | None:
        """Return what is wrong with a field, None when nothing is."""
        return self.errors.get(name)


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its text; `here` marks the page that is shown, `language` that of the page it leads to."""

    href: str
    label: str
    here: bool = False
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Who looks at a page, and in which language."""

    request: Request
    container: Container
    language: Language
    holder: Holder

    @property
    def t(self) -> Texts:
        """The texts in the reader's language."""
        return Texts(self.language)

    @property
    def now(self) -> datetime:
        """The county's local time."""
        return self.container.clock().astimezone(self.container.settings.tz)

    @property
    def root(self) -> str:
        """How visitors reach the service, without a slash at the end."""
        return (self.container.settings.public_url or str(self.request.base_url)).rstrip("/")

    @property
    def county(self) -> str:
        """The county's name in the reader's language."""
        settings = self.container.settings
        return settings.county if self.language == "zh" else settings.county_en

    @property
    def signed_in(self) -> bool:
        """Whether the reader has logged in."""
        return self.holder.role is not Role.NOBODY


def frame_of(request: Request, container: Container) -> Frame:
    """Return who looks, and in which language: `?lang`, then the cookie, then what the browser asks for."""
    kept = request.cookies.get(LANGUAGE_COOKIE)
    language = language_of_request(request)
    if "lang" not in request.query_params and kept in OTHER:
        language = "zh" if kept == "zh" else "en"
    web = current_session(request, container)
    return Frame(request, container, language, web.holder if web is not None else NOBODY)


def render(frame: Frame, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page: the template inside the frame, with its headers and cookies."""
    nonce = csrf_nonce(frame.request)
    html = (
        environment()
        .get_template(template)
        .render(
            t=frame.t,
            lang=frame.language,
            county=frame.county,
            menu=_menu(frame),
            language_link=_language_link(frame),
            viewer=frame,
            static=static_url,
            new_event_id=new_event_id,
            csrf=csrf_token(frame.request, frame.container, nonce),
            **values,
        )
    )
    response = HTMLResponse(html, status)
    # A page holds this browser's token and language: nothing in between may keep it for another.
    response.headers["Cache-Control"] = "no-store" if frame.signed_in else "private, no-cache"
    response.headers["Content-Language"] = frame.language
    set_csrf_cookie(response, frame.container, nonce)
    return keep_language(frame, response)


def message(frame: Frame, title: str, lead: str, *, status: int = 200) -> Response:
    """Return a page of one title and one sentence."""
    return render(frame, "message.html", status=status, title=title, lead=lead)


def take_cookies(response: Response, carrier: Response) -> Response:
    """Give a response the cookies that were set on another one before this one could be made."""
    response.raw_headers.extend(header for header in carrier.raw_headers if header[0] == b"set-cookie")
    return response


def keep_language(frame: Frame, response: Response) -> Response:
    """Remember the language that was chosen by link."""
    if frame.request.query_params.get("lang") in OTHER:
        secure = is_https(frame.container)
        response.set_cookie(
            LANGUAGE_COOKIE, frame.language, max_age=LANGUAGE_KEPT_S, httponly=True, samesite="lax", secure=secure
        )
    return response


@cache
def environment() -> Environment:
    """Return the templates' environment; a name that is not given is an error, not an empty text."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _menu(frame: Frame) -> list[Link]:
    t, path = frame.t, frame.request.url.path
    links = [("/", t("site.search")), ("/visit", t("site.visit")), ("/board", t("site.board"))]
    links.append(("/admin", t("site.admin")) if frame.holder.role is Role.ADMIN else ("/merchant", t("site.merchant")))
    return [Link(href, label, here=path == href) for href, label in links]


def _language_link(frame: Frame) -> Link:
    other = OTHER[frame.language]
    # Only a page that was asked for by GET can be asked for again in the other language.
    request = frame.request
    path = request.url.path if request.method == "GET" else "/"
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in _OF_ONE_LANGUAGE]
    query = urlencode([*kept, ("lang", other)]) if request.method == "GET" else urlencode({"lang": other})
    return Link(f"{path}?{query}", frame.t("language.zh" if other == "zh" else "language.en"), language=other)
