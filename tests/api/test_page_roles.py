"""Every page and form with every role, in one table: who is let in, who is led to the login, who is refused.

The rows are compared with the app's own routes, so that a page without a row fails. What a form does to the things of
another is told by the tests of each page; here each is also sent without the token of our own pages.
"""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from api import accounts
from api.accounts import Holder, Role
from api.auth import SESSION_COOKIE
from index.database import writing
from tests.api.builders import FARM_STAY, GARDEN, TEA_HOUSE, Served
from tests.api.test_roles import ROLES, Expected, every

LOGIN = "/login"
#: "yes": let in; a path: led to that login; a number: refused with it.
ALL = every("yes")
ANY_LOGIN = every("yes", nobody=LOGIN)
MERCHANTS = every("yes", nobody=LOGIN, board=LOGIN, admin=LOGIN)
#: Staff are told that it is the owner's.
OWNERS = MERCHANTS | {"staff": 403, "other_staff": 403}
#: What names something of the tea house's merchant: to other owners it does not exist.
OWN = OWNERS | {"other_merchant": 404}
ADMINS = every("/admin", admin="yes")

TABLE: dict[tuple[str, str], Expected] = {
    ("GET", "/static/{name}"): ALL,
    ("GET", "/favicon.ico"): ALL,
    ("GET", "/robots.txt"): ALL,
    ("GET", "/"): ALL,
    ("GET", "/saved"): ALL,
    ("GET", "/listings/{listing_id:path}"): ALL,
    ("GET", "/listings/{listing_id:path}/go/{app}"): ALL,
    ("POST", "/listings/{listing_id:path}/tap"): ALL,
    ("POST", "/listings/{listing_id:path}/report"): ALL,
    ("POST", "/listings/{listing_id:path}/claim"): ALL,
    ("GET", "/s/{token}"): ALL,
    ("POST", "/s/{token}"): ALL,
    ("GET", "/visit"): ALL,
    ("POST", "/visit"): ALL,
    ("POST", "/visit/here"): ALL,
    ("GET", "/visit/here/{token}"): ALL,
    ("POST", "/visit/here/{token}"): ALL,
    ("POST", "/visit/said"): ALL,
    ("POST", "/visit/from"): ALL,
    ("GET", "/privacy"): ALL,
    ("POST", "/privacy/remember"): ALL,
    ("POST", "/privacy/forget"): ALL,
    ("GET", "/board"): ALL,
    ("GET", "/ledger"): ALL,
    ("GET", "/login"): ALL,
    ("POST", "/login"): ALL,
    ("POST", "/logout"): ALL,
    ("GET", "/forgot"): ALL,
    ("POST", "/forgot"): ALL,
    ("GET", "/invite/{token}"): ALL,
    ("POST", "/invite/{token}"): ALL,
    ("GET", "/reset/{token}"): ALL,
    ("POST", "/reset/{token}"): ALL,
    ("GET", "/account"): ANY_LOGIN,
    ("POST", "/account/password"): ANY_LOGIN,
    ("POST", "/account/email"): ANY_LOGIN,
    ("POST", "/account/sessions/end-others"): ANY_LOGIN,
    ("POST", "/account/sessions/{session_id}/end"): ANY_LOGIN,
    ("GET", "/merchant"): MERCHANTS,
    ("GET", "/merchant/counter"): MERCHANTS | {"other_merchant": 404, "other_staff": 404},
    ("GET", "/merchant/counter/code"): MERCHANTS
    | {"nobody": 401, "board": 401, "admin": 401, "other_merchant": 404, "other_staff": 404},
    ("GET", "/merchant/counter/printed"): MERCHANTS | {"other_merchant": 404, "other_staff": 404},
    ("GET", "/merchant/listing"): OWN,
    ("POST", "/merchant/listing"): OWN,
    ("GET", "/merchant/listing/history"): OWN,
    ("POST", "/merchant/listing/undo"): OWN,
    ("GET", "/merchant/payments"): OWN,
    ("POST", "/merchant/payments"): OWN,
    ("GET", "/merchant/staff"): OWNERS,
    ("POST", "/merchant/staff/invite"): OWNERS,
    ("POST", "/merchant/staff/withdraw"): OWN,
    ("POST", "/merchant/staff/remove"): OWN,
    ("GET", "/merchant/activity"): OWNERS,
    ("GET", "/merchant/weekly"): OWNERS,
    ("POST", "/merchant/weekly"): OWNERS,
    ("GET", "/weekly/{token}"): ALL,
    ("POST", "/weekly/{token}"): ALL,
    ("GET", "/merchant/alerts"): MERCHANTS,
    ("POST", "/merchant/alerts/dismiss"): OWNERS,
    ("GET", "/merchant/credit"): OWNERS,
    ("POST", "/merchant/credit/share"): OWNERS,
    ("POST", "/merchant/credit/withdraw"): OWNERS,
    ("POST", "/merchant/credit/key"): OWNERS,
    ("POST", "/merchant/credit/dispute"): OWNERS,
    ("POST", "/merchant/credit/take-back"): OWNERS,
    ("POST", "/merchant/credit/bill"): OWN,
    ("GET", "/credit/{token}"): ALL,
    ("GET", "/merchant/proof"): MERCHANTS,
    ("GET", "/merchant/signals"): OWNERS,
    ("GET", "/merchant/visits"): MERCHANTS,
    ("POST", "/merchant/visits/dispute"): OWNERS,
    ("GET", "/merchant/devices"): MERCHANTS,
    ("POST", "/merchant/devices"): MERCHANTS,
    ("GET", "/staff/{token}"): ALL,
    ("POST", "/staff/{token}"): ALL,
    ("POST", "/staff-device/forget"): ALL,
    ("GET", "/admin"): ALL,  # asks for the key
    ("POST", "/admin/login"): ALL,
    ("POST", "/admin/claims/{claim_id}"): ADMINS,
    ("POST", "/admin/corrections/{event_id}"): ADMINS,
    ("GET", "/admin/disputes"): ADMINS,
    ("POST", "/admin/disputes"): ADMINS,
    ("GET", "/admin/edits"): ADMINS,
    ("POST", "/admin/edits/{edit_id}/revert"): ADMINS,
}
#: What stands in the paths; what need not exist answers 404 to whom it lets in.
NAMES = {
    "{listing_id:path}": GARDEN,
    "{name}": "no-such.js",
    "{app}": "geo",
    "{token}": "nonsense",
    "{session_id}": "s_unknown",
    "{claim_id}": "c_unknown",
    "{event_id}": "unknown-event",
}
#: What a form or a page is asked with: things of the tea house's merchant.
FIELDS: dict[str, dict[str, str]] = {
    "/merchant/counter": {"listing": TEA_HOUSE},
    "/merchant/counter/code": {"listing": TEA_HOUSE},
    "/merchant/counter/printed": {"listing": TEA_HOUSE},
    "/merchant/listing": {"listing": TEA_HOUSE},
    "/merchant/listing/history": {"listing": TEA_HOUSE},
    "/merchant/payments": {"listing": TEA_HOUSE},
    "/merchant/credit/bill": {
        "listing": TEA_HOUSE,
        "service": "water",
        "due": "2026-11-20",
        "paid": "2026-11-20",
        "amount": "80",
    },
    "/merchant/staff/invite": {"label": "somebody"},
    "/merchant/visits/dispute": {"visit_index": "999", "listing": TEA_HOUSE},
    "/admin/claims/{claim_id}": {"decision": "approve"},
    "/admin/corrections/{event_id}": {"decision": "dismiss"},
    "/admin/disputes": {"visit": "999", "decision": "counts"},
}
#: What who is let in may be answered; a redirect leads on, but not to a login.
LET_IN = frozenset({200, 204, 302, 303, 304, 307, 400, 401, 404, 409, 410, 422})


def _pages(served: Served) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(served.app.routes):
        path = route.path or ""
        if not path.startswith("/v1") and path not in {"/healthz", "/readyz", "/metrics", "/openapi.json"}:
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, path


def _browser(served: Served, role: str) -> TestClient:
    """Return a browser that is logged in as a role, with a login of its own where the role has one."""
    merchant = served.other_merchant if role.startswith("other") else served.merchant
    held = {"nobody": Role.NOBODY, "board": Role.BOARD, "admin": Role.ADMIN}.get(role)
    browser = served.browser()
    if held is Role.NOBODY:
        return browser
    now = served.clock()
    with writing(served.container.engine) as session:
        if held is None:
            kind = Role.STAFF if "staff" in role else Role.MERCHANT
            token = accounts.invite(session, merchant, role=kind, now=now)
            accounts.accept_invitation(session, token, f"login-{role}", "green leaves 2026", now=now)
            holder = Holder(kind, merchant, f"login-{role}")
        else:
            holder = Holder(held, None, role)
        made = accounts.open_session(session, holder, now=now)
    browser.cookies.set(SESSION_COOKIE, made.token, domain="testserver.local", path="/")
    return browser


def _things(served: Served) -> tuple[str, str, str]:
    """Make an edit, an open invitation and a member of staff of the tea house's merchant; return what names them."""
    from api.listing_edits import change_listing
    from index.listing import Listing

    now = served.clock()
    owner = Holder(Role.MERCHANT, served.merchant, "laoban")
    with writing(served.container.engine) as session:
        stored = session.get(Listing, TEA_HOUSE)
        assert stored is not None
        edit = change_listing(session, owner, TEA_HOUSE, {"price": 1.0}, seen=stored.content_hash, now=now)
        assert edit is not None
        joining = accounts.invite(session, served.merchant, role=Role.STAFF, now=now)
        accounts.accept_invitation(session, joining, "theirs", "green leaves 2026", now=now)
        accounts.invite(session, served.merchant, role=Role.STAFF, now=now)
        [invitation] = accounts.open_invitations(session, served.merchant, now=now)
        session.flush()
        return str(edit.id), invitation.token_hash, "theirs"


def _answer(browser: TestClient, method: str, template: str, fields: dict[str, str], edit: str) -> tuple[int, str]:
    path = template.replace("{edit_id}", edit)
    for name, value in NAMES.items():
        path = path.replace(name, FARM_STAY if method == "POST" and name == "{listing_id:path}" else value)
    given = {"params": fields} if method == "GET" else {"data": fields}
    reply = browser.request(method, path, headers={"Accept": "text/html"}, follow_redirects=False, **given)  # type: ignore[arg-type]
    return reply.status_code, reply.headers.get("location", "")


def _csrf(browser: TestClient) -> str:
    found = re.search(r'name="csrf-token" content="([0-9a-f]{64})"', browser.get("/privacy").text)
    assert found
    return found[1]


def _fits(expected: int | str, status: int, location: str) -> bool:
    if expected == "yes":
        return status in LET_IN and not (location == LOGIN and status == 303)
    return (status, location) == (303, expected) if isinstance(expected, str) else status == expected


def test_the_table_names_every_page_and_no_other(served: Served) -> None:
    assert set(_pages(served)) == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_lets_in_whom_the_table_says(served: Served, role: str) -> None:
    edit, invitation, staff = _things(served)
    own = {
        "/merchant/listing/undo": {"edit": edit},
        "/merchant/staff/withdraw": {"invitation": invitation},
        "/merchant/staff/remove": {"login": staff},
    }
    browser = _browser(served, role)
    # What ends the session comes last.
    rows = sorted(TABLE.items(), key=lambda row: row[0][1] in {"/logout", "/login"})
    wrong = []
    for (method, template), expected in rows:
        fields = FIELDS.get(template, {}) | own.get(template, {})
        if method == "POST":
            fields = fields | {"csrf": _csrf(browser)}
        status, location = _answer(browser, method, template, fields, edit)
        if not _fits(expected[role], status, location):
            wrong.append(f"{role} {method} {template}: {status} {location}, expected {expected[role]}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("role", ["nobody", "merchant", "admin"])
def test_every_form_is_refused_that_is_not_of_our_own_pages(served: Served, role: str) -> None:
    edit, _, _ = _things(served)
    browser = _browser(served, role)
    token = _csrf(browser)
    wrong = []
    for method, template in TABLE:
        if method == "POST":
            for forged in ({}, {"csrf": token[::-1]}, {"csrf": ""}):
                status, _ = _answer(browser, method, template, FIELDS.get(template, {}) | forged, edit)
                if status != 403:
                    wrong.append(f"{template} {forged}: {status}")
    assert wrong == [], "\n".join(wrong)


def test_nothing_changed_by_whom_the_table_refuses(served: Served) -> None:
    """The tea house is as it was after every other role has sent every form."""
    from index.database import reading
    from index.listing import Listing

    edit, invitation, staff = _things(served)
    for role in ("nobody", "staff", "other_merchant", "other_staff", "board"):
        browser = _browser(served, role)
        for method, template in TABLE:
            if method == "POST" and template.startswith(("/merchant", "/admin")):
                fields = FIELDS.get(template, {}) | {"edit": edit, "invitation": invitation, "login": staff}
                fields |= {"price": "2", "do": "save", "csrf": _csrf(browser)}
                _answer(browser, method, template, fields, edit)
    with reading(served.container.engine) as session:
        listing = session.get(Listing, TEA_HOUSE)
        assert listing is not None
        assert listing.price == 1
        assert session.get(accounts.Login, staff) is not None
        assert [one.token_hash for one in accounts.open_invitations(session, served.merchant, now=served.clock())] == [
            invitation
        ]
