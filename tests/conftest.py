"""Rules for every test: no network beyond loopback, no keys of the developer, no reports to anybody."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, however slow the machine: a run that fails, fails for everybody.
# HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure() -> None:
    """Before any module is imported: litellm reads its price table from its own package, not from the web, and byte
    code is kept, because the tests start hundreds of processes that would each compile everything anew."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # started in the background of a shell; children would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.endswith(("_API_KEY", "_API_TOKEN"))]:
        del os.environ[name]


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """The modules and the ten thousand tests stay: the collector of garbage need not look through them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def only_loopback():
    """A test that dials out fails at once, with the address that it wanted."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in {socket.AF_INET, socket.AF_INET6} and not str(host).startswith(LOOPBACK):
            raise OSError(f"a test tried to reach {address}: tests use loopback only")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
