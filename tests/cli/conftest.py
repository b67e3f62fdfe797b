"""The real `ptc`, as a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PTC = str(Path(sys.executable).with_name("ptc"))
# Neither the developer's terminal nor their keys and defaults decide a test.
DROPPED = ("PTC_LLM", "PTC_API_BASE", "PTC_DEBUG", "FORCE_COLOR", "NO_COLOR", "COLUMNS")


@pytest.fixture(scope="session")
def ptc_path() -> str:
    return PTC


@pytest.fixture
def environment(tmp_path):
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return kept | {"HOME": str(tmp_path / "home"), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


@pytest.fixture
def ptc(tmp_path, environment):
    """`ptc("eval", "(+ 1 2)")` → the finished process, run in an empty folder."""

    def call(*arguments: str, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PTC, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout, cwd=tmp_path,
            env=environment, check=False,
        )  # fmt: skip

    return call
