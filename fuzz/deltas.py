"""What the target `deltas` checks of one input: the laws that only the Python side can break.

An input is, as in `src/lib.rs`, four bytes of choices and then a stream. `check` raises where a law
does not hold. Alone, ``python fuzz/deltas.py SECONDS`` tries mutations of the tests' documents on
an installed partialjson, for a machine without cargo-fuzz.
"""

import copy
import sys
from random import Random
from typing import Any

import partialjson
from tests.observation import Exact, Watched, seen_at_once
from tests.oracle import strict_loads


def options_of(choices: bytes) -> dict[str, Any]:
    """Give the options that the choices stand for, as keyword arguments of `Parser`."""
    bits = choices[0] | choices[1] << 8
    options: dict[str, Any] = {
        "numbers": ("atomic", "eager")[bits & 1],
        "strings": ("append", "atomic")[bits >> 1 & 1],
        "duplicate_keys": ("last", "error")[bits >> 2 & 1],
        "allow_nan": bool(bits >> 3 & 1),
        "max_depth": 100,
    }
    if bits >> 4 & 1:
        options["values"] = "live"
    else:
        options["deltas"] = True
    if bits >> 5 & 1:
        options["max_string_bytes"] = bits >> 8 & 15
    if bits >> 6 & 1:
        options["max_digits"] = (bits >> 12 & 15) + 1
    return options


def check(data: bytes) -> None:
    """Raise `AssertionError` where the parser breaks a law on this input."""
    choices, stream = data[:4], data[4:]
    if len(choices) < 4:
        return
    options, random = options_of(choices), Random(choices[2] | choices[3] << 8)
    if choices[0] & 0x80:
        # For what only happens in long strings.
        stream = stream.replace(b"x", b"x" * 1100)
    whole = seen_at_once(stream, **options)
    watched = Watched(**options)
    parser, held = watched.parser, Held()
    # What all deltas so far make of nothing.
    rebuilt: Any = partialjson.MISSING
    most = random.choice((1, 2, 5, 20, 100, 3000))
    at = 0
    while at < len(stream) and watched.error is None:
        chunk = stream[at : at + random.randint(0, most)]
        at += len(chunk)
        match random.randrange(8):
            case 0 | 1:
                watched.feed(chunk)
            case 2 | 3:
                watched.feed(chunk)
                if "deltas" in options:
                    held.keep(parser.value, random)
            case 4 | 5 if "deltas" in options:
                watched.write(chunk)
                rebuilt = rebuilt_with(rebuilt, parser.take_deltas())
                assert Exact(rebuilt) == Exact(parser.value)
            case 6:
                watched.write(chunk)
                check_completion(parser, stream[: parser.offset], options)
            case _:
                watched.write(chunk)
        if parser.open_path is not None:
            assert parser.state(parser.open_path) == "open"
    if watched.error is None:
        watched.finish()
    assert watched.seen == whole
    if "deltas" in options:
        rebuilt = rebuilt_with(rebuilt, parser.take_deltas())
        assert Exact(rebuilt) == Exact(parser.value)
    held.check()
    check_oracle(watched, stream, options)


class Held:
    """Values that someone keeps, each beside the bytes of a copy from when he got it (law 5).

    `copy.deepcopy` would not do: it leaves strings as they are, and holds them.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Exact]] = []

    def keep(self, value: Any, random: Random) -> None:
        """Keep `value` or a part of it; sometimes let go of something, which is seen too."""
        while isinstance(value, list | dict) and value and random.random() < 0.4:
            value = random.choice(list(value.values()) if isinstance(value, dict) else value)
        self.pairs.append((value, Exact(value)))
        if random.random() < 0.2:
            del self.pairs[random.randrange(len(self.pairs))]

    def check(self) -> None:
        """Raise `AssertionError` where something that is kept has changed."""
        for value, as_it_was in self.pairs:
            assert Exact(value) == as_it_was


def rebuilt_with(value: Any, deltas: list[partialjson.Delta]) -> Any:
    """Give `value` changed by the deltas of one take, which are at most one for each node."""
    paths = [delta.path for delta in deltas]
    assert len(set(paths)) == len(paths), deltas
    added = {delta.path for delta in deltas if delta.op == "add"}
    assert not any(path[:size] in added for path in paths for size in range(len(path))), deltas
    for op, path, new in deltas:
        # In a container of its own, so that the root is changed like any other node.
        holder: Any = {"root": value}
        place: Any = "root"
        for step in path:
            holder, place = holder[place], step
        if op == "append":
            assert new, deltas
            holder[place] += new
        elif isinstance(holder, list) and place == len(holder):
            holder.append(copy.deepcopy(new))
        else:
            holder[place] = copy.deepcopy(new)
        if not path:
            value = holder["root"]
    return value


def check_completion(parser: partialjson.Parser, accepted: bytes, options: dict[str, Any]) -> None:
    """Check law 4: what was accepted is the start of a document."""
    if parser.status == "error":
        return
    before = Exact(parser.value)
    completion = parser.completion.encode("utf-8", "surrogateescape")
    # It may need more string than the limit has left.
    free = {**options, "max_string_bytes": None}
    completed = partialjson.loads(accepted + completion, **free)
    assert completed is not partialjson.MISSING
    assert Exact(parser.value) == before


def check_oracle(watched: Watched, stream: bytes, options: dict[str, Any]) -> None:
    """Check law 2: `json` reads the same of a whole document, and refuses what we refuse."""
    try:
        expected = strict_loads(stream, allow_nan=options["allow_nan"])
    except (ValueError, RecursionError):
        # It has limits of its own, on digits and depth.
        is_long = len(stream) > 4300 or stream.count(b"[") + stream.count(b"{") > 500
        assert watched.error is not None or is_long
        return
    if watched.error is None:
        assert Exact(watched.parser.value) == Exact(expected)
    else:
        is_limit = isinstance(watched.error, partialjson.LimitExceededError)
        assert is_limit or options["duplicate_keys"] == "error"


def main(seconds: float) -> None:
    """Try mutations of random documents for so long; the seed of what fails is in its traceback."""
    import time

    from tests.strategies import document, mutated

    end = time.monotonic() + seconds
    seed = 0
    while time.monotonic() < end:
        random = Random(seed)
        data = document(random)
        data = mutated(random, data) if seed % 3 == 0 else data
        data = random.randbytes(4) + data
        try:
            check(data)
        except BaseException as error:
            error.add_note(f"the input was {data!r}") if sys.version_info >= (3, 11) else None
            raise
        seed += 1
    print(f"{seed} inputs, no finding")


if __name__ == "__main__":
    main(float(sys.argv[1]))
