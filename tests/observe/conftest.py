"""What tests of telemetry share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from otlp_receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of OTLP over HTTP on loopback."""
    from otlp_receiver import receiving  # noqa: PLC0415 - skips the tests that ask for it where there is no exporter

    with receiving() as server:
        yield server
