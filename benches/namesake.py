"""The pure-Python `partialjson`, whose import name is ours.

Run as ``python -m benches.namesake WORKLOAD SECONDS`` by its own environment's interpreter, it
prints the seconds per token and how many beginnings of the document they were taken from.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benches.elsewhere import best_of
from benches.sampling import affordable, sample
from benches.workloads import workload


def main(name: str, seconds: float) -> None:
    """Times `JSONParser.parse` on evenly spaced beginnings of the document."""
    import partialjson

    theirs: Any = partialjson
    parse = theirs.JSONParser().parse
    tokens = workload(name).tokens
    prefixes = sample(tokens, affordable(parse, tokens, seconds))
    result = {
        "seconds": best_of(parse, prefixes),
        "sampled": len(prefixes),
        "version": theirs.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
