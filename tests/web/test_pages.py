"""What the example promises, in a real browser, over a real network that can fail."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.web.conftest import Shoot
from tests.web.reading import (
    begin,
    expected,
    is_beginning,
    renders,
    shown,
    status,
    text,
    wait_for,
    wait_for_section,
    watch,
)
from tests.web.site import Site

FRAMEWORKS = pytest.mark.parametrize("framework", ["react", "vue"])


def cursors(page: Page) -> list[str | None]:
    """The cursors that a page asks events with, from now on; None for none."""
    asked: list[str | None] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.path.endswith("/events"):
            asked.append(parse_qs(address.query).get("cursor", [None])[0])

    page.on("request", note)
    return asked


def offset(cursor: str | None) -> int:
    """Say how many bytes of the first attempt a cursor stands for."""
    assert cursor is not None
    _, epoch, bytes_seen = cursor.split(".")
    assert epoch == "0"
    return int(bytes_seen)


@FRAMEWORKS
def test_text_grows_before_the_stream_ends(
    page: Page, site: Site, shoot: Shoot, framework: str
) -> None:
    site.pace(0.02)
    begin(page, framework)
    texts = watch(page, 2, lambda: text(page))
    assert status(page) == "streaming"
    assert not site.exchange.ended.is_set()
    assert len(texts) >= 10
    assert [*map(len, texts)] == sorted(map(len, texts))
    assert is_beginning(shown(page), expected())
    shoot(page)
    wait_for(page, "done")
    assert shown(page) == expected()
    shoot(page, full=True)


@FRAMEWORKS
def test_finished_sections_are_not_rendered_again(page: Page, framework: str) -> None:
    begin(page, framework)
    wait_for_section(page, 1, finished=True)
    first = renders(page, 1)
    # It was rendered while it grew: the count counts.
    assert first > 20
    wait_for_section(page, 2, finished=True)
    second = renders(page, 2)
    assert renders(page, 1) == first
    wait_for(page, "done")
    assert (renders(page, 1), renders(page, 2)) == (first, second)
    assert renders(page, 3) > 20


def test_open_field_has_the_caret_and_finished_ones_are_marked(page: Page, site: Site) -> None:
    site.pace(0.03)
    begin(page)
    wait_for_section(page, 1)
    expect(page.locator("article .caret")).to_have_count(1)
    expect(page.get_by_role("img", name="finished")).to_have_count(0)
    wait_for_section(page, 2)
    expect(page.get_by_role("img", name="finished")).to_have_count(1)
    fields = page.locator(".outline li")
    assert fields.evaluate_all("all => all.map(one => one.dataset.state)") == [
        *["complete"] * 3,
        "open",
        *["missing"] * 3,
    ]


def test_bytes_on_the_wire_are_counted_beside_those_of_snapshots(page: Page) -> None:
    begin(page)
    wait_for(page, "done")
    deltas, snapshots = (
        int(page.locator(f'[data-bytes="{name}"]').get_attribute("data-value") or 0)
        for name in ("deltas", "snapshots")
    )
    size = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(({name}) => name.endsWith('/events')).map((each) => each.encodedBodySize)"
    )
    assert deltas > 2000
    if size != [0]:
        assert size == [deltas]
    assert snapshots > 5 * deltas


def test_reload_resumes_and_ends_with_the_same_document(
    page: Page, site: Site, shoot: Shoot
) -> None:
    asked = cursors(page)
    begin(page)
    wait_for_section(page, 2)
    page.get_by_role("button", name="Reload and resume").click()
    expect(page.locator("article h1")).to_have_text(expected()["title"])
    shoot(page)
    wait_for(page, "done")
    assert shown(page) == expected()
    first, second = asked
    assert first is None
    # What had come was kept: only the rest had to come.
    assert offset(second) > 800
    assert [each.outcome for each in site.model.exchanges[-1:]] == ["done"]


def test_reload_with_nothing_kept_begins_with_all_that_there_is(page: Page) -> None:
    begin(page)
    wait_for_section(page, 2)
    asked = cursors(page)
    address = page.url
    page.goto("about:blank")
    other = page.context.new_page()
    other.goto(address)
    expect(other.locator("article h1")).to_have_text(expected()["title"])
    wait_for(other, "done")
    assert shown(other) == expected()
    assert asked == []


@FRAMEWORKS
def test_network_cut_for_two_seconds_loses_and_repeats_nothing(
    page: Page, site: Site, shoot: Shoot, framework: str
) -> None:
    site.pace(0.02)
    asked = cursors(page)
    begin(page, framework)
    wait_for_section(page, 1)
    site.network.cut()
    wait_for(page, "reconnecting")
    before = text(page)
    page.wait_for_timeout(2000)
    assert text(page) == before
    shoot(page)
    assert site.exchange.outcome == "running"
    site.network.mend()
    wait_for(page, "streaming")
    wait_for(page, "done")
    assert shown(page) == expected()
    # Each attempt asked for what came after the same byte.
    assert asked[0] is None
    [place] = {offset(cursor) for cursor in asked[1:]}
    assert place > 300


def test_line_can_be_cut_from_the_page(page: Page, site: Site) -> None:
    site.pace(0.02)
    begin(page)
    wait_for_section(page, 1)
    page.get_by_role("button", name="Cut the line").click()
    wait_for(page, "reconnecting")
    wait_for(page, "done")
    assert shown(page) == expected()


@FRAMEWORKS
def test_stop_cancels_the_request_to_the_model(
    page: Page, site: Site, shoot: Shoot, framework: str
) -> None:
    site.pace(0.02)
    begin(page, framework)
    wait_for_section(page, 1)
    page.get_by_role("button", name="Stop").click()
    assert site.exchange.ended.wait(5)
    assert site.exchange.outcome == "left"
    wait_for(page, "failed")
    expect(page.get_by_role("alert")).to_have_attribute("data-error", "Stopped")
    [left] = watch(page, 0.5, lambda: shown(page))
    assert is_beginning(left, expected())
    assert left["sections"]
    # What was broken off is not taken for finished.
    expect(page.get_by_role("img", name="finished")).to_have_count(0)
    assert len(left["sections"]) < len(expected()["sections"])
    shoot(page)


def test_two_tabs_follow_one_stream(context: BrowserContext, page: Page, site: Site) -> None:
    site.pace(0.03)
    requests = len(site.model.exchanges)
    begin(page)
    wait_for_section(page, 1)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Follow in another tab").click()
    other = opened.value
    wait_for_section(other, 2)
    # Neither waits for the other, and a third comes when nearly all is there.
    assert status(page) == status(other) == "streaming"
    wait_for_section(page, 3)
    third = context.new_page()
    third.goto(page.url.replace("/#", "/vue.html#"))
    for each in (page, other, third):
        wait_for(each, "done")
        assert shown(each) == expected()
    assert len(site.model.exchanges) == requests + 1


def test_one_tab_leaves_and_the_stream_goes_on(context: BrowserContext, site: Site) -> None:
    first, second = context.new_page(), context.new_page()
    begin(first)
    second.goto(first.url)
    wait_for_section(second, 1)
    first.close()
    wait_for(second, "done")
    assert site.exchange.outcome == "done"


@pytest.mark.parametrize("path", ["/#none-such", "/vue.html#none-such"])
def test_report_that_is_not_there_is_said_to_be_so(page: Page, path: str) -> None:
    page.goto(path)
    wait_for(page, "failed")
    expect(page.get_by_role("alert")).to_contain_text("404")


def test_page_is_at_home_in_the_dark_and_on_a_phone(browser_page: Page, shoot: Shoot) -> None:
    begin(browser_page)
    wait_for_section(browser_page, 2)
    shoot(browser_page)
    # Nothing is wider than the screen.
    assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def browser_page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 844})
    return page
