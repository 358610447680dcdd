"""The pages of the example as their readers see them."""

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.site import REPORT


def begin(page: Page, framework: str = "react") -> None:
    """Have a report begun, and wait for the first of it."""
    if framework == "react":
        page.goto("/")
        page.get_by_role("button", name="Write it").click()
    else:
        page.goto("/vue.html")
        page.get_by_role("button", name="Write a report").click()
    expect(page.locator("article h1")).to_have_text(re.compile(r"\w"))


def status(page: Page) -> str:
    return page.get_by_role("status").get_attribute("data-status") or ""


def wait_for(page: Page, wanted: str) -> None:
    """Wait until the connection is as `wanted`, "done" for example."""
    expect(page.get_by_role("status")).to_have_attribute("data-status", wanted, timeout=30_000)


def wait_for_section(page: Page, number: int, *, finished: bool = False) -> None:
    """Wait until a section has begun, or has ended."""
    state = '[data-state="complete"]' if finished else ""
    expect(page.locator(f'[data-section="{number}"]{state}')).to_be_attached(timeout=30_000)


def renders(page: Page, section: int) -> int:
    counted = page.locator(f'[data-section="{section}"]').get_attribute("data-renders")
    assert counted is not None
    return int(counted)


def text(page: Page) -> str:
    """All of the report that shows."""
    return page.locator("article").inner_text()


_SHOWN = """() => {
    const text = (node) => node?.textContent.trim();
    const all = (node, what) => [...node.querySelectorAll(what)];
    const article = document.querySelector("article");
    return {
        title: text(article.querySelector("h1")),
        abstract: text(article.querySelector(".abstract")),
        sections: all(article, "[data-section]").map((section) => ({
            heading: text(section.querySelector("h2")),
            paragraphs: all(section, ":scope > p").map(text),
            caption: text(section.querySelector("caption")),
            rows: all(section, "tbody tr").map((row) => [...row.children].map(text)),
        })),
        risks: all(article, ".risks li").map(text),
    };
}"""


def shown(page: Page) -> Any:
    """What shows, in the shape of `expected`."""
    return page.evaluate(_SHOWN)


def expected() -> Any:
    """What a page must show in the end: all of the recorded report."""
    sections = []
    for section in REPORT["sections"]:
        table = section["table"] or {"caption": None, "rows": []}
        rows = [
            [row["quarter"], f"{row['revenue']:.2f}", f"{row['margin'] * 100:.1f} %"]
            for row in table["rows"]
        ]
        said = {name: section[name] for name in ("heading", "paragraphs")}
        sections.append({**said, "caption": table["caption"], "rows": rows})
    kept = {name: REPORT[name] for name in ("title", "abstract", "risks")}
    return {**kept, "sections": sections}


def is_beginning(part: Any, whole: Any) -> bool:
    """Whether `part` can have been on the way to `whole`, as `shown` gives them."""
    if isinstance(whole, str):
        return isinstance(part, str) and whole.startswith(part)
    if isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_beginning, part, whole))
    return all(is_beginning(part[name], whole[name]) for name in part if part[name] is not None)


def watch(page: Page, seconds: float, look: Callable[[], Any]) -> list[Any]:
    """What `look` gives, ten times a second, without repeats."""
    seen: list[Any] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = look()
        if not seen or seen[-1] != now:
            seen.append(now)
        page.wait_for_timeout(100)
    return seen
