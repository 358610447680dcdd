"""The pure-Python `partialjson`, whose import name is ours, timed in an environment of its own.

Run as ``python -m benches.namesake WORKLOAD SECONDS`` by that environment's interpreter, it prints
the seconds per token and how many beginnings of the document they were taken from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

from benches.sampling import affordable, sample
from benches.workloads import workload

INTERPRETER = Path(sys.prefix).with_name("bench-namesake") / "bin" / "python"
ROUNDS = 3


def in_its_environment(name: str, seconds: float) -> dict[str, Any]:
    """``{"seconds": per token, "sampled": beginnings parsed, "version": of the namesake}``."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [str(INTERPRETER), "-m", "benches.namesake", name, str(seconds)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, env=environment, cwd=root, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(name: str, seconds: float) -> None:
    """Times `JSONParser.parse` on evenly spaced beginnings of the document."""
    import partialjson

    parser: Any = getattr(partialjson, "JSONParser")()  # noqa: B009  not a name of ours
    parse = parser.parse
    tokens = workload(name).tokens
    prefixes = sample(tokens, affordable(parse, tokens, seconds))
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        for prefix in prefixes:
            value = parse(prefix)  # noqa: F841  held, as a caller would
        best = min(best, process_time() - began)
    result = {
        "seconds": best / len(prefixes),
        "sampled": len(prefixes),
        "version": partialjson.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
