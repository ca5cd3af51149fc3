from api.auth import SESSION_COOKIE
from index.database import writing
from tests.api.builders import GARDEN, TEA_HOUSE, Served


def test_an_approved_claim_ends_in_an_invitation_shown_once(served: Served) -> None:
    claim = served.client.post(f"/v1/listings/{GARDEN}/claims", json={"name": "王", "contact": "12345"}).json()
    made = served.client.post(f"/v1/admin/claims/{claim['id']}/approve", headers=served.admin())
    assert made.status_code == 200
    assert made.json()["invitation"].startswith("/invite/")
    merchants = served.client.get("/v1/admin/merchants", headers=served.admin()).json()["merchants"]
    assert [GARDEN] in [one["listings"] for one in merchants if one["id"] == made.json()["merchant"]]
    again = served.client.post(f"/v1/admin/claims/{claim['id']}/approve", headers=served.admin())
    assert again.status_code == 409


def test_a_rejected_claim_leaves_the_list(served: Served) -> None:
    claim = served.client.post(f"/v1/listings/{GARDEN}/claims", json={"name": "王", "contact": "12345"}).json()
    path = f"/v1/admin/claims/{claim['id']}/reject"
    assert served.client.post(path, headers=served.admin(), json={"reason": "no papers"}).json()["status"] == "rejected"
    assert served.client.get("/v1/admin/claims", headers=served.admin()).json() == {"claims": []}


def test_keys_are_made_rotated_and_revoked(served: Served) -> None:
    made = served.client.post("/v1/admin/keys", headers=served.admin(), json={"role": "board", "label": "hall"}).json()
    board = {"Authorization": f"Bearer {made['key']}"}
    assert served.client.get("/v1/board/indicators", headers=board).status_code == 200
    path = f"/v1/admin/keys/{made['prefix']}"
    rotated = served.client.post(f"{path}/rotate", headers=served.admin()).json()
    assert served.client.get("/v1/board/indicators", headers=board).status_code == 401
    board = {"Authorization": f"Bearer {rotated['key']}"}
    assert served.client.get("/v1/board/indicators", headers=board).status_code == 200
    served.client.delete(f"/v1/admin/keys/{rotated['prefix']}", headers=served.admin())
    assert served.client.get("/v1/board/indicators", headers=board).status_code == 401


def test_a_list_of_keys_shows_use_and_no_secret(served: Served) -> None:
    listed = served.client.get("/v1/admin/keys", headers=served.admin())
    used = {key["role"]: key["last_used_at"] for key in listed.json()["keys"]}
    assert used["admin"] is not None
    assert used["board"] is None
    assert served.keys.admin not in listed.text


def test_a_key_for_nobodys_merchant_is_refused(served: Served) -> None:
    for body, status in (
        ({"role": "merchant"}, 400),
        ({"role": "merchant", "merchant": "m_x"}, 404),
        ({"role": "x"}, 422),
    ):
        assert served.client.post("/v1/admin/keys", headers=served.admin(), json=body).status_code == status


def test_inviting_a_merchant_for_a_taken_listing_is_a_conflict(served: Served) -> None:
    body = {"name": "新来的", "listings": [TEA_HOUSE]}
    assert served.client.post("/v1/admin/merchants", headers=served.admin(), json=body).status_code == 409
    body["listings"] = ["nowhere"]
    assert served.client.post("/v1/admin/merchants", headers=served.admin(), json=body).status_code == 404
    body["listings"] = [GARDEN]
    assert served.client.post("/v1/admin/merchants", headers=served.admin(), json=body).status_code == 201


def test_a_logged_in_browser_writes_only_with_its_pages_token(served: Served) -> None:
    from api import accounts

    browser = served.browser()
    with writing(served.container.engine) as session:
        holder = accounts.Holder(accounts.Role.ADMIN, None, "first")
        made = accounts.open_session(session, holder, now=served.clock())
    browser.cookies.set(SESSION_COOKIE, made.token)
    assert browser.get("/v1/admin/claims").status_code == 200
    path = f"/v1/admin/listings/{GARDEN}/close"
    assert browser.post(path).status_code == 403
    assert browser.post(path, headers={"X-CSRF-Token": "another"}).status_code == 403
    assert browser.post(path, headers={"X-CSRF-Token": made.csrf}).status_code == 200
    with writing(served.container.engine) as session:
        accounts.close_session(session, made.token, now=served.clock())
    assert browser.get("/v1/admin/claims").status_code == 401
