"""What Python's own `json` says of a whole document, without what RFC 8259 does not allow."""

import json
from typing import Any, NoReturn


class NotJSONError(ValueError):
    """Not a document in the sense of the contract."""


def refuse(constant: str) -> NoReturn:
    raise NotJSONError(f"{constant} is not JSON")


def strict_loads(data: bytes, *, allow_nan: bool = False) -> Any:
    """Give `json.loads(data)`; raise `ValueError` also for lone surrogates and, by default, NaN.

    `json` itself decodes bytes so that surrogates pass, and reads any lone `\\ud800`.
    """
    text = data.decode("utf-8").removeprefix("\ufeff")
    constant = None if allow_nan else refuse
    # As pairs, so that a repeated key does not hide what came before it.
    everything = json.loads(text, parse_constant=constant, object_pairs_hook=list)
    json.dumps(everything, ensure_ascii=False).encode()
    return json.loads(text, parse_constant=constant)


def is_document(data: bytes, *, allow_nan: bool = False) -> bool:
    try:
        strict_loads(data, allow_nan=allow_nan)
    except ValueError:
        return False
    return True
