"""Peers that cannot be installed beside the others, each timed in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benches.clock import now

ROUNDS = 3


def timed_in(
    environment: str, module: str, *arguments: str, with_ours: bool = False
) -> dict[str, Any]:
    """What that module prints, run by the interpreter of that environment, as from `best_of`.

    It sees our own package only if it is to: a peer there can have its name.
    """
    variables = {
        key: value for key, value in os.environ.items() if with_ours or key != "PYTHONPATH"
    }
    interpreter = Path(sys.prefix).with_name(environment) / "bin" / "python"
    command = [str(interpreter), "-m", module, *arguments]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, env=variables, cwd=root, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def best_of(parse: Callable[[str], object], prefixes: Sequence[str]) -> float:
    """Seconds for each of these beginnings of a document, in the best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = now()
        for prefix in prefixes:
            value = parse(prefix)  # noqa: F841  held, as a caller would
        best = min(best, now() - began)
    return best / len(prefixes)
