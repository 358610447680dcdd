"""Every Python block of the guides runs, in order, and prints what is shown under it."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from examples.local_server import Behaviour, LocalServer

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = ["models.md", "streams.md"]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service that ``OpenAI()`` finds."""
    with LocalServer(Behaviour(pace_s=0)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "any")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url.removesuffix("/v1"))
        monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
        yield


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("name", GUIDES)
def test_blocks_print_what_is_shown_under_them(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    fences = [token for token in MarkdownIt().parse(page) if token.type == "fence"]
    namespace: dict[str, Any] = {"__name__": name}
    programs = 0
    for i, fence in enumerate(fences):
        if fence.info != "python":
            continue
        programs += 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(fence.content, f"{name}, block {i}", "exec"), namespace)
        after = fences[i + 1] if i + 1 < len(fences) else None
        shown = after.content if after is not None and after.info == "text" else ""
        assert printed.getvalue() == shown
    assert programs > 3
    for each in "client", "claude":
        if each in namespace:
            namespace[each].close()


@pytest.mark.parametrize("name", GUIDES)
def test_lines_are_of_a_length_to_read(name: str) -> None:
    text = (DOCS / name).read_text("utf-8")
    prose = re.sub(r"^\|.*$", "", text, flags=re.M)
    assert max(map(len, prose.splitlines())) <= 110
