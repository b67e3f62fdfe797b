"""A pytest plugin: no test reaches a provider's model by accident, and recordings are made and played by one fixture.

`@pytest.mark.real_llm` lets a test through. `--record-llm=MODEL` makes the fixture `recorded_llm` ask that model anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from subagent.llm.guard import forbidden
from subagent.llm.replay import RecordingLLM, ReplayLLM
from subagent.messages import LLM

_LONGEST = 100  # characters of a file's name
_WORDS = (
    "this test asked the model {model} of a provider; use subagent.testing.ScriptedLLM, the fixture recorded_llm, "
    "or mark the test with @pytest.mark.real_llm"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--record-llm`."""
    parser.getgroup("subagent").addoption(
        "--record-llm",
        metavar="MODEL",
        help="ask this model, and write what it says where recorded_llm reads",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "real_llm: the test may call the model of a provider")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Guards the fixtures of a test."""
    return (yield from _guarded(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Guards a test."""
    return (yield from _guarded(item))


@pytest.fixture
def recorded_llm(request: pytest.FixtureRequest) -> Generator[LLM]:
    """The model of a test, from `recordings/<file>-<class>-<test>.jsonl` beside it. With `--record-llm=MODEL` that model is
    asked, and what it says takes the place of the recording when the test ends."""
    path = _recording(request)
    model = request.config.getoption("--record-llm")
    if model is None:
        try:
            replay = ReplayLLM(path)
        except ValueError as error:
            pytest.fail(f"{error}; make the recording with --record-llm=MODEL", pytrace=False)
        yield replay
        return
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    yield RecordingLLM(model, fresh)
    if fresh.exists():  # a model that could not be asked leaves the recording that was there
        fresh.replace(path)


def _recording(request: pytest.FixtureRequest) -> Path:
    """Where the recording of a test is. Parameters whose text makes no file name, or too long a one, are told apart by a
    hash."""
    _, *inside = request.node.nodeid.split("::")
    given = "-".join([request.path.stem, *inside])
    name = re.sub(r"[^\w.-]+", "_", given)
    if len(re.sub(r"[^\w.\[\]-]", "", given)) < len(given) or len(name) > _LONGEST:
        name = f"{name[:_LONGEST].strip('_')}-{hashlib.sha256(given.encode()).hexdigest()[:8]}"
    return Path(request.path).parent / "recordings" / f"{name}.jsonl"


def _guarded(item: pytest.Item) -> Generator[None]:
    if item.get_closest_marker("real_llm") or _records(item):
        return (yield)
    asked: list[str] = []
    with forbidden(_watcher(asked)):
        result = yield
    if asked:  # whoever made the call swallowed the failure
        pytest.fail(_WORDS.format(model=asked[0]), pytrace=False)
    return result


def _records(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return "recorded_llm" in names and item.config.getoption("--record-llm") is not None


def _watcher(asked: list[str]) -> Callable[[str], object]:
    def watch(model: str) -> None:
        asked.append(model)
        pytest.fail(_WORDS.format(model=model), pytrace=False)

    return watch
