"""How much hypothesis tries: the same documents on every machine, or very many new ones."""

from hypothesis import HealthCheck, settings

from tests.strategies import LONG

# The machine that runs the tests may be slow, or busy with something else.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("default", derandomize=True, **PATIENT)
settings.register_profile("long", print_blob=True, **PATIENT)
settings.load_profile("long" if LONG else "default")
