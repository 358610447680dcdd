"""The README's two pictures."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benches.results import Results
from benches.targets import OURS

# The same file for the same figures.
mpl.rcParams["svg.hashsalt"] = OURS
METADATA = {"Date": None, "Creator": None}
HIGHLIGHT = "#c2410c"
SHADES = ["#1d4ed8", "#0f766e", "#7c3aed", "#64748b", "#a16207", "#94a3b8"]
BARS = [OURS, "orjson", "jiter", "msgspec", "pysimdjson", "json"]


def draw(results: Results, directory: Path) -> None:
    """Writes ``stream.svg`` and ``one_shot.svg``, those for which something was measured."""
    if results.cases("curve"):
        stream(results).savefig(directory / "stream.svg", metadata=METADATA)
    if results.cases("bytes, warm"):
        one_shot(results).savefig(directory / "one_shot.svg", metadata=METADATA)
    plt.close("all")


def stream(results: Results) -> plt.Figure:
    """Time for one more token, against the tokens received."""
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    (case,) = results.cases("curve")
    shades = iter(SHADES)
    for who in results.people("curve"):
        found = results["curve", case, who].notes["found"]
        ours = who.startswith(OURS)
        color = HIGHLIGHT if ours else next(shades)
        style = "--" if "live" in who else "-"
        micro = [each * 1e6 for each in found["seconds"]]
        thickness = 2.5 if ours else 1.5
        axes.loglog(found["tokens"], micro, style, color=color, linewidth=thickness, label=who)
    axes.set_xlabel("tokens received")
    axes.set_ylabel("µs for the next token's value")
    axes.set_title("A best-effort value after every token of a 1 MB document")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", fontsize="small")
    return figure


def one_shot(results: Results) -> plt.Figure:
    """Megabytes per second for whole documents."""
    figure, axes = plt.subplots(figsize=(11, 4.5), layout="constrained")
    cases = results.cases("bytes, warm")
    share = 0.85 / len(BARS)
    for number, who in enumerate(BARS):
        figures = [results["bytes, warm", case, who] for case in cases]
        speeds = [each.notes["size"] / each.value / 1e6 for each in figures]
        places = [place + number * share for place in range(len(cases))]
        color = HIGHLIGHT if who == OURS else SHADES[number - 1]
        axes.bar(places, speeds, share, color=color, label=who)
    axes.set_xticks([place + 0.85 / 2 for place in range(len(cases))], cases, rotation=20)
    axes.set_ylabel("MB/s")
    axes.set_title("Whole documents, from bytes")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize="small", ncols=2)
    return figure
