"""What clients and followers of a wire show, in a shape that can be compared."""

import json
from typing import Any

import partialjson
from partialjson._json_text import json_text
from partialjson._live import Follower
from partialjson._wire import Event
from tests.observation import Exact
from tests.wire_client import MISSING


def shown(value: Any) -> Exact:
    # Through JSON, so that what is compared is what JSON can say.
    return Exact(json.loads(json_text(value)) if value is not partialjson.MISSING else value)


def state(client: Any) -> Exact:
    return Exact(partialjson.MISSING if client.value is MISSING else client.value)


def told(follower: Follower) -> list[Event]:
    events = []
    while (event := follower.take()) is not None:
        events.append(event)
    return events
