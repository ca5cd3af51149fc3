import re

import pytest

from tests.api.builders import FARM_STAY, GARDEN, Served
from tests.api.pages.reading import Reader

PATHS = [
    "/",
    "/?q=茶",
    f"/listings/{FARM_STAY}",
    f"/listings/{GARDEN}",
    "/visit",
    "/s/nonsense",
    "/login",
    "/invite/nonsense",
]
PATHS += ["/board", "/admin", "/privacy", "/no-such-page"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_nothing_of_others_and_runs_nothing_inline(zh: Reader, path: str) -> None:
    page = zh.open(path)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert re.findall(r"<script(?! type=\"(?:module|application/json)\")", page.text) == []
    assert re.findall(r"\s(?:style|on[a-z]+)=", page.text) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!testserver)[^"]*\.(?:js|css|woff2?)', page.text) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_one_main_heading_and_says_its_language(en: Reader, path: str) -> None:
    page = en.open(path)
    assert len(re.findall(r"<h1[ >]", page.text)) == 1
    assert '<html lang="en">' in page.text
    assert page.headers["content-language"] == "en"


def test_pages_are_kept_by_no_cache_in_between(zh: Reader) -> None:
    assert "private" in zh.open("/").headers["cache-control"]


def test_tiles_of_another_host_are_allowed_when_the_operator_names_them(zh: Reader, served: Served) -> None:
    tiles = "https://tiles.example/{z}/{x}/{y}.png"
    served.container.settings = served.container.settings.model_copy(update={"tiles": tiles})
    assert "img-src 'self' data: blob: https://tiles.example;" in zh.open("/").headers["content-security-policy"]


def test_built_files_are_kept_for_good_and_sent_compressed(zh: Reader, assets: None) -> None:
    style = re.findall(r'href="(/static/style-[^"]+\.css)"', zh.open("/").text)
    sent = zh.client.get(style[0], headers={"Accept-Encoding": "gzip"})
    assert sent.headers["content-encoding"] == "gzip"
    assert "immutable" in sent.headers["cache-control"]
    assert sent.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("name", ["manifest.json", "..%2Froutes.py", ".stamp", "no-such.js"])
def test_only_built_files_are_served(zh: Reader, name: str) -> None:
    assert zh.client.get(f"/static/{name}").status_code == 404


def test_crawlers_are_kept_out_of_what_records(zh: Reader) -> None:
    assert "Disallow: /s/" in zh.client.get("/robots.txt").text
