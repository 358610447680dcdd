"""Errors: which class, where, in which words, and that nothing is lost by them."""

import contextlib
import copy
import gc
import json
import pickle
import sys
import weakref
from typing import Any

import pytest

import partialjson
from tests.observation import Exact, Watched, refusal, seen
from tests.reference import Path, Reference, Refusal


def error_of(data: str | bytes, **options: Any) -> partialjson.ParseError:
    watched = Watched(**options)
    watched.feed(data)
    if watched.error is None:
        watched.finish()
    assert watched.error is not None
    return watched.error


# --- the tree of classes -----------------------------------------------------------------------


def test_every_error_is_one_of_json() -> None:
    for kind in (
        partialjson.JSONSyntaxError,
        partialjson.IncompleteJSONError,
        partialjson.LimitExceededError,
    ):
        assert issubclass(kind, partialjson.ParseError)
    assert issubclass(partialjson.ParseError, json.JSONDecodeError)
    assert issubclass(partialjson.ParseError, ValueError)
    with pytest.raises(json.JSONDecodeError):
        partialjson.loads("[x")


# --- where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "pos", "path"),
    [
        ('{"a":x', 5, ("a",)),
        ("[x", 1, (0,)),
        ("[1,x", 3, (1,)),
        ("[1,]", 3, (1,)),
        ('{"a":1,"b":}', 11, ("b",)),
        ('{"a":1 x', 7, ()),
        ('{"a":1x', 6, ("a",)),
        ("{x", 1, ()),
        ('{"a"x', 4, ()),
        ('{"a":1,}', 7, ()),
        ('{"a\nb', 3, ()),
        ('{"a":"\n', 6, ("a",)),
        ('{"a":"\\x', 7, ("a",)),
        ('{"a":tx', 6, ("a",)),
        ('{"a":truex', 9, ()),
        ('{"a":[1,{"b":[[],-x', 18, ("a", 1, "b", 1)),
        ('{"a":{"b":{}x', 12, ("a",)),
        ('{"a":{"b":[]]', 12, ("a",)),
        ("x", 0, ()),
        ("12x", 2, ()),
        ("{}x", 2, ()),
        ('"a\n', 2, ()),
        ('{"a":1,"a":[2,x', 14, ("a", 1)),
        ('{"":{"":x', 8, ("", "")),
    ],
)
def test_path_of_a_syntax_error(data: str, pos: int, path: Path) -> None:
    reference = Reference(data.encode()).error
    assert reference is not None
    assert (reference.pos, reference.path) == (pos, path)
    error = error_of(data)
    assert type(error) is partialjson.JSONSyntaxError
    assert (error.pos, error.path) == (pos, path)


@pytest.mark.parametrize(
    ("data", "lineno", "colno"),
    [
        ("x", 1, 1),
        ("\nx", 2, 1),
        ("\n\n  x", 3, 3),
        ("[1,\n2,\nx", 3, 1),
        ('{"上海":x', 1, 7),
        ('{\n"上海":\n "😀",x', 3, 6),
        ("\r\nx", 2, 1),
        ("\rx", 1, 2),
        (b'"\xff', 1, 2),
        (b'"\xe4\xb8"', 1, 3),
        (b"\xef\xbb\xbfx", 1, 2),
        (b"\xef\xbb\xbf\nx", 2, 1),
        ('"\u2028\n', 1, 3),
        ('"\\n\n', 1, 4),
    ],
)
def test_line_and_column_count_code_points(data: str | bytes, lineno: int, colno: int) -> None:
    error = error_of(data)
    assert (error.lineno, error.colno) == (lineno, colno)


@pytest.mark.parametrize("newlines", [1, 255, 256, 65_536])
def test_line_numbers_have_no_bound(newlines: int) -> None:
    error = error_of("\n" * newlines + " " * newlines + "x")
    assert (error.lineno, error.colno, error.pos) == (newlines + 1, newlines + 1, 2 * newlines)


def test_json_names_the_same_place() -> None:
    """Where `json` refuses a byte itself, and not a word that begins with it."""
    for data in ("[1,\n 2 3]", '{"a":1,\n"b" 2}', "{}\n x", '["a",\n"b\\x"]'):
        with pytest.raises(json.JSONDecodeError) as theirs:
            json.loads(data)
        ours = error_of(data)
        assert ours.lineno == theirs.value.lineno


# --- the end before the end ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "open_path"),
    [
        ("", None),
        (" \n", None),
        (b"\xef\xbb", None),
        ("{", ()),
        ('{"a', ()),
        ('{"a":', ()),
        ('{"a":1', ("a",)),
        ('{"a":[1,', ("a",)),
        ('{"a":[1,"x', ("a", 1)),
        ("-", ()),
        ("1.", ()),
        ("tru", ()),
        ('"x', ()),
    ],
)
def test_incomplete_documents(data: str | bytes, open_path: Path | None) -> None:
    parser = partialjson.Parser()
    shown = parser.feed(data)
    size = len(data.encode() if isinstance(data, str) else data)
    with pytest.raises(partialjson.IncompleteJSONError) as caught:
        parser.finish()
    error = caught.value
    assert error.open_path == open_path
    assert error.path == (open_path or ())
    assert error.pos == parser.offset == size
    assert Exact(error.value) == Exact(parser.value) == Exact(shown)
    assert parser.status == "error"
    for again in (lambda: parser.feed("]"), lambda: parser.write(b""), parser.finish):
        with pytest.raises(partialjson.IncompleteJSONError) as caught:
            again()
        assert refusal(caught.value) == refusal(error)
        assert caught.value.open_path == open_path
    parser.reset()
    assert parser.feed("[]") == []
    assert parser.finish() == []


@pytest.mark.parametrize("text", ["12", "-0", "1.5e3", "0", "1e400"])
def test_the_end_completes_a_bare_number(text: str) -> None:
    parser = partialjson.Parser()
    assert parser.feed(text) is partialjson.MISSING
    assert parser.status == "open"
    assert Exact(parser.finish()) == Exact(json.loads(text))
    assert Exact(parser.value) == Exact(json.loads(text))
    assert parser.status == "complete"
    assert parser.open_path is None
    assert parser.state(()) == "complete"


def test_finish_can_be_asked_again_and_nothing_can_follow_it() -> None:
    parser = partialjson.Parser()
    parser.write('{"a":[1]}')
    value = parser.finish()
    assert parser.finish() is value
    for chunk in ("", b"", " ", "x", '{"a":1}'):
        for method in (parser.feed, parser.write):
            with pytest.raises(ValueError, match="finish") as caught:
                method(chunk)
            assert not isinstance(caught.value, partialjson.ParseError)
    assert parser.finish() is value is parser.value
    assert (parser.status, parser.offset) == ("complete", 9)
    parser.reset()
    assert parser.feed("[") == []


# --- in which words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "x" * 1_000_000,
        '{"a":' + "x" * 1_000_000,
        "[" + "1" * 4_000 + "x" * 1_000_000,
        '"' + "SECRET" * 100_000 + "\n",
        '{"' + "SECRET" * 100_000 + "\n",
        '{"' + "SECRET" * 100_000 + '" SECRET',
        '{"' + "SECRET" * 100_000 + '":' + "SECRET",
        '["' + "SECRET" * 100_000,
        "truSECRET",
        "\udcff" * 1_000,
        '"\\ud83dSECRET',
    ],
)
def test_an_error_quotes_little_of_what_came(data: str) -> None:
    error = error_of(data)
    for text in (str(error), error.msg, repr(error)):
        assert len(text) < 200
        assert "SECRET" not in text
        assert "x" * 33 not in text
        assert "1" * 33 not in text
    assert error.doc == ""


def test_an_error_says_where_it_is() -> None:
    error = error_of('{"a":\n [1,x')
    assert f"line {error.lineno} column {error.colno}" in str(error)
    assert str(error.pos) in str(error)
    assert str(error).startswith(error.msg)


@pytest.mark.parametrize("byte", range(256))
def test_any_byte_can_be_named_in_an_error(byte: int) -> None:
    for before in (b"", b"[1 ", b"tr", b"1.", b'"\\', b'"\\u00', b'{"a"', b"{}"):
        reference = Reference(before + bytes([byte]))
        if reference.error:
            error = error_of(before + bytes([byte]))
            assert refusal(error) == reference.error
            str(error).encode()
            assert str(error).isprintable()


def test_the_words_do_not_depend_on_the_cuts() -> None:
    for data in (b"truSECRET", b'"\xe4\xb8x', b'"\\ud83d\\x', b"[1 2", b'{"a" 1', b"\xef\xbbx"):
        messages = set()
        for cut in range(len(data) + 1):
            watched = Watched()
            watched.feed(data[:cut])
            watched.feed(data[cut:])
            messages.add(str(watched.error))
        assert len(messages) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("[1}", "expected ',' or ']', found '}'"),
        ('{"a":1]', "expected ',' or '}', found ']'"),
        ('{"a":1"b":2}', "expected ',' or '}', found '\"'"),
        ("[1:", "expected ',' or ']', found ':'"),
        ("1,", "expected nothing more after the document, found ','"),
        ("[1x", "malformed number, found 'x'"),
        ("[01", "malformed number, found '1'"),
        ("[1.}", "expected a digit, found '}'"),
    ],
)
def test_a_number_is_not_malformed_where_it_just_ends(data: str, words: str) -> None:
    error = error_of(data)
    assert (error.msg, error.pos) == (words, len(data) - 1 if "b" not in data else 6)


def test_errors_can_be_copied_and_pickled() -> None:
    for error in (
        error_of('{"a":[1,x'),
        error_of('{"a":[1,"x'),
        error_of("[[[1", max_depth=2),
        error_of(""),
    ):
        error.__notes__ = ["the third call"]
        for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
            assert twin.__notes__ == ["the third call"]
            assert type(twin) is type(error)
            assert refusal(twin) == refusal(error)
            assert str(twin) == str(error)
            assert Exact(twin.value) == Exact(error.value)
            if isinstance(error, partialjson.IncompleteJSONError):
                assert twin.open_path == error.open_path


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    for data in ("[x", "[1", '"\\ud83dx', "[" * 2_000, b"\xff"):
        error_of(data)
    assert capfd.readouterr() == ("", "")


# --- what came before stays ----------------------------------------------------------------------


def test_what_a_path_raises_is_raised_and_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    class Steps(list[str]):
        def __iter__(self) -> Any:
            return Unsure(super().__iter__())

    class Unsure:
        def __init__(self, steps: Any) -> None:
            self.steps = steps

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            return next(self.steps)

        def __length_hint__(self) -> int:
            raise ZeroDivisionError

    parser = partialjson.Parser()
    parser.write('{"a":1,')
    with contextlib.suppress(ZeroDivisionError):
        assert parser.state(Steps("a")) == "complete"
    assert capfd.readouterr() == ("", "")


def test_everything_stays_readable_after_an_error() -> None:
    parser = partialjson.Parser()
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        parser.feed('{"a":[1,2,"x\n')
    error = caught.value
    assert parser.value == error.value == {"a": [1, 2, "x"]}
    assert parser.status == "error"
    assert parser.offset == error.pos == 12
    assert parser.open_path == error.path == ("a", 2)
    assert parser.state(("a",)) == parser.state(("a", 2)) == "open"
    assert parser.state(("a", 1)) == "complete"
    assert parser.state(("b",)) == "missing"
    with pytest.raises(partialjson.JSONSyntaxError) as again:
        _ = parser.completion
    assert refusal(again.value) == refusal(error)


def test_errors_do_not_grow_by_being_raised_again() -> None:
    parser = partialjson.Parser()
    with pytest.raises(partialjson.JSONSyntaxError) as first:
        parser.feed("[x")
    message = str(first.value)
    depths = set()
    for _ in range(50):
        with pytest.raises(partialjson.JSONSyntaxError) as caught:
            parser.feed("y")
        assert str(caught.value) == message
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
        depth, traceback = 0, caught.value.__traceback__
        while traceback is not None:
            depth, traceback = depth + 1, traceback.tb_next
        depths.add(depth)
    assert len(depths) == 1


def test_a_str_with_a_lone_surrogate_is_refused_as_its_bytes_would_be() -> None:
    for text in ('"a\ud83d', '"\udc00"', '{"a":["x\ud83dy"', "\ud83d", '"\ud83d\ude00"'):
        data = text.encode("utf-8", "surrogatepass")
        reference = Reference(data)
        watched = Watched()
        watched.feed(text)
        assert watched.seen == seen(reference)
        assert isinstance(watched.error, partialjson.JSONSyntaxError)


def test_str_and_bytes_may_alternate_but_not_inside_a_character() -> None:
    parser = partialjson.Parser()
    parser.write('{"上":'.encode())
    parser.write('"海')
    parser.write("上".encode()[:2])
    parser.write("上".encode()[2:])
    assert parser.feed('😀"}') == {"上": "海上😀"}
    for text in ("x", '"', "é", "上"):
        parser = partialjson.Parser()
        parser.write('"上'.encode()[:3])
        with pytest.raises(partialjson.JSONSyntaxError) as caught:
            parser.write(text)
        assert caught.value.pos == 3
    parser.reset()
    parser.write('"上'.encode()[:3])
    assert parser.feed("") == ""


# --- wrong arguments -----------------------------------------------------------------------------


class NotAChunk:
    """Has a length, items and a buffer's look, and is none."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        return 0x5B


@pytest.mark.parametrize("chunk", [None, 1, 1.5, ["["], ("[",), {"a": 1}, object(), NotAChunk()])
def test_a_chunk_of_a_wrong_type(chunk: Any) -> None:
    parser = partialjson.Parser()
    parser.write('{"a":[1,')
    for call in (parser.feed, parser.write, partialjson.loads):
        with pytest.raises(TypeError):
            call(chunk)
    assert parser.feed("2") == {"a": [1]}
    assert (parser.status, parser.offset) == ("open", 9)


def test_wrong_calls() -> None:
    parser: Any = partialjson.Parser()
    calls: list[Any] = [
        parser.feed,
        lambda: parser.feed("", ""),
        lambda: parser.feed(chunk=""),
        lambda: parser.write(),
        lambda: parser.finish(1),
        lambda: parser.state(),
        lambda: parser.state(1),
        lambda: parser.state(None),
        lambda: partialjson.Parser("[1"),
        lambda: partialjson.loads(),
        lambda: partialjson.loads("1", nonsense=1),
        lambda: partialjson.Parser(nonsense=1),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("path", ["a", 1, None, {"a": 1}, {"a"}, dict, iter("a")], ids=type)
def test_what_is_no_path_is_named(path: Any) -> None:
    message = f"^a path must be a sequence of keys and indices, not {type(path).__name__}$"
    parser = partialjson.Parser()
    parser.feed('{"a":1')
    with pytest.raises(TypeError, match=message):
        parser.state(path)
    if not isinstance(path, str):
        with pytest.raises(TypeError, match=message):
            partialjson.iteritems(['{"a":1}'], path)


@pytest.mark.parametrize(
    "options",
    [
        {"numbers": "lazy"},
        {"numbers": ""},
        {"strings": "eager"},
        {"duplicate_keys": "first"},
        {"values": "dead"},
        {"max_depth": -1},
        {"max_bytes": -1},
        {"max_string_bytes": -(10**30)},
        {"max_digits": -1},
    ],
)
def test_options_of_a_wrong_value(options: Any) -> None:
    for call in (partialjson.Parser, lambda **options: partialjson.loads("1", **options)):
        with pytest.raises(ValueError, match=next(iter(options))):
            call(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"numbers": 1},
        {"strings": None},
        {"duplicate_keys": b"last"},
        {"max_depth": "3"},
        {"max_depth": 1.5},
        {"max_bytes": []},
        {"max_digits": "all"},
    ],
)
def test_options_of_a_wrong_type(options: Any) -> None:
    with pytest.raises(TypeError):
        partialjson.Parser(**options)


def test_chunks_of_every_kind_of_buffer() -> None:
    text = b'{"a":[1,2]}'

    class Text(str):
        __slots__ = ()

    class Bytes(bytes):
        __slots__ = ()

    for chunk in (text, bytearray(text), memoryview(text), Text(text.decode()), Bytes(text)):
        assert partialjson.loads(chunk) == {"a": [1, 2]}
        parser = partialjson.Parser()
        assert parser.write(chunk) == len(text)
        assert parser.finish() == {"a": [1, 2]}


def test_a_bytearray_is_free_again_after_feed() -> None:
    chunk = bytearray(b"[1,2,")
    parser = partialjson.Parser()
    value = parser.feed(chunk)
    chunk[:] = b"xxxxxxxxxxx"
    chunk.clear()
    assert parser.value == value == [1, 2]


def test_the_limit_error_says_which_and_how_much() -> None:
    error = error_of("[" * 1025)
    assert isinstance(error, partialjson.LimitExceededError)
    assert (error.limit, error.maximum, error.pos) == ("max_depth", 1024, 1024)
    assert error.path == (0,) * 1024


def test_a_parser_that_failed_can_be_collected() -> None:
    """It keeps its error, which keeps the frame that it was raised in, which keeps the parser."""

    class Resource:
        """Stands for what a request's frame may hold."""

    def request() -> weakref.ref[Resource]:
        resource = Resource()
        parser = partialjson.Parser()
        with pytest.raises(partialjson.ParseError):
            parser.feed("[x")
        return weakref.ref(resource)

    reference = request()
    gc.collect()
    assert reference() is None


def test_reference_counts_of_arguments_are_steady() -> None:
    chunks: list[Any] = ["[1,", b"[1,", bytearray(b"[1,"), "x" * 1_000]
    before = [sys.getrefcount(chunk) for chunk in chunks]
    for chunk in chunks:
        for _ in range(100):
            watched = Watched()
            watched.feed(chunk)
            watched.feed(chunk)
    # An error that is kept holds the frame that it was raised in.
    del chunk, watched
    gc.collect()
    assert [sys.getrefcount(chunk) for chunk in chunks] == before


def test_a_refusal_of_the_reference_is_what_an_error_is() -> None:
    error = error_of("[1,\n x")
    assert refusal(error) == Refusal("JSONSyntaxError", 5, 2, 2, (1,))


def test_a_value_that_the_caller_shortens_gives_a_clear_error() -> None:
    parser = partialjson.Parser()
    value = parser.feed('[1,2,"x')
    value.clear()
    with pytest.raises(RuntimeError, match="changed by the caller"):
        parser.feed("y")
    parser.reset()
    assert parser.feed('["x') == ["x"]


def test_errors_are_named_as_users_import_them() -> None:
    for name in ("ParseError", "JSONSyntaxError", "IncompleteJSONError", "LimitExceededError"):
        assert f"{getattr(partialjson, name)}" == f"<class 'partialjson.{name}'>"


def test_no_index_is_a_float() -> None:
    parser = partialjson.Parser()
    parser.feed('["a","x')
    assert [parser.state((index,)) for index in (1, 1.0, 0.0)] == ["open", "missing", "missing"]
