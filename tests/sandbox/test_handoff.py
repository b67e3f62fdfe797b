"""Programs that only the parser can read go to a worker that has it; nobody can tell from the outcome."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

import ptc_lisp

RARE = {
    "a discarded form": ("[1 #_ 2 3]", [1, 3]),
    "metadata": ("(count ^:key [1 2])", 2),
    "a closer too many": ("(+ 1 2))", 3),
}


@pytest.mark.parametrize("program, value", RARE.values(), ids=RARE.keys())
def test_rare_syntax_runs(program, value):
    assert ptc_lisp.run(program).value == value


def test_a_session_moves_with_all_that_it_knows():
    calls = []
    with ptc_lisp.Session(context={"rows": [1, 2, 3]}, tools={"t": lambda: calls.append(1) or 7}) as session:
        session.eval("(def x 40) (defn f [] (inc x))")
        session.eval("(f)")
        step = session.eval("(println *1) #_ 0 [(f) (reduce + data/rows) (tool/t) *1]", data={"extra": 5})
        assert (step.value, step.prints, calls) == ([41, 6, 7, 41], ["41"], [1])
        assert [call.name for call in step.tool_calls] == ["t"]
        assert session.eval("[(f) *1 data/rows]").value == [41, [41, 6, 7, 41], [1, 2, 3]]


def test_coroutines_move_too():
    async def main():
        async with ptc_lisp.Session() as session:
            await session.aeval("(def x 1)")
            return (await session.aeval("#_ 0 (inc x)")).value

    assert asyncio.run(main()) == 2


def test_faults_that_only_the_parser_finds_and_checks():
    step = ptc_lisp.run("(count {:a 1 :b})")
    assert (step.error.kind, "even number of forms" in step.error.message) == ("parse_error", True)
    assert ptc_lisp.check("#_ 0 (undefined-name 1)")[0].kind == "unbound_var"


def test_plain_programs_and_their_mistakes_need_no_second_zygote():
    code = (
        "import ptc_lisp; from ptc_lisp.sandbox.pool import FULL\n"
        "print([ptc_lisp.run(p).ok for p in ('(+ 1 2)', '(+ 1 2', '(foo 1 @)')], FULL.started)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[True, False, False] False\n"


def test_a_worker_cannot_hand_over_where_it_was_not_asked_to(raw):
    result, killed = raw.run("sock.sendall(wire.pack(wire.Handoff(frame.id)))")
    assert (killed, result.faults[0].details) == (
        True,
        {"violation": "it sent a frame that nobody asked for"},
    )
