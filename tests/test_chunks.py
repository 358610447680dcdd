"""What a caller feeds, and that it is left as it was."""

import ctypes
import sys
from array import array
from typing import Any

import pytest

from partialjson import JSONSyntaxError, Parser, loads

WIDTHS = ["a", "é", "東", "😀", "aé", "a東é", "😀a東é"]


class Text(str):
    """A `str` that CPython lays out in another way than its own."""

    __slots__ = ()


@pytest.mark.parametrize("kind", [str, Text])
@pytest.mark.parametrize("letters", WIDTHS)
def test_a_str_of_any_width_and_length(letters: str, kind: type[str]) -> None:
    for count in range(70):
        chunk = kind((letters * count)[:count])
        parser = Parser()
        parser.write('"')
        assert parser.feed(chunk) == chunk
        assert parser.offset == 1 + len(chunk.encode())
        assert parser.feed(kind(chunk + '"')) == 2 * chunk
        assert loads(kind(f'["{chunk}"]')) == [chunk]


def test_why_a_buffer_cannot_be_read_is_told() -> None:
    released = memoryview(b"[1]")
    released.release()
    with pytest.raises(ValueError, match="released memoryview"):
        loads(released)


def test_every_buffer_of_bytes_is_one() -> None:
    """Those of ctypes name an order, which bytes have not."""
    data = (ctypes.c_ubyte * 3)(*b"[1]")
    text = ctypes.create_string_buffer(b"[1]", 3)
    for chunk in (data, text, memoryview(data), array("B", b"[1]"), memoryview(b"]1[")[::-1]):
        assert loads(chunk) == [1], chunk
    others: list[Any] = [array("b", b"[1]"), array("H", b"[]"), memoryview(b"[1] ").cast("I")]
    for other in others:
        with pytest.raises(TypeError, match="a chunk must be str, bytes, bytearray or a"):
            loads(other)


def test_every_code_point() -> None:
    codes = [code for code in range(0x20, 0x11_0000) if not 0xD800 <= code < 0xE000]
    text = "".join(chr(code) for code in codes if chr(code) not in '"\\')
    for step in (1, 31, 32, 33):
        parser = Parser(values="live")
        parser.write('"')
        for at in range(0, len(text), step):
            parser.write(text[at : at + step])
        parser.write('"')
        assert parser.finish() == text


@pytest.mark.parametrize("length", [0, 1, 30, 31, 32, 100])
@pytest.mark.parametrize("surrogate", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
@pytest.mark.parametrize("letter", ["a", "東", "😀"])
def test_a_lone_surrogate_in_a_str_of_any_length(letter: str, surrogate: int, length: int) -> None:
    parser = Parser()
    with pytest.raises(JSONSyntaxError) as caught:
        parser.feed('"' + letter * length + chr(surrogate))
    assert caught.value.pos == 1 + len((letter * length).encode()) + 1
    assert parser.value == letter * length


@pytest.mark.parametrize("letters", WIDTHS)
def test_a_token_is_left_as_it_was(letters: str) -> None:
    """CPython keeps the UTF-8 of a `str` with it, if it is asked for that."""
    tokens = ['"', *(letters + str(i) for i in range(20)), '"']
    sizes = [sys.getsizeof(token) for token in tokens]
    parser = Parser()
    for token in tokens:
        parser.feed(token)
    assert parser.finish() == "".join(tokens)[1:-1]
    assert [sys.getsizeof(token) for token in tokens] == sizes
