"""``make demo``: watch objects grow while a language model writes them.

Without ``OPENAI_API_KEY`` the model is a server on this machine that replays recorded answers
over real HTTP; with it, the service itself (``OPENAI_BASE_URL`` and ``OPENAI_MODEL`` are heeded).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from openai import OpenAI, OpenAIError
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

import partialjson
from partialjson import Partial, PartialStream

from . import growing, schemas
from .figures import Figures, Tap, summary
from .local_server import Behaviour, LocalServer


@dataclass(frozen=True)
class Wish:
    """What to ask for, and how."""

    model: type[BaseModel]
    prompt: str


WISHES = {
    "User": Wish(
        Partial[schemas.User],
        "Create a user profile for a Python expert named Jason.",
    ),
    "Order": Wish(
        Partial[schemas.Order],
        "Make up an order of three toys that goes to Strasbourg before the weekend.",
    ),
    "CityGuide": Wish(
        Partial[schemas.CityGuide],
        "用中文写一份简短的上海城市指南。",
    ),
    "Report": Wish(
        Partial[schemas.Report],
        "Write a detailed year in review for a small chain of coffee shops.",
    ),
}


def show_live(console: Console, name: str, stream: PartialStream[Any], tap: Tap) -> None:
    """Draw the object again and again where it stands, and at last the validated one."""
    began = time.perf_counter()
    with Live(console=console, refresh_per_second=24, transient=True) as live:
        for value in stream:
            node = growing.root(value)
            path = growing.dotted(stream.open_path or ())
            status = f"{time.perf_counter() - began:.1f} s · {len(tap.pieces)} tokens"
            live.update(
                Panel(
                    growing.Tail(growing.tree(node, name), spare=3),
                    title=f"Partial[{name}]",
                    subtitle=f"{status} · [yellow]{path}[/]" if path else status,
                    border_style="yellow",
                )
            )
    done = growing.tree(growing.root(stream.final), name)
    console.print(Panel(done, title=f"{name} ✓", border_style="green"))


def show_lines(console: Console, name: str, stream: PartialStream[Any], tap: Tap) -> None:
    """Print a line for each complete value, and now and then one for text that still grows."""
    began = time.perf_counter()
    console.print(f"Partial[{name}]", style="bold")
    done: set[growing.Path] = set()
    last_line = began
    for value in stream:
        now = time.perf_counter()
        for leaf in growing.root(value).leaves():
            if leaf.path in done or (leaf.state == "open" and now - last_line < 0.5):
                continue
            if leaf.state == "complete":
                done.add(leaf.path)
            more = "…" if leaf.state == "open" else ""
            line = f"{now - began:6.2f} s  {growing.dotted(leaf.path)} = {leaf.value!r}{more}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
            last_line = now
    console.print(f"{name} ✓", style="bold")
    console.print_json(stream.final.model_dump_json(), indent=2)


def run(console: Console, client: OpenAI, model_name: str, names: list[str]) -> None:
    """Stream the wishes called `names` through `client` and show them on `console`."""
    tap = Tap(client)
    wrapped = partialjson.from_openai(client)
    capable = console.is_terminal and not console.is_dumb_terminal
    show = show_live if capable else show_lines
    figures: dict[str, Figures] = {}
    for name in names:
        wish = WISHES[name]
        console.print(Text(f"\n“{wish.prompt}”", "italic"))
        with wrapped.chat.completions.create(
            model=model_name,
            response_model=wish.model,
            stream=True,
            messages=[{"role": "user", "content": wish.prompt}],
        ) as stream:
            show(console, name, stream, tap)
        figures[name] = Figures.of(tap.pieces, wish.model)
        console.print(summary({name: figures[name]}))
    if len(figures) > 1:
        console.rule()
        console.print(summary(figures))
    console.print(
        "\nTokens as they came off the wire. Parsing: those tokens once more, through\n"
        "ModelParser(T).feed and Parser.feed, every value held until the next; median of 25 runs.",
        style="dim",
    )


def main() -> int:
    """Run the demo as the command line and the environment say; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        metavar="MODEL",
        help=f"which to show, of: {', '.join(WISHES)} (default: all)",
    )
    parser.add_argument(
        "--pace",
        type=float,
        default=Behaviour().pace_s,
        metavar="SECONDS",
        help="of the local server, from token to token (default: %(default)s)",
    )
    options = parser.parse_args()
    for name in options.only:
        if name not in WISHES:
            parser.error(f"there is no {name}")

    console = Console()
    try:
        with _service(options.pace) as server:
            if server is None:
                client = OpenAI()
                console.print(f"Service: {client.base_url}", style="dim")
            else:
                client = OpenAI(base_url=server.base_url, api_key="local")
                console.print(
                    "Service: this machine, recorded answers (OPENAI_API_KEY asks the real one)",
                    style="dim",
                )
            with client:
                run(
                    console,
                    client,
                    os.environ.get("OPENAI_MODEL", "gpt-4o"),
                    options.only or [*WISHES],
                )
    except (OpenAIError, partialjson.ParseError, ValidationError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _service(pace_s: float) -> AbstractContextManager[LocalServer | None]:
    if os.environ.get("OPENAI_API_KEY"):
        return nullcontext()
    return LocalServer(Behaviour(pace_s=pace_s))


if __name__ == "__main__":
    sys.exit(main())
