"""The real `ptc`: in this process, or as a child process of its own."""

from __future__ import annotations

import importlib
import io
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from subagent.cli import main

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
def ptc_process(tmp_path, environment):
    """`ptc_process("eval", "(+ 1 2)")` → the finished process, run in an empty folder."""

    def call(*arguments: str, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PTC, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout, cwd=tmp_path,
            env=environment, check=False,
        )  # fmt: skip

    return call


@pytest.fixture
def ptc(tmp_path, environment):
    """As `ptc_process`, but in this process, which has loaded everything and has workers at hand."""

    def call(*arguments: str, stdin: str = "", timeout: int = 60) -> subprocess.CompletedProcess[str]:
        given, told, failed = (
            io.TextIOWrapper(io.BytesIO(text), "utf-8") for text in (stdin.encode(), b"", b"")
        )
        with pytest.MonkeyPatch.context() as patch, as_a_process(tmp_path, environment, timeout):
            patch.setattr(sys, "argv", ["ptc", *arguments])
            patch.setattr(sys, "stdin", given)
            patch.setattr(sys, "stdout", told)
            patch.setattr(sys, "stderr", failed)
            with pytest.raises(SystemExit) as ended:
                main()
        return subprocess.CompletedProcess(
            ["ptc", *arguments], ended.value.code, text_of(told), text_of(failed)
        )

    return call


@contextmanager
def as_a_process(folder: Path, environment: dict[str, str], timeout: int):
    """What a process has of its own: a folder, an environment, modules, signal handlers; and so long to end."""
    before = os.environ.copy(), Path.cwd(), sys.path.copy(), set(sys.modules)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(timeout)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        signal.alarm(0)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.chdir(before[1])
        os.environ.clear()
        os.environ.update(before[0])
        sys.path[:] = before[2]
        for name in set(sys.modules) - before[3]:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]


def too_late(_number, _frame):
    raise TimeoutError("ptc did not end in time")


def text_of(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()
