"""What comes with ``import partialjson``, and what comes when it is asked for."""

import ast
from pathlib import Path

import pytest

import partialjson
from tests.programs import run

WITH_THE_PARSER = ["MISSING", "MissingType", "Parser", "__version__", "loads"]


def test_parsing_imports_nothing_else() -> None:
    program = """
        import sys
        before = set(sys.modules)
        from partialjson import MISSING, Parser, loads
        assert loads("[1]") == [1] and Parser().feed("[2") == [] and Parser().feed("") is MISSING
        print(*sorted(set(sys.modules) - before))
    """
    assert run(program).split() == ["partialjson", "partialjson._partialjson"]


@pytest.mark.parametrize("call", ["loads(b'[1,]')", "Parser().feed('[1,]')", "Parser().finish()"])
def test_errors_come_when_they_are_raised(call: str) -> None:
    program = f"""
        import sys, partialjson
        assert "partialjson._errors" not in sys.modules
        try:
            partialjson.{call}
        except ValueError as error:
            assert isinstance(error, partialjson.ParseError)
            print(type(error).__name__)
    """
    assert run(program) in ("JSONSyntaxError\n", "IncompleteJSONError\n")


def test_errors_are_those_of_the_modules_that_are_there() -> None:
    """A test may import everything anew, and then put back what was there before."""
    program = """
        import sys
        from unittest import mock
        import partialjson

        def name_of_error(partialjson):
            try:
                partialjson.loads("[1,]")
            except partialjson.JSONSyntaxError as error:
                return type(error).__name__

        print(name_of_error(partialjson))
        with mock.patch.dict(sys.modules):
            for name in [each for each in sys.modules if each.startswith("partialjson")]:
                del sys.modules[name]
            import partialjson as again
            assert again.JSONSyntaxError is not partialjson.JSONSyntaxError
            print(name_of_error(again))
        print(name_of_error(partialjson))
    """
    assert run(program).split() == ["JSONSyntaxError"] * 3


def test_type_checkers_see_what_comes_when_it_is_asked_for() -> None:
    tree = ast.parse(Path(partialjson.__file__).read_text("utf-8"))
    typed, _ = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in typed.body if isinstance(node, ast.ImportFrom)]
    seen = {
        alias.name: (node.module or "").removeprefix("partialjson.")
        for node in imports
        for alias in node.names
    }
    assert seen == partialjson._LAZY
    assert sorted([*seen, *WITH_THE_PARSER]) == sorted(partialjson.__all__)


def test_a_second_interpreter_is_refused() -> None:
    """Its exceptions would be those of the first."""
    program = """
        import sys
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import partialjson
        code = f'''if True:
            import sys
            sys.path[:] = {sys.path}
            try:
                import partialjson
            except ImportError:
                print("refused", flush=True)
        '''
        interpreters.run_string(interpreters.create(), code)
        assert partialjson.loads("[1]") == [1]
    """
    assert run(program) == "refused\n"


@pytest.mark.parametrize("lacks", [["openai"], ["openai", "pydantic"]])
def test_help_is_of_what_can_be_had(lacks: list[str]) -> None:
    pytest.importorskip("openai")
    program = f"""
        import pydoc, sys
        sys.modules |= dict.fromkeys({lacks})
        import partialjson
        pydoc.render_doc(partialjson)
        for name in dir(partialjson):
            getattr(partialjson, name)
        for name in set(partialjson.__all__) - set(dir(partialjson)):
            try:
                getattr(partialjson, name)
            except ImportError as error:
                assert "pip install 'partialjson-rs[" in str(error)
            else:
                raise AssertionError(name)
        print(len(dir(partialjson)))
    """
    assert int(run(program)) == len(partialjson.__all__) - (3 if lacks == ["openai"] else 15)


def test_every_name_is_there_and_no_other() -> None:
    pytest.importorskip("openai")
    for name in partialjson.__all__:
        assert getattr(partialjson, name) is getattr(partialjson, name)
    assert dir(partialjson) == sorted(partialjson.__all__)
    other = "dumps"
    with pytest.raises(AttributeError, match=r"^module 'partialjson' has no attribute 'dumps'$"):
        getattr(partialjson, other)
