"""How much hypothesis tries; and the servers and clients of all tests of OpenAI's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.protocol import ProtocolServer
from tests.strategies import LONG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from examples.local_server import LocalServer
    from tests.openai_clients import Both

# The machine that runs the tests may be slow, or busy with something else.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

# The same documents on every machine, or very many new ones.
settings.register_profile("default", derandomize=True, **PATIENT)
settings.register_profile("long", print_blob=True, **PATIENT)
settings.load_profile("long" if LONG else "default")


@pytest.fixture(scope="module")
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as server:
        yield server


@pytest.fixture(scope="module")
def running() -> Iterator[LocalServer]:
    # Where other packages are tested, there is no SDK, here and below.
    from examples.local_server import LocalServer

    with LocalServer() as server:
        yield server


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def is_async(request: pytest.FixtureRequest) -> bool:
    """Whoever takes it is run twice."""
    return bool(request.param)


@pytest.fixture
async def both(is_async: bool, server: ProtocolServer) -> AsyncIterator[Both]:
    from tests.openai_clients import Both

    both = Both(server, is_async)
    yield both
    await both.bare.close() if both.is_async else both.bare.close()
