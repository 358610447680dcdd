"""What every figure is held against: the table's sections, its ratios and their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from benches.results import Figure, Results
from benches.workloads import workload

OURS = "partialjson"
MICRO = 1e6
KILO = 1024


@dataclass(frozen=True)
class Verdict:
    """A ratio and the target that it meets or misses."""

    what: str
    ratio: float
    target: float
    at_least: bool

    @property
    def passed(self) -> bool:
        """Whether the target is met."""
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


@dataclass
class Row:
    """One case: everybody's figure, as text, and the verdicts on ours."""

    case: str
    cells: dict[str, str]
    verdicts: list[Verdict] = field(default_factory=list)


@dataclass
class Section:
    """A table: what its figures are, and its rows."""

    title: str
    unit: str
    rows: list[Row]


Show = Callable[[Figure], str]


def milliseconds(figure: Figure) -> str:
    return f"{figure.value * 1e3:.2g}"


def microseconds(figure: Figure) -> str:
    """Three digits or so; ``~`` where only some beginnings of the document were parsed."""
    value = figure.value * MICRO
    sampled = figure.notes.get("sampled", figure.notes.get("found", {}).get("sampled"))
    mark = "~" if sampled is not None and sampled < figure.notes["tokens"] else ""
    return mark + (
        f"{value:.3f}" if value < 1 else f"{value:.3g}" if value < 100 else f"{value:.0f}"
    )


def megabytes_per_second(figure: Figure) -> str:
    return f"{figure.notes['size'] / figure.value / 1e6:.0f}"


def kilobytes(figure: Figure) -> str:
    return f"{figure.value / KILO:.1f}"


def kept(figure: Figure) -> str:
    return f"{figure.notes['found']['kept'] / KILO:.1f}"


def table(results: Results, section: str, title: str, unit: str, show: Show) -> Section:
    """Everybody's figures of a section, no verdicts yet."""
    rows = []
    for case in results.cases(section):
        people = results.people(section)
        figures = {who: results.get(section, case, who) for who in people}
        rows.append(Row(case, {who: show(each) for who, each in figures.items() if each}))
    return Section(title, unit, rows)


FASTER_AT_FIRST = 5


def first(results: Results) -> Iterator[Section]:
    title = "A 9 KB report in pieces of four characters, each value held"
    section = table(results, "first", title, "µs/token", microseconds)
    for row in section.rows:
        compare(results, "first", row, "jiter", FASTER_AT_FIRST)
    yield section


FASTER_THAN_JITER = {
    "tool_call": 2,
    "profile": 4,
    "report": 20,
    "extraction": 100,
    "code": 10,
    "unicode": 40,
    "numbers": 30,
}
FASTER_THAN_JSONRIVER = 15


def held(results: Results) -> Iterator[Section]:
    section = table(
        results, "held", "Stream, value held by the loop variable", "µs/token", microseconds
    )
    for row in section.rows:
        for peer, target in (
            ("jiter", FASTER_THAN_JITER.get(row.case)),
            ("jsonriver", FASTER_THAN_JSONRIVER if row.case in FASTER_THAN_JITER else None),
        ):
            compare(results, "held", row, peer, target)
    yield section
    for how in ("bytes", "characters", "1 KB frames"):
        yield table(results, how, f"The same, cut into {how}", "µs/chunk", microseconds)


def compare(results: Results, section: str, row: Row, peer: str, target: float | None) -> None:
    """Adds how many times faster than that peer we are."""
    ours, theirs = (results.value(section, row.case, who) for who in (OURS, peer))
    if ours and theirs and target:
        row.verdicts.append(Verdict(f"{peer} / ours", theirs / ours, target, at_least=True))


LONG_REPORT = "report, 10 times as long"
FASTER_THAN_INSTRUCTOR = 100
FASTER_THAN_OPTIONAL = {"report": 20, "extraction": 200}
BESIDE_PLAIN = 4
LONG_BESIDE_SHORT = 1.3


def models(results: Results) -> Iterator[Section]:
    title = "Models: a typed partial object after every token"
    section = table(results, "models", title, "µs/token", microseconds)
    for row in section.rows:
        compare(results, "models", row, "instructor", FASTER_THAN_INSTRUCTOR)
        peer = "jiter, optional model"
        compare(results, "models", row, peer, FASTER_THAN_OPTIONAL.get(row.case))
        ours = results.value("models", row.case, OURS)
        plain = results.value("models", row.case, "Parser, plain values")
        if ours and plain:
            ratio = ours / plain
            row.verdicts.append(Verdict("ours / plain", ratio, BESIDE_PLAIN, at_least=False))
        short = results.value("models", "report", OURS)
        if row.case == LONG_REPORT and ours and short:
            ratio = ours / short
            row.verdicts.append(Verdict("long / short", ratio, LONG_BESIDE_SHORT, at_least=False))
    yield section


FASTER_WITHIN_INSTRUCTOR = 20


def bridge(results: Results) -> Iterator[Section]:
    title = "A stream through Instructor, with its own Partial and with ours"
    section = table(results, "bridge", title, "µs/token", microseconds)
    for row in section.rows:
        compare(results, "bridge", row, "instructor alone", FASTER_WITHIN_INSTRUCTOR)
    yield section


ADDED_TO_PARSING = 2


def wrappers(results: Results) -> Iterator[Section]:
    title = "A stream of typed objects out of chat completion chunks"
    section = table(results, "wrappers", title, "µs/chunk", microseconds)
    for row in section.rows:
        ours, alone, bare = (
            results.value("wrappers", row.case, who) for who in (OURS, "parsing alone", "SDK, bare")
        )
        if ours and alone and bare:
            added = (ours - alone - bare) * MICRO
            row.verdicts.append(Verdict("µs added", added, ADDED_TO_PARSING, at_least=False))
    yield section


# The yardstick of the streams of which nothing is held.
AT_ONCE = "jiter, tool_call at once"
PER_TOKEN_OF_ONE_SHOT = 0.3
GROWTH_TO_A_MEGABYTE = 1.3


def not_held(results: Results) -> Iterator[Section]:
    for how, title in (
        ("not held", "Stream, value read at every 50th token"),
        ("live", "Stream, the live value at every token"),
    ):
        section = table(results, how, title, "µs/token", microseconds)
        for row in section.rows:
            ours, once = (results.value(how, row.case, who) for who in (OURS, AT_ONCE))
            if ours and once:
                what, target = "ours / jiter at once", PER_TOKEN_OF_ONE_SHOT
                row.verdicts.append(Verdict(what, ours / once, target, at_least=False))
            small = results.value(how, "profile", OURS)
            if row.case == "extraction_1mb" and ours and small:
                what, target = "1 MB / profile", GROWTH_TO_A_MEGABYTE
                row.verdicts.append(Verdict(what, ours / small, target, at_least=False))
        yield section


# It looks for no string among those that came before, which pays where all are new.
UNCACHED = "jiter, no cache"
FASTER_AT_ONCE = 1.2
STR_BESIDE_BYTES = 1.1


def one_shot(results: Results) -> Iterator[Section]:
    for name, title in (
        ("bytes, warm", "One shot from bytes, the same document again and again"),
        ("bytes, fresh", "One shot from bytes, every string but the keys seen for the first time"),
        ("bytes, cold", "One shot from bytes, every key seen for the first time"),
    ):
        section = table(results, name, title, "MB/s", megabytes_per_second)
        for row in section.rows:
            best = min(
                ("jiter", UNCACHED, "orjson"),
                key=lambda who: results.value(name, row.case, who) or float("inf"),
            )
            compare(results, name, row, best, FASTER_AT_ONCE)
        yield section
    section = table(results, "str", "One shot from str", "MB/s", megabytes_per_second)
    for row in section.rows:
        ours = results.value("str", row.case, OURS)
        from_bytes = results.value("bytes, warm", row.case, OURS)
        if ours and from_bytes and workload(row.case).text.isascii():
            what, target = "str / bytes", STR_BESIDE_BYTES
            row.verdicts.append(Verdict(what, ours / from_bytes, target, at_least=False))
    yield section


SHORT_BESIDE_JITER = 1.3


def short(results: Results) -> Iterator[Section]:
    section = table(results, "short", "Short calls: 20 bytes", "µs/call", microseconds)
    titles = {"parser": "Parser(), feed, finish", "reset": "feed, finish, reset"}
    for row in section.rows:
        ours, theirs = (
            results.value("short", row.case, OURS),
            results.value("short", "loads", "jiter"),
        )
        if row.case == "parser" and ours and theirs:
            row.cells["jiter"] = microseconds(Figure(theirs, {}))
            what, target = "ours / jiter", SHORT_BESIDE_JITER
            row.verdicts.append(Verdict(what, ours / theirs, target, at_least=False))
        row.case = titles.get(row.case, row.case)
    yield section


def imports(results: Results) -> Iterator[Section]:
    yield table(results, "import", "Imported into a new process", "ms", milliseconds)


TOKENS_PER_SECOND = 2e6
MANY_BESIDE_ONE = 1.5
# No slower in total, within what the clock can tell.
THREADS_BESIDE_ONE = 1.05


def many(results: Results) -> Iterator[Section]:
    section = table(
        results, "many", "10,000 streams, one token each in turn", "µs/token", microseconds
    )
    for row in section.rows:
        all_, one = (
            results.value("many", row.case, who) for who in ("10,000 streams", "one stream")
        )
        if all_ and one:
            what, target = "million tokens/s", TOKENS_PER_SECOND / 1e6
            row.verdicts.append(Verdict(what, 1 / all_ / 1e6, target, at_least=True))
            what, target = "many / one", MANY_BESIDE_ONE
            row.verdicts.append(Verdict(what, all_ / one, target, at_least=False))
    yield section
    section = table(
        results, "threads", "Four threads at once, or one after the other", "µs", microseconds
    )
    for row in section.rows:
        four, one = (
            results.value("threads", row.case, who) for who in ("four threads", "one thread")
        )
        if four and one:
            what, target = "four / one", THREADS_BESIDE_ONE
            row.verdicts.append(Verdict(what, four / one, target, at_least=False))
    yield section


PEAK_KILOBYTES = 64
OPEN_KILOBYTES = 1
# What three generations of 10,000 streams may leave behind.
FLAT_KILOBYTES = 64


def memory(results: Results) -> Iterator[Section]:
    for name, title, target in (
        ("peak", "Peak of a parse, beyond its result", PEAK_KILOBYTES),
        ("open", "A parser open on 1 KB, beyond its value", OPEN_KILOBYTES),
        ("flat", "Left behind by 10,000 streams", FLAT_KILOBYTES),
    ):
        section = table(results, name, title, "KB", kilobytes)
        for row in section.rows:
            ours = results.value(name, row.case, OURS)
            if ours is not None:
                verdict = Verdict("ours", ours / KILO, target, at_least=False)
                row.verdicts.append(verdict)
        yield section
        if name == "peak":
            yield table(results, name, "Left behind by a parse, its result dropped", "KB", kept)


GROWTH = 2.3


def scaling(results: Results) -> Iterator[Section]:
    rows = {family: Row(family, {}) for family in results.cases("growth, 64")}
    for chunk, who in (
        ("64", "16 MB by 64 bytes"),
        ("1", "1 MB byte by byte"),
        ("whole", "16 MB in one chunk"),
    ):
        for family, row in rows.items():
            figure = results.get(f"growth, {chunk}", family, OURS)
            if figure:
                # Of the best times: the least of the turns' ratios would choose its own noise.
                seconds = figure.notes["found"]["seconds"]
                ratio = max(later / earlier for earlier, later in pairwise(seconds))
                row.cells[who] = f"{seconds[-1] * 1000:.0f} ms"
                row.verdicts.append(Verdict("×", ratio, GROWTH, at_least=False))
    yield Section("Twice the document: time(2n) / time(n)", "", list(rows.values()))


def sections(results: Results) -> list[Section]:
    """All that were measured."""
    streams = (first, held, models, bridge, wrappers, not_held)
    parts = (*streams, one_shot, short, imports, many, memory, scaling)
    return [section for part in parts for section in part(results) if section.rows]
