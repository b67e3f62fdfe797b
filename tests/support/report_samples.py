"""Traces of real runs for the tests of what reads traces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ptc_lisp import Limits
from subagent import JsonlTrace, SubAgent

FENCE = "```clojure\n{}\n```"
EVIL = '</script><script>document.title="broken"</script><img src=x onerror=alert(1)>&amp;'


def price_of(item: str) -> float:
    """Price of one item in euros.

    Args:
        item: its name.
    """
    return {"tea": 2.5, "cake": 4.0, "milk": 1.2}[item]


def nested_trace(folder: Path) -> Path:
    """Two failing turns, then a `pmap` of agents that call a tool; with payloads."""
    child = SubAgent(
        name="checker",
        description="Checks one item",
        signature="(item :string) -> {item :string, ok :bool}",
        tools=[price_of],
        llm=lambda _: FENCE.format(
            '(println "price" (tool/price_of {:item data/item}))\n(return {:item data/item :ok (> (tool/price_of {:item data/item}) 2)})'
        ),
    )
    agent = SubAgent(
        name="till", signature="{total :float, good [:string]}", tools=[price_of, child.as_tool("check")]
    )
    replies = iter(
        FENCE.format(program)
        for program in (
            '(let [x 1]\n  (+ x (:total "abc"',
            f'(println {EVIL!r})\n(map #(* % "a") [1 2])'.replace("'", '"').replace('"broken"', "broken"),
            (
                "(def prices (pmap #(tool/price_of {:item %}) data/items))\n"
                "(def checks (pmap (fn [i] (tool/check {:item i})) data/items))\n{:sum (sum prices)}"
            ),
            "(return {:total (sum prices) :good (map :item (filter :ok checks))})",
        )
    )
    path = folder / "nested.jsonl"
    with JsonlTrace(path, payloads=True, label="what tea costs") as trace:
        step = agent.run(
            "What do the items cost?",
            context={"items": ["tea", "cake", "milk"]},
            llm=lambda _: next(replies),
            on_event=trace,
        )
    assert step.value == {"total": 7.7, "good": ["tea", "cake"]}, step
    return path


def large_trace(folder: Path) -> Path:
    """More than 5,000 events: one program that calls a tool 2,600 times."""
    path = folder / "large.jsonl"
    agent = SubAgent(
        name="counter", tools={"double": lambda n: 2 * n}, max_turns=1, limits=Limits(timeout_ms=60_000)
    )
    program = "(return (sum (map #(tool/double {:n %}) (range 2600))))"
    with JsonlTrace(path, payloads=True) as trace:
        step = agent.run("Sum", llm=lambda _: FENCE.format(program), on_event=trace)
    assert step.value == 2600 * 2599, step
    return path


def bare_trace(folder: Path) -> Path:
    """A run without payloads that fails, cut off before its end."""
    path = folder / "bare.jsonl"
    agent = SubAgent(name="loser", max_turns=2)
    with JsonlTrace(path) as trace:
        agent.run("Do it", llm=lambda _: FENCE.format("(nope 1)"), on_event=trace)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:40])
    return path


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "nested": nested_trace,
    "large": large_trace,
    "bare": bare_trace,
}
