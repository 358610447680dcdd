"""Every file of JSONTestSuite and of the naughty strings, cut at every byte.

The two that are larger than 50 KB hold only opening brackets and are refused for their depth: they
are cut at every byte near that place, and elsewhere at intervals.
"""

import json
from pathlib import Path

import pytest

import partialjson
from tests.corpora import JSON_TEST_SUITE, NAUGHTY_STRINGS, json_test_suite, needs
from tests.observation import Exact, Seen, Watched, seen, seen_at_once
from tests.oracle import strict_loads
from tests.reference import Reference
from tests.strategies import LONG

LARGE = 50_000


def places_to_cut(data: bytes, end: int) -> list[int]:
    """Say where to cut what is read up to `end`."""
    if len(data) < LARGE:
        return list(range(len(data) + 1))
    if LONG:
        return list(range(end + 100))
    return [*range(0, end, 11), *range(end - 20, end + 20), *range(end, len(data), 9_973)]


def seen_in_two(data: bytes, cut: int) -> Seen:
    watched = Watched()
    for chunk in (data[:cut], data[cut:]):
        watched.write(chunk)
    watched.finish()
    return watched.seen


def seen_byte_by_byte(data: bytes) -> Seen:
    watched = Watched()
    for at in range(min(len(data), LARGE)):
        watched.write(data[at : at + 1])
    watched.finish()
    return watched.seen


def check_every_cut(data: bytes) -> Seen:
    at_once = seen_at_once(data)
    for cut in places_to_cut(data, at_once.offset):
        assert seen_in_two(data, cut) == at_once
    assert seen_byte_by_byte(data) == at_once
    reference = Reference(data)
    reference.finish()
    assert at_once == seen(reference)
    return at_once


@json_test_suite("y_", 95)
def test_valid_documents_are_accepted(data: bytes) -> None:
    what = check_every_cut(data)
    assert what.error is None
    assert what.status == "complete"
    assert what.value == Exact(json.loads(data))


@json_test_suite("n_", 188)
def test_invalid_documents_are_refused(data: bytes) -> None:
    what = check_every_cut(data)
    assert what.status == "error"
    assert what.error is not None


ACCEPTED = "accepted"
NO_PAIR = "a lone half of a surrogate pair stands for no character"
NO_UTF_8 = "no UTF-8, which is all that RFC 8259 allows between systems"
NO_UTF_16 = "UTF-16, and RFC 8259 allows only UTF-8 between systems"
AS_FLOAT = "as `json` does: a double that is too large is infinite, one too small is zero"
AS_INTEGER = "as `json` does: an integer is exact, whatever its size"

# What RFC 8259 leaves free: the byte at which it is refused, if it is, and why.
FREE: dict[str, tuple[int | str, str]] = {
    "i_number_double_huge_neg_exp": (ACCEPTED, AS_FLOAT),
    "i_number_huge_exp": (ACCEPTED, AS_FLOAT),
    "i_number_neg_int_huge_exp": (ACCEPTED, AS_FLOAT),
    "i_number_pos_double_huge_exp": (ACCEPTED, AS_FLOAT),
    "i_number_real_neg_overflow": (ACCEPTED, AS_FLOAT),
    "i_number_real_pos_overflow": (ACCEPTED, AS_FLOAT),
    "i_number_real_underflow": (ACCEPTED, AS_FLOAT),
    "i_number_too_big_neg_int": (ACCEPTED, AS_INTEGER),
    "i_number_too_big_pos_int": (ACCEPTED, AS_INTEGER),
    "i_number_very_big_negative_int": (ACCEPTED, AS_INTEGER),
    "i_object_key_lone_2nd_surrogate": (5, NO_PAIR),
    "i_string_1st_surrogate_but_2nd_missing": (8, NO_PAIR),
    "i_string_1st_valid_surrogate_2nd_invalid": (10, NO_PAIR),
    "i_string_UTF-16LE_with_BOM": (0, NO_UTF_16),
    "i_string_UTF-8_invalid_sequence": (7, NO_UTF_8),
    "i_string_UTF8_surrogate_U+D800": (3, NO_UTF_8),
    "i_string_incomplete_surrogate_and_escape_valid": (9, NO_PAIR),
    "i_string_incomplete_surrogate_pair": (5, NO_PAIR),
    "i_string_incomplete_surrogates_escape_valid": (11, NO_PAIR),
    "i_string_invalid_lonely_surrogate": (8, NO_PAIR),
    "i_string_invalid_surrogate": (8, NO_PAIR),
    "i_string_invalid_utf-8": (2, NO_UTF_8),
    "i_string_inverted_surrogates_U+1D11E": (5, NO_PAIR),
    "i_string_iso_latin_1": (3, NO_UTF_8),
    "i_string_lone_second_surrogate": (5, NO_PAIR),
    "i_string_lone_utf8_continuation_byte": (2, NO_UTF_8),
    "i_string_not_in_unicode_range": (3, NO_UTF_8),
    "i_string_overlong_sequence_2_bytes": (2, NO_UTF_8),
    "i_string_overlong_sequence_6_bytes": (2, NO_UTF_8),
    "i_string_overlong_sequence_6_bytes_null": (2, NO_UTF_8),
    "i_string_truncated-utf-8": (3, NO_UTF_8),
    "i_string_utf16BE_no_BOM": (0, NO_UTF_16),
    "i_string_utf16LE_no_BOM": (1, NO_UTF_16),
    "i_structure_500_nested_arrays": (ACCEPTED, "500 is less than the `max_depth` of 1024"),
    "i_structure_UTF-8_BOM_empty_object": (ACCEPTED, "one byte order mark is skipped"),
}


@json_test_suite("i_", 35)
def test_free_documents_end_as_they_do_elsewhere(data: bytes) -> None:
    check_every_cut(data)


@needs(JSON_TEST_SUITE)
def test_free_documents_are_all_listed() -> None:
    files = {file.stem: file for file in JSON_TEST_SUITE.glob("test_parsing/i_*.json")}
    assert files.keys() == FREE.keys()
    outcomes = {}
    for name, file in files.items():
        what = seen_at_once(file.read_bytes())
        outcomes[name] = what.error.pos if what.error else ACCEPTED
    assert outcomes == {name: outcome for name, (outcome, _) in FREE.items()}


@needs(JSON_TEST_SUITE)
def test_free_documents_that_are_accepted_have_the_value_of_json() -> None:
    for name, (outcome, _) in FREE.items():
        if outcome == ACCEPTED:
            data = (JSON_TEST_SUITE / "test_parsing" / f"{name}.json").read_bytes()
            assert seen_at_once(data).value == Exact(strict_loads(data))


@needs(JSON_TEST_SUITE)
@pytest.mark.parametrize(
    "file", sorted(JSON_TEST_SUITE.glob("test_transform/*.json")), ids=lambda file: file.stem
)
def test_documents_that_others_read_differently(file: Path) -> None:
    check_every_cut(file.read_bytes())


@needs(NAUGHTY_STRINGS)
def test_naughty_strings_cut_at_every_byte() -> None:
    data = (NAUGHTY_STRINGS / "blns.json").read_bytes()
    what = check_every_cut(data)
    assert what.error is None
    assert what.value == Exact(json.loads(data))


@needs(NAUGHTY_STRINGS)
def test_each_naughty_string_as_text_key_and_document() -> None:
    for text in json.loads((NAUGHTY_STRINGS / "blns.json").read_bytes()):
        for ensure_ascii in (True, False):
            data = json.dumps({text: [text]}, ensure_ascii=ensure_ascii).encode()
            assert check_every_cut(data).value == Exact({text: [text]})
        check_every_cut(text.encode())


@needs(NAUGHTY_STRINGS)
def test_naughty_strings_arrive_as_str_too() -> None:
    text = (NAUGHTY_STRINGS / "blns.json").read_text(encoding="utf-8")
    parser = partialjson.Parser()
    for character in text:
        parser.write(character)
    assert Exact(parser.finish()) == Exact(json.loads(text))
