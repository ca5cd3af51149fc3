"""Every route with every role, in one table."""

from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts

from api import accounts, credit_consents
from api.accounts import Holder, Role
from api.auth import CSRF_HEADER, SESSION_COOKIE
from index.database import writing
from index.errors import NotFound
from tests.api.builders import FARM_STAY, GARDEN, TEA_HOUSE, Served

#: `merchant` owns what is asked for, `staff` are theirs; the others have nothing to do with it. Staff have no key, but
#: the cookie of a login.
ROLES = ("nobody", "merchant", "staff", "other_merchant", "other_staff", "board", "admin")
Expected = dict[str, int | str]


def every(answer: int | str, **others: int | str) -> Expected:
    """Return what every role is answered, but for others."""
    return dict.fromkeys(ROLES, answer) | others


ALL = every("yes")
ADMIN = every(403, nobody=401, admin="yes")
BOARD = ADMIN | {"board": "yes"}
OWN = every(403, nobody=401, merchant="yes")
#: Credit is the owner's by login: a key reads it only after the owner allowed that key (the last test).
CREDIT = every(403, nobody=401)
#: What staff see besides: figures and the counter's code.
FIGURES = OWN | {"staff": "yes"}

#: Method and route template → who is let in ("yes") or how they are turned away.
TABLE: dict[tuple[str, str], Expected] = {
    ("GET", "/healthz"): ALL,
    ("GET", "/readyz"): ALL,
    ("GET", "/metrics"): ALL,
    ("GET", "/openapi.json"): ALL,
    ("GET", "/v1/search"): ALL,
    ("GET", "/v1/search/why-not"): ALL,
    ("GET", "/v1/suggest"): ALL,
    ("GET", "/v1/listings"): ALL,
    ("GET", "/v1/listings/{listing_id:path}"): ALL,
    ("GET", "/v1/listings/{listing_id:path}/similar"): ALL,
    ("GET", "/v1/listings/{listing_id:path}/nearby"): ALL,
    ("GET", "/v1/listings/{listing_id:path}/directions"): ALL,
    ("POST", "/v1/listings/{listing_id:path}/claims"): ALL,
    ("POST", "/v1/events"): ALL,
    ("POST", "/v1/visits"): ALL,
    ("POST", "/v1/visits/presence"): ALL,
    ("GET", "/v1/visits/origins"): ALL,
    ("POST", "/v1/visits/origin"): ALL,
    ("DELETE", "/v1/visitor"): ALL,
    ("GET", "/v1/ledger/checkpoint"): ALL,
    ("GET", "/v1/ledger/key"): ALL,
    ("GET", "/v1/ledger/tile/entries/{path:path}"): ALL,
    ("GET", "/v1/ledger/tile/{level}/{path:path}"): ALL,
    ("GET", "/v1/ledger/inclusion/{event_id}"): ALL,
    ("GET", "/v1/ledger/consistency"): ALL,
    ("GET", "/v1/ledger/checkpoint/cosigned"): ALL,
    ("POST", "/v1/ledger/cosignatures"): ALL,
    ("GET", "/v1/merchants/{merchant_id}/stats"): FIGURES,
    ("GET", "/v1/merchants/{merchant_id}/credit-signals"): CREDIT,
    ("GET", "/v1/merchants/{merchant_id}/credit"): CREDIT,
    ("GET", "/v1/merchants/{merchant_id}/exports/{topic}.{form}"): OWN,
    ("GET", "/v1/merchants/{merchant_id}/counter"): FIGURES,
    ("GET", "/v1/merchants/{merchant_id}/doubtful-visits"): OWN,
    ("GET", "/v1/merchants/{merchant_id}/effect"): OWN,
    ("POST", "/v1/merchants/{merchant_id}/disputes"): OWN,
    ("POST", "/v1/merchants/{merchant_id}/events"): OWN,
    ("POST", "/v1/feeds/payments"): ALL,
    ("GET", "/v1/weekly/{token}"): ALL,
    ("POST", "/v1/weekly/{token}"): ALL,
    ("GET", "/v1/board/indicators"): BOARD,
    ("GET", "/v1/admin/claims"): ADMIN,
    ("POST", "/v1/admin/claims/{claim_id}/approve"): ADMIN,
    ("POST", "/v1/admin/claims/{claim_id}/reject"): ADMIN,
    ("GET", "/v1/admin/corrections"): ADMIN,
    ("POST", "/v1/admin/corrections/{correction_id}/{decision}"): ADMIN,
    ("GET", "/v1/admin/disputes"): ADMIN,
    ("POST", "/v1/admin/disputes/{visit_index}"): ADMIN,
    ("POST", "/v1/admin/listings/{listing_id:path}/close"): ADMIN,
    ("POST", "/v1/admin/listings/{listing_id:path}/reopen"): ADMIN,
    ("GET", "/v1/admin/merchants"): ADMIN,
    ("POST", "/v1/admin/merchants"): ADMIN,
    ("GET", "/v1/admin/keys"): ADMIN,
    ("POST", "/v1/admin/keys"): ADMIN,
    ("POST", "/v1/admin/keys/{prefix}/rotate"): ADMIN,
    ("DELETE", "/v1/admin/keys/{prefix}"): ADMIN,
}

#: Parameters without which a route answers nobody.
QUERIES: dict[str, dict[str, str]] = {"/v1/search/why-not": {"listing": GARDEN}}
BODIES: dict[str, object] = {
    "/v1/listings/{listing_id:path}/claims": {"name": "王小竹", "contact": "0572-5550123"},
    "/v1/events": {"events": [{"id": "event-0001"}]},
    "/v1/visits": {"digits": "000000"},
    "/v1/visits/presence": {"listing": "no-such-place", "lat": 30.5, "lon": 119.6},
    "/v1/visits/origin": {"visit": "no-such-visit", "place": "county"},
    "/v1/merchants/{merchant_id}/disputes": {"visit_index": 999},
    "/v1/merchants/{merchant_id}/events": {"events": [{"id": "nothing-much"}]},
    "/v1/admin/disputes/{visit_index}": {"counts": True},
    "/v1/admin/claims/{claim_id}/reject": {},
    "/v1/admin/merchants": {"name": "新来的"},
    "/v1/admin/keys": {"role": "board"},
    "/v1/ledger/cosignatures": "no note",
    "/v1/feeds/payments": "no line",
}
#: What a route that lets a caller in may answer: the things named in the paths below need not exist.
LET_IN = frozenset({200, 201, 400, 404, 409, 503})


def staff_headers(served: Served, role: str) -> dict[str, str]:
    """Return what a browser sends in which a member of staff is logged in: the cookie, and the token of its page."""
    merchant = served.merchant if role == "staff" else served.other_merchant
    now = served.clock()
    with writing(served.container.engine) as session:
        token = accounts.invite(session, merchant, role=Role.STAFF, now=now)
        accounts.accept_invitation(session, token, role, "green leaves 2026", now=now)
        made = accounts.open_session(session, Holder(Role.STAFF, merchant, role), now=now)
    return {"Cookie": f"{SESSION_COOKIE}={made.token}", CSRF_HEADER: made.csrf}


def _machine_routes(served: Served) -> Iterator[tuple[str, str]]:
    # Pages have forms and sessions of their own, and tests of their own.
    for route in iter_route_contexts(served.app.routes):
        path = route.path or ""
        if path.startswith("/v1") or path in {"/healthz", "/readyz", "/metrics", "/openapi.json"}:
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, path


def test_the_table_names_every_route_and_no_other(served: Served) -> None:
    assert set(_machine_routes(served)) == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_the_table_says(served: Served, role: str) -> None:
    browser = served.browser()
    headers = staff_headers(served, role) if "staff" in role else served.keys.header(role)
    wrong = []
    for (method, template), expected in TABLE.items():
        path = (
            template.replace("{listing_id:path}", FARM_STAY if method == "POST" else GARDEN)
            .replace("{merchant_id}", served.merchant)
            .replace("{decision}", "dismiss")
            .replace("{claim_id}", "c_unknown")
            .replace("{correction_id}", "unknown-event")
            .replace("{prefix}", "0" * 12)
            .replace("{path:path}", "000")
            .replace("{level}", "0")
            .replace("{visit_index}", "999")
            .replace("{event_id}", "unknown-event")
            .replace("{topic}.{form}", "visits.csv")
            .replace("/consistency", "/consistency?old=0&new=0")
        )
        reply = browser.request(method, path, headers=headers, json=BODIES.get(template), params=QUERIES.get(template))
        want = expected[role]
        if reply.status_code not in LET_IN if want == "yes" else reply.status_code != want:
            wrong.append(f"{role} {method} {template}: {reply.status_code}, expected {want}")
    assert wrong == []


@pytest.mark.parametrize("key", ["bch_0123456789ab_" + "x" * 43, "nonsense", ""])
def test_a_wrong_key_is_refused_on_open_routes_too(served: Served, key: str) -> None:
    reply = served.client.get(f"/v1/merchants/{served.merchant}/stats", headers={"Authorization": f"Bearer {key}"})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


def test_a_merchant_cannot_tell_whether_another_exists(served: Served) -> None:
    headers = served.keys.header("merchant")
    replies = [
        served.client.get(f"/v1/merchants/{name}/stats", headers=headers) for name in ("m_x", served.other_merchant)
    ]
    assert [reply.status_code for reply in replies] == [403, 403]
    assert replies[0].json()["detail"] == replies[1].json()["detail"]


def test_a_merchant_sees_their_own_listings_counter_only(served: Served) -> None:
    path = f"/v1/merchants/{served.merchant}/counter"
    headers = served.keys.header("merchant")
    assert served.client.get(path, headers=headers).json()["listing"] == TEA_HOUSE
    assert served.client.get(path, headers=headers, params={"listing": FARM_STAY}).status_code == 404


@pytest.mark.parametrize("template", [path for (_, path), expected in TABLE.items() if expected is CREDIT])
def test_credit_is_read_by_the_owners_login_and_by_a_key_as_long_as_the_owner_lets_it(
    served: Served, template: str
) -> None:
    path = template.replace("{merchant_id}", served.merchant)
    owner, now = Holder(Role.MERCHANT, served.merchant, "laoban"), served.clock()
    with writing(served.container.engine) as session:
        cookie = {"Cookie": f"{SESSION_COOKIE}={accounts.open_session(session, owner, now=now).token}"}
        prefixes = {key.merchant_id: key.prefix for key in accounts.list_keys(session)}

    def asked(headers: dict[str, str]) -> int:
        return served.browser().get(path, headers=headers).status_code

    assert asked(cookie) == 200
    for read, own, others in ((True, 200, 403), (False, 403, 403)):
        with writing(served.container.engine) as session:
            credit_consents.let_key(session, owner, prefixes[served.merchant], read=read, now=now)
        assert (asked(served.keys.header("merchant")), asked(served.keys.header("other_merchant"))) == (own, others)
    with writing(served.container.engine) as session, pytest.raises(NotFound):
        credit_consents.let_key(session, owner, prefixes[served.other_merchant], read=True, now=now)
