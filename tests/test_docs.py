"""The pages in docs/ say what is so: their examples run, and the layers are as they draw them."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import partialjson

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / name for name in ("semantics.md", "design.md")]


def tokens(page: Path) -> list[Token]:
    return MarkdownIt().enable("table").parse(page.read_text("utf-8"))


# --- examples ------------------------------------------------------------------------------------


def examples() -> Iterator[object]:
    for page in PAGES:
        for token in tokens(page):
            if token.type == "fence" and token.info == "python":
                line = token.map[0] + 1 if token.map else 0
                yield pytest.param(token.content, page, line, id=f"{page.name}:{line}")


@pytest.mark.parametrize(("block", "page", "line"), list(examples()))
def test_example_prints_what_is_shown(block: str, page: Path, line: int) -> None:
    names = {
        "partialjson": partialjson,
        "MISSING": partialjson.MISSING,
        "Parser": partialjson.Parser,
    }
    example = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), line)
    assert example.examples, "an example is written as it is typed, with >>>"
    said: list[str] = []
    results = doctest.DocTestRunner().run(example, out=said.append)
    assert results.failed == 0, "".join(said)


def links(page: Path) -> Iterator[str]:
    for token in tokens(page):
        for child in token.children or ():
            link = child.attrGet("href") or child.attrGet("src")
            if link is not None:
                yield str(link)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "js/README.md"], ids=str
)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        there = page.parent / name if name else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


# --- layers --------------------------------------------------------------------------------------


def layers() -> Iterator[list[Path]]:
    """Give the files that each row of the lists in docs/design.md names, the lowest first."""
    is_list = False
    stream = tokens(ROOT / "docs" / "design.md")
    for row, cell, inline in zip(stream, stream[1:], stream[2:], strict=False):
        if row.type != "tr_open":
            continue
        if cell.type == "th_open":
            is_list = inline.content == "file"
        elif is_list:
            spans = [c.content for c in inline.children or () if c.type == "code_inline"]
            paths = [ROOT / span for span in spans]
            yield [f for path in paths for f in (path.rglob("*.rs") if path.is_dir() else [path])]


LAYERS = list(layers())
RANKS = {file: rank for rank, files in enumerate(LAYERS) for file in files}
RUST = sorted((ROOT / "src").rglob("*.rs"))
PYTHON = sorted((ROOT / "python").rglob("*.py"))
NAMES = {file: str(file.relative_to(ROOT)) for file in [*RUST, *PYTHON]}


def rust_code(file: Path) -> str:
    """Give a file without its comments and its tests."""
    text = file.read_text("utf-8").split("#[cfg(test)]\nmod ")[0]
    return re.sub(r"//.*", "", text)


def rust_modules() -> dict[tuple[str, ...], Path]:
    source = ROOT / "src"
    return {
        tuple(
            part for part in file.relative_to(source).with_suffix("").parts if part != "mod"
        ): file
        for file in RUST
        if file.name != "lib.rs"
    }


MODULES = rust_modules()
MODULE_OF = {file: module for module, file in MODULES.items()}
# `crate::a::b`, `super::{a, b}`, `self::a`: what a path begins with, and then its next names.
RUST_PATH = re.compile(r"\b(crate|self|super)(?=::)((?:::\w+)*)(?:::\{([^;]*)\})?")


def rust_imports(file: Path) -> Iterator[Path]:
    """Give the files of the modules that paths in a file lead to."""
    here = MODULE_OF.get(file, ())
    # In a module within the file, `super` is the file.
    starts: dict[str, list[tuple[str, ...]]]
    starts = {"crate": [()], "self": [here], "super": [here[:-1], here]}
    for anchor, rest, group in RUST_PATH.findall(rust_code(file)):
        for start, name in product(starts[anchor], re.findall(r"\w+", group) or [""]):
            yield from modules_on([*start, *rest.split("::")[1:], name])


def modules_on(path: list[str]) -> Iterator[Path]:
    """Give the file of the longest part of a path that is a module."""
    for length in range(len(path), 0, -1):
        if tuple(path[:length]) in MODULES:
            yield MODULES[tuple(path[:length])]
            return


def python_imports(file: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            stem = ROOT / "python" / name.replace(".", "/")
            yield from (
                path
                for path in (stem.with_suffix(".py"), stem.with_suffix(".pyi"))
                if path.is_file()
            )


def test_every_file_has_its_place() -> None:
    """In a list of docs/design.md, once, below all that it imports."""
    named = sorted(file for files in LAYERS for file in files)
    stub = ROOT / "python" / "partialjson" / "_partialjson.pyi"
    assert named == sorted([*RUST, *PYTHON, stub])


@pytest.mark.parametrize("file", RUST, ids=NAMES.get)
def test_rust_imports_only_from_above(file: Path) -> None:
    for imported in rust_imports(file):
        # The children of a module count as the module.
        assert RANKS[imported] < RANKS[file] or imported in LAYERS[RANKS[file]], NAMES[imported]


@pytest.mark.parametrize("file", PYTHON, ids=NAMES.get)
def test_python_imports_only_from_above(file: Path) -> None:
    for imported in python_imports(file):
        assert RANKS[imported] < RANKS[file] or imported == file, imported.name


def test_imports_are_seen() -> None:
    """The tests above would pass, too, if they saw nothing."""
    source = ROOT / "src"
    assert source / "text.rs" in set(rust_imports(source / "scan.rs"))
    assert source / "number.rs" in set(rust_imports(source / "machine" / "scalars.rs"))
    assert source / "machine.rs" in set(rust_imports(source / "machine" / "strings.rs"))
    assert source / "py" / "ffi.rs" in set(rust_imports(source / "py" / "build" / "changes.rs"))
    assert source / "py" / "parser.rs" in set(rust_imports(source / "py" / "mod.rs"))
    package = ROOT / "python" / "partialjson"
    assert package / "_types.py" in set(python_imports(package / "_errors.py"))
    assert package / "_partialjson.pyi" in set(python_imports(package / "_iterate.py"))


def test_only_py_knows_python() -> None:
    knowing = [NAMES[file] for file in RUST if re.search(r"\bpyo3\b", rust_code(file))]
    assert knowing
    assert all(name.startswith("src/py/") for name in knowing), knowing


# What reaches into CPython, and what is done to many bytes at once.
UNSAFE = (
    "src/py/ffi",
    "src/scan/blocks.rs",
    "src/scan/blocks/avx512.rs",
    "src/scan/plain.rs",
    "src/scan/simd/aarch64.rs",
    "src/scan/short.rs",
    "src/scan/short/avx2.rs",
    "src/scan/short/avx512.rs",
    "src/scan/simd/x86_64.rs",
    "src/text/decode",
)


def test_unsafe_code_is_in_three_modules_and_gives_its_reasons() -> None:
    for file in RUST:
        code = rust_code(file)
        unsafe = len(re.findall(r"\bunsafe\b", code))
        # What the caller must see to stands above a function, why that is so at each other use.
        functions = len(re.findall(r'\bunsafe (?:extern "C" )?fn \w', code))
        if NAMES[file].startswith(UNSAFE):
            text = file.read_text("utf-8")
            assert unsafe > 0
            assert functions == text.count("/// # Safety")
            assert unsafe - functions <= text.count("// SAFETY: ")
        else:
            assert unsafe == 0, NAMES[file]


def test_every_test_that_a_page_names_exists() -> None:
    named = re.findall(
        r"`(tests/\w+\.(?:py|rs))::(\w+)`", (ROOT / "docs" / "testing.md").read_text("utf-8")
    )
    assert len(named) > 40
    for file, name in named:
        assert re.search(rf"\b(def|fn) {name}\b", (ROOT / file).read_text("utf-8")), (file, name)


def test_parsing_needs_no_other_package() -> None:
    """Nor does Pydantic come with what has no models."""
    for name in ("__init__", "_types", "_errors", "_iterate", "_providers"):
        tree = ast.parse((ROOT / "python" / "partialjson" / f"{name}.py").read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not re.search(r"\b(pydantic|openai|typing_extensions)\b", ast.unparse(node))


@pytest.mark.parametrize("file", [*RUST, *PYTHON], ids=NAMES.get)
def test_files_are_small(file: Path) -> None:
    text = file.read_text("utf-8").split("#[cfg(test)]\nmod ")[0]
    # "About 500": what is a little longer need not be torn apart.
    assert text.count("\n") <= 550


def test_the_source_distribution_is_of_the_root_alone() -> None:
    manifest = (ROOT / "Cargo.toml").read_text("utf-8")
    included = re.findall(r'"(.+?)"', manifest.split("\ninclude = ")[1].splitlines()[0])
    # Without the slash it is whatever has that name in any folder, those of the .venv included.
    assert "/LICENSE" in included
    assert all(each.startswith("/") for each in included)
