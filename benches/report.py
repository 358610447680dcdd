"""Prints the table, and writes figures and pictures: ``python -m benches.report FILE DIRECTORY``.

With a third argument, the name of a Markdown page, the table is written between that page's
``<!-- table -->`` marks, too.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from itertools import groupby
from pathlib import Path

from benches import pictures
from benches.results import Results
from benches.targets import OURS, Section, Verdict, sections

MARK = "<!-- table -->"


def rendered(section: Section) -> str:
    """One section as a Markdown table."""
    people = list(dict.fromkeys(who for row in section.rows for who in row.cells))
    if OURS in people:
        people = [OURS, *(who for who in people if who != OURS)]
    judged = max(len(row.verdicts) for row in section.rows)
    header = [section.unit, *people, *["ratio", "target", ""] * judged]
    lines = [header]
    for row in section.rows:
        cells = [row.case, *(row.cells.get(who, "") for who in people)]
        for verdict in row.verdicts:
            cells += judgement(verdict)
        lines.append(cells + [""] * (len(header) - len(cells)))
    return f"### {section.title}\n\n" + aligned(lines)


def judgement(verdict: Verdict) -> list[str]:
    """The ratio, its target and whether it is met, as three cells."""
    digits = 2 if verdict.ratio < 10 else 1 if verdict.ratio < 100 else 0
    sign = "≥" if verdict.at_least else "≤"
    return [
        f"{verdict.what} {verdict.ratio:.{digits}f}",
        f"{sign} {verdict.target:g}",
        "PASS" if verdict.passed else "**MISS**",
    ]


def aligned(lines: list[list[str]]) -> str:
    """A Markdown table that reads well as plain text."""
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]

    def line(cells: list[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        padded = [padding(*first), *(padding(*each, right=True) for each in rest)]
        return "| " + " | ".join(padded) + " |"

    rule = [
        "-" * widths[0],
        *("-" * (each - 1) + ":" for each in map(lambda w: max(w, 2), widths[1:])),
    ]
    return "\n".join([line(lines[0]), "| " + " | ".join(rule) + " |", *map(line, lines[1:])])


def padding(text: str, size: int, *, right: bool = False) -> str:
    fill = " " * (max(size, 2) - width(text)) if right else " " * (size - width(text))
    return fill + text if right else text + fill


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def summary(parts: list[Section]) -> str:
    """How many targets were met, and every one that was not."""
    verdicts = [(part, row, each) for part in parts for row in part.rows for each in row.verdicts]
    missed = [each for each in verdicts if not each[2].passed]
    lines = [f"{len(verdicts) - len(missed)} of {len(verdicts)} targets met."]
    for part, group in groupby(missed, key=lambda each: each[0].title):
        misses = ", ".join(
            f"{row.case} ({' '.join(judgement(each)[:2])})" for _, row, each in group
        )
        lines.append(f"- Missed: {part}: {misses}.")
    return "\n".join(lines)


def machine(results: Results) -> str:
    """On what, with what."""
    about = dict(results.machine)
    system = [str(about.pop(each)) for each in ("cpu", "system")]
    cores, load, date = (about.pop(each) for each in ("cores", "load", "date"))
    versions = ", ".join(f"{name} {version}" for name, version in about.items())
    return f"{date}, {', '.join(system)}, {cores} cores (load {load}); {versions}."


def main(source: Path, directory: Path, page: Path | None = None) -> None:
    results = Results(json.loads(source.read_text()))
    results.save(directory)
    pictures.draw(results, directory)
    parts = sections(results)
    text = "\n\n".join([machine(results), *map(rendered, parts), summary(parts)])
    print(text)
    if page is not None:
        before, _, after = page.read_text().split(MARK)
        page.write_text(f"{before}{MARK}\n\n{text}\n\n{MARK}{after}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
