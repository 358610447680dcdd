"""What a run found out: read from pytest-benchmark, kept without the noise."""

from __future__ import annotations

import json
import os
import platform
from collections import defaultdict
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import partialjson

PACKAGES = [
    "jiter",
    "orjson",
    "msgspec",
    "pysimdjson",
    "pydantic",
    "pydantic-core",
    "jsonriver",
    "ijson",
    "partial-json-parser",
    "json-repair",
    "fast-json-repair",
    "langchain-core",
]


@dataclass(frozen=True)
class Figure:
    """One cell: seconds per unit of work, or what else was counted."""

    value: float
    notes: dict[str, Any]


class Results:
    """Every figure of a run, by section, case and who it is about."""

    def __init__(self, report: dict[str, Any]) -> None:
        self._figures: dict[tuple[str, str, str], Figure] = {}
        self.files: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for benchmark in report["benchmarks"]:
            self._add(benchmark)
        self.machine = _machine(report)

    def _add(self, benchmark: dict[str, Any]) -> None:
        info = benchmark["extra_info"]
        key = info["section"], info["case"], info["who"]
        timed = benchmark["stats"]["min"] / info.get("units", 1)
        figure = Figure(info.get("figure", timed), info["notes"])
        before = self._figures.get(key)
        self._figures[key] = figure if before is None else _best(before, figure)
        file = Path(benchmark["fullname"].partition("::")[0]).stem.removeprefix("bench_")
        if key not in self.files[file]:
            self.files[file].append(key)

    def __getitem__(self, cell: tuple[str, str, str]) -> Figure:
        """That figure. Raises KeyError where it was not measured."""
        return self._figures[cell]

    def get(self, section: str, case: str, who: str) -> Figure | None:
        """That figure, or None where it was not measured."""
        return self._figures.get((section, case, who))

    def value(self, section: str, case: str, who: str) -> float | None:
        """That figure's value, or None where it was not measured."""
        figure = self.get(section, case, who)
        return None if figure is None else figure.value

    def cases(self, section: str) -> list[str]:
        """The cases of a section, in the order in which they were measured."""
        return list(dict.fromkeys(case for each, case, _ in self._figures if each == section))

    def people(self, section: str) -> list[str]:
        """Who was measured in a section, in that order."""
        return list(dict.fromkeys(who for each, _, who in self._figures if each == section))

    def save(self, directory: Path) -> None:
        """Writes one file there for each file of benchmarks that ran."""
        for file, keys in self.files.items():
            figures = [
                {
                    "section": section,
                    "case": case,
                    "who": who,
                    "value": self[section, case, who].value,
                    **self[section, case, who].notes,
                }
                for section, case, who in keys
            ]
            content = {"machine": self.machine, "figures": figures}
            text = json.dumps(content, indent=1, ensure_ascii=False)
            (directory / f"{file}.json").write_text(text + "\n")


def _best(one: Figure, other: Figure) -> Figure:
    """The better of two turns; of those with several times, the best of each."""
    best = min(one, other, key=lambda figure: figure.value)
    series = [each.notes.get("found", {}).get("seconds") for each in (one, other)]
    if not all(isinstance(each, list) for each in series):
        return best
    seconds = [min(each) for each in zip(*series, strict=False)]
    return Figure(best.value, {**best.notes, "found": {**best.notes["found"], "seconds": seconds}})


def _machine(report: dict[str, Any]) -> dict[str, Any]:
    cpu = report["machine_info"]["cpu"]
    return {
        "date": report["datetime"][:10],
        "cpu": cpu["brand_raw"],
        "cores": cpu["count"],
        "load": round(os.getloadavg()[1], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "partialjson": partialjson.__version__,
        **_versions(),
    }


def _versions() -> dict[str, str]:
    """Of the peers that are installed here."""
    installed = {each.name.replace("_", "-").lower(): each for each in metadata.distributions()}
    return {name: installed[name].version for name in PACKAGES if name in installed}
