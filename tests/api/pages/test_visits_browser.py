"""What a visit's form does with script: the rough area, asked by a button of its own."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from api.guest_origins import FILE
from ledger import codes
from tests.api.builders import FARM_STAY, Served
from tests.api.pages.reading import events_of_kind
from tests.api.pages.test_browser import Open, opened  # noqa: F401 - a fixture
from tests.api.pages.test_self_service_walk import KINDS, Screen

STARTER = Path(__file__).parents[3] / "starter"

pytestmark = pytest.mark.browser


THERE = {"latitude": 30.5812345, "longitude": 119.6412345}


def test_the_rough_area_is_sent_by_a_button_of_its_own(
    opened: Open,  # noqa: F811
    served: Served,
) -> None:
    page = opened(
        f"/s/{codes.qr_token(served.container.secret, FARM_STAY, served.clock())}",
        language="en-GB",
        geolocation=THERE,
        permissions=["geolocation"],
    )
    expect(page.get_by_text("Without it the visit is recorded too.")).to_be_visible()
    with page.expect_request("**/s/*") as sent:
        page.get_by_role("button", name="Record with my rough area").click()
    assert "lat=30.581&lon=119.641" in (sent.value.post_data or "")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, recorded")
    [visit] = events_of_kind(served.container, "visit")
    assert visit.payload.scan.cell is not None


def test_who_cannot_give_a_position_is_told_and_records_without(
    opened: Open,  # noqa: F811
    served: Served,
) -> None:
    page = opened(
        f"/s/{codes.qr_token(served.container.secret, FARM_STAY, served.clock())}", language="en-GB", permissions=[]
    )
    page.get_by_role("button", name="Record with my rough area").click()
    expect(page.get_by_text("No position to be had.")).to_be_visible()
    page.get_by_role("button", name="Record my visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, recorded")


@KINDS
def test_a_guest_says_where_they_came_from_on_a_telephone_and_a_desk(
    chromium: Browser, site: str, served: Served, language: str, size: ViewportSize
) -> None:
    shutil.copy(STARTER / FILE, served.container.settings.data)
    context = chromium.new_context(base_url=site, locale=language, viewport=size)
    screen = Screen(context.new_page(), language, size["width"])
    screen.page.goto(f"/s/{codes.qr_token(served.container.secret, FARM_STAY, served.clock())}")
    screen.press("记录到访", "Record my visit")
    expect(screen.page.get_by_role("heading", level=2)).to_have_text(
        screen.said("您今天从哪里来？", "From where did you come today?")
    )
    screen.look("visited-from")
    screen.press("杭州", "Hangzhou")
    screen.look("visited-said")
    context.close()
    assert [event.payload.place for event in events_of_kind(served.container, "origin")] == ["hangzhou"]


def test_what_is_saved_stays_on_the_device(opened: Open, served: Served) -> None:  # noqa: F811
    page = opened(f"/listings/{FARM_STAY}", language="en-GB")
    with page.expect_response("**/tap") as answered:
        page.get_by_role("button", name="Save", exact=True).click()
    assert answered.value.status == 204
    expect(page.get_by_role("button", name="Saved")).to_have_attribute("aria-pressed", "true")
    page.goto("/saved")
    page.get_by_role("link", name="Bamboo Hamlet").click()
    assert page.url.endswith(f"/listings/{FARM_STAY}")
    page.goto("/saved")
    page.get_by_role("button", name="Remove Bamboo Hamlet").click()
    expect(page.get_by_text("Nothing saved yet.")).to_be_visible()
    assert len(events_of_kind(served.container, "save")) == 1
