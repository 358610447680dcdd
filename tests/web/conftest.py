"""One browser for all tests, and a page that must have nothing to complain about."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.site import Site

SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        # Root may not have a sandbox, and the pages are our own.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def running() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    running.pace(0.01)
    return running


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=site.address, viewport={"width": 1280, "height": 900}, device_scale_factor=1
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> "Shoot":
    return Shoot(request.node.name.removeprefix("test_"))


class Shoot:
    """Keeps pictures of pages, named for the test."""

    def __init__(self, name: str) -> None:
        self._name = name.replace("[", "-").replace("]", "")
        self._count = 0

    def __call__(self, page: Page, *, full: bool = False) -> None:
        self._count += 1
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{self._name}-{self._count}.png", full_page=full)
