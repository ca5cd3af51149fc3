import pytest

from api.visitors import VISITOR_COOKIE
from index.database import reading
from ledger.reading import count_events
from tests.api.builders import TEA_HOUSE, Served
from tests.api.builders import browser_with_visitor as with_visitor

PATHS = (
    "/",
    "/?q=茶馆",
    f"/listings/{TEA_HOUSE}",
    "/listings/nowhere",
    "/merchant",
    "/privacy",
    "/v1/search?q=茶馆",
    f"/v1/listings/{TEA_HOUSE}",
    "/v1/listings/nowhere",
    "/v1/admin/keys",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/robots.txt",
)
#: What differs from one answer to the next, or stands for a browser that has looked.
PASSING = {"x-request-id", "set-cookie", "content-length", "last-modified"}


@pytest.mark.parametrize("path", PATHS)
def test_head_is_answered_like_get_without_the_body(served: Served, path: str) -> None:
    served.container.finder()
    browser = served.browser()
    html = {"Accept": "text/html"}
    get = browser.get(path, headers=html, follow_redirects=False)
    head = browser.head(path, headers=html, follow_redirects=False)
    assert head.content == b""
    assert head.status_code == get.status_code
    # A page's length may differ by what is said to a visitor; everything else is the same.
    assert ("content-length" in head.headers) == ("content-length" in get.headers)
    assert {name: head.headers[name] for name in head.headers if name not in PASSING} == {
        name: get.headers[name] for name in get.headers if name not in PASSING
    }


def test_head_leaves_no_trace(served: Served) -> None:
    browser, _ = with_visitor(served)
    before = _events(served)
    for path in ("/?q=茶馆", f"/listings/{TEA_HOUSE}", f"/listings/{TEA_HOUSE}/go/amap", "/v1/search?q=茶馆"):
        assert browser.head(path, follow_redirects=False).status_code < 400
        assert served.browser().head(path, follow_redirects=False).cookies.get(VISITOR_COOKIE) is None
    assert _events(served) == before


def test_head_of_what_only_takes_posts_is_refused(served: Served) -> None:
    assert served.client.head("/v1/visits").status_code == 405


def test_head_is_counted_by_its_route(served: Served) -> None:
    served.client.head(f"/v1/listings/{TEA_HOUSE}")
    assert 'method="HEAD",route="/v1/listings/{listing_id:path}",status="200"' in served.client.get("/metrics").text


def _events(served: Served) -> int:
    served.container.recorder.flush()
    with reading(served.container.engine) as session:
        return count_events(session)
