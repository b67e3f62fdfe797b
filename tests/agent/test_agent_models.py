"""Whole runs against a loopback HTTP server, recordings, and signals."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ptc_lisp import FaultKind
from subagent import LiteLLM, RecordingLLM, ReplayLLM, RetryPolicy, ScriptedLLM, SubAgent

sys.path.insert(0, str(Path(__file__).parent.parent / "llm"))

from openai_server import Failure, Raw, Reply, serve

ROWS = [{"n": 1}, {"n": 2}]
ANSWER = Reply("Here:\n```clojure\n(return (sum-by :n data/rows))\n```")


@pytest.mark.parametrize("stream", [False, True])
def test_a_run_over_http_with_trouble_on_the_way(stream):
    script = [
        Failure(429, headers={"Retry-After": "0"}),
        Reply("no program"),
        Failure(500),
        Raw(b"{oops"),
        ANSWER,
    ]
    agent = SubAgent(llm_retry=RetryPolicy(max_attempts=3, base_delay_ms=1), llm_options={"temperature": 0})
    with serve(script) as server:
        step = agent.run(
            "sum", llm=LiteLLM("openai/tiny", api_base=server.url, stream=stream), context={"rows": ROWS}
        )
    assert step.value == 3
    assert step.usage.llm_requests == 5
    assert (step.usage.input_tokens, step.usage.output_tokens, step.usage.turns) == (22, 14, 2)
    assert [m["role"] for m in server.requests[-1]["messages"]] == ["system", "user", "assistant", "user"]
    assert server.requests[-1]["temperature"] == 0


def test_a_model_that_stays_down_is_one_clear_fault():
    with serve([Failure(500, "on fire")]) as server:
        agent = SubAgent(llm_retry=RetryPolicy(max_attempts=2, base_delay_ms=1))
        step = agent.run("x", llm=LiteLLM("openai/tiny", api_base=server.url))
    assert step.error.kind is FaultKind.LLM_ERROR
    assert step.error.details == {"error": "server_error", "attempts": 2, "status": 500}
    assert "on fire" in step.error.message
    assert step.usage.llm_requests == 2


def test_a_reply_cut_at_the_length_limit_is_told_so():
    cut = Reply("```clojure\n(return (sum-by :n", finish_reason="length")
    with serve([cut, ANSWER]) as server:
        step = SubAgent().run("x", llm=LiteLLM("openai/tiny", api_base=server.url), context={"rows": ROWS})
    assert step.value == 3
    assert "cut off" in server.requests[1]["messages"][-1]["content"]


def test_a_recorded_run_replays_to_the_same_step(tmp_path):
    agent = SubAgent(signature=":int")
    path = tmp_path / "calls.jsonl"
    model = ScriptedLLM(["```clojure\n(def t (sum-by :n data/rows)) t\n```", "```clojure\n(return t)\n```"])
    first = agent.run("x", llm=RecordingLLM(model, path), context={"rows": ROWS})
    again = agent.run("x", llm=ReplayLLM(path), context={"rows": ROWS})
    assert (again.value, again.messages) == (first.value, first.messages)
    missed = agent.run("y", llm=ReplayLLM(path), context={"rows": ROWS})
    assert missed.error.kind is FaultKind.LLM_ERROR
    assert "message 1 (user) differs" in missed.error.message


STUCK = """
import asyncio, os, sys, time
from subagent import ScriptedLLM, SubAgent

def stuck() -> str:
    print("ready", flush=True)
    time.sleep(60)
    return "x"

llm = ScriptedLLM(["```clojure\\n(tool/stuck)\\n```"])
agent = SubAgent(tools=[stuck])

def work():
    agent.run("x", llm=llm)

async def inside():
    work()

try:
    asyncio.run(inside()) if sys.argv[1] == "loop" else work()
except KeyboardInterrupt:
    print("interrupted", flush=True)
    os._exit(130)
"""


@pytest.mark.parametrize("where", ["plain", "loop"])
def test_ctrl_c_in_the_middle_ends_the_run_and_its_worker(where):
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STUCK), where],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        mine = _children(process.pid)
        assert mine
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        assert process.wait(10) == 130
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in mine) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in mine if _alive(pid)] == []


def _children(pid):
    found, queue = [], [pid]
    while queue:
        for path in Path(f"/proc/{queue.pop()}/task").glob("*/children"):
            try:
                children = [int(child) for child in path.read_text().split()]
            except OSError:  # it ended while we looked
                continue
            found += children
            queue += children
    return found


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
    except IndexError:
        return Path(f"/proc/{pid}").exists()


def test_a_worker_that_dies_costs_a_turn_and_nothing_that_was_defined():
    def murder() -> str:
        """Kills every worker of this process."""
        # Found before the first dies: a parent without children left is no worker.
        workers = [pid for pid in _children(os.getpid()) if not _children(pid)]
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        return "done"

    programs = ["(def kept 7)", "(println 1) (tool/murder) (loop [] (recur))", "(return kept)"]
    llm = ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])
    step = SubAgent(tools=[murder]).run("x", llm=llm)
    assert step.value == 7, str(step)
    assert step.turns[1].error.kind is FaultKind.WORKER_CRASHED
    assert step.turns[1].prints == ("1",)
    assert [call.name for call in step.tool_calls] == ["murder"]
