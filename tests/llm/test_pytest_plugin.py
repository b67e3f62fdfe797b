# pyright: basic
"""The plugin for users' tests, in a pytest of its own."""

import os
import subprocess
import sys

GUARDED = """
import pytest
from subagent import SubAgent
from subagent.llm import LiteLLM
from subagent.testing import ScriptedLLM

PROGRAM = "```clojure\\n(return 1)\\n```"

def test_scripted():
    assert SubAgent().run("Go", llm=ScriptedLLM([PROGRAM])).value == 1

def test_real():
    SubAgent().run("Go", llm="openai/gpt-4.1-mini")

def test_real_with_a_key_behind_a_tool():
    child = SubAgent(description="helps", llm=LiteLLM("openai/gpt-4.1-mini", api_key="k"), name="child")
    SubAgent(tools=[child]).run("Go", llm=ScriptedLLM(["```clojure\\n(tool/child {:task \\"x\\"})\\n```", PROGRAM]))

@pytest.fixture
def asking():
    return SubAgent().run("Go", llm="anthropic/claude-haiku-4-5")

def test_real_in_a_fixture(asking):
    pass

@pytest.mark.real_llm
def test_marked():
    step = SubAgent().run("Go", llm="openai/gpt-4.1-mini")
    assert step.error.details["error"] == "authentication"

def test_recorded(recorded_llm):
    assert SubAgent().run("Count", llm=recorded_llm).unwrap() == 3
"""


def pytest(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "subagent.testing.plugin", *arguments]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # loading Hypothesis would take most of the time
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_test_that_reaches_for_a_real_model_fails_however_it_gets_there(tmp_path):
    (tmp_path / "test_it.py").write_text(GUARDED)
    said = pytest(tmp_path, "-rA")
    for outcome in (
        "PASSED test_it.py::test_scripted",
        "FAILED test_it.py::test_real ",
        "FAILED test_it.py::test_real_with_a_key_behind_a_tool",
        "ERROR test_it.py::test_real_in_a_fixture",
        "PASSED test_it.py::test_marked",
        "ERROR test_it.py::test_recorded",
    ):
        assert outcome in said, said
    assert "asked the model openai/gpt-4.1-mini of a provider; use subagent.testing.ScriptedLLM" in said
    assert "make the recording with --record-llm=MODEL" in said


ANY_MODEL = """
import subagent.testing.plugin as plugin
from subagent.testing import ScriptedLLM

real = plugin.RecordingLLM
plugin.RecordingLLM = lambda model, path: real(ScriptedLLM([model] if model else []), path)
"""

NAMES = """
import pytest
from subagent import SubAgent

def check(llm, task):
    assert SubAgent().run(task, llm=llm).unwrap() == 3

def test_it(recorded_llm):
    check(recorded_llm, "plain")

class TestMore:
    def test_it(self, recorded_llm):
        check(recorded_llm, "in a class")

@pytest.mark.parametrize("task", [1, "How many?", "How many!", "long " * 100])
def test_tasks(recorded_llm, task):
    check(recorded_llm, str(task))
"""


def test_every_test_has_a_recording_of_its_own(tmp_path):
    (tmp_path / "conftest.py").write_text(ANY_MODEL)
    (tmp_path / "test_it.py").write_text(NAMES)
    first = pytest(tmp_path, "--record-llm=```clojure\n(return 3)\n```")
    assert "6 passed" in first, first
    assert "6 passed" in pytest(tmp_path)
    names = sorted(path.name for path in (tmp_path / "recordings").iterdir())
    assert len(names) == 6
    assert {"test_it-test_it.jsonl", "test_it-TestMore-test_it.jsonl", "test_it-test_tasks_1_.jsonl"} < {
        *names
    }


def test_a_model_that_cannot_be_asked_leaves_the_recording(tmp_path):
    (tmp_path / "conftest.py").write_text(ANY_MODEL)
    (tmp_path / "test_it.py").write_text(GUARDED)
    assert "1 passed" in pytest(tmp_path, "--record-llm=```clojure\n(return 3)\n```", "-k", "recorded")
    assert "1 failed" in pytest(tmp_path, "--record-llm=", "-k", "recorded")
    assert "1 passed" in pytest(tmp_path, "-k", "recorded")


def test_row_125_a_recording_is_made_once_and_played_without_a_model(tmp_path):
    (tmp_path / "conftest.py").write_text(ANY_MODEL)
    (tmp_path / "test_it.py").write_text(GUARDED)
    model = "--record-llm=```clojure\n(return 3)\n```"
    first = pytest(tmp_path, model, "-k", "recorded")
    assert "1 passed" in first, first
    assert "1 passed" in pytest(tmp_path, "-k", "recorded")
    (tmp_path / "test_it.py").write_text(GUARDED.replace('"Count"', '"Sum"'))
    assert "has no reply for this request: message 1 (user) differs" in pytest(tmp_path, "-k", "recorded")
