"""`ptc run`: one task, answered by an agent over the user's data and tools."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from subagent import Step, SubAgent
from subagent.cli.exits import CliError, Exit, exit_code
from subagent.cli.loading import load_data
from subagent.cli.model_option import model_of
from subagent.cli.output import print_fault, print_json, say
from subagent.cli.prelude_option import load_preludes
from subagent.cli.program_commands import limits_of, signature_of
from subagent.cli.progress import progress
from subagent.cli.tool_option import load_tools
from subagent.trace.jsonl import JsonlTrace
from subagent.wording import json_text


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the command line, as they were written."""

    task: str
    llm: str | None = None
    data: Sequence[str] = ()
    tools: Sequence[str] = ()
    preludes: Sequence[str] = ()
    signature: str | None = None
    api_base: str | None = None
    max_turns: int = 5
    timeout_ms: int | None = None
    trace: str | None = None
    trace_payloads: bool = False
    as_json: bool = False


def run_agent(**words: Any) -> Exit:
    """Ask, show progress on stderr, print the answer on stdout. `words` are the fields of RunOptions."""
    options = RunOptions(**words)
    if not options.task.strip():
        raise CliError("the task is empty; say in words what you want to know")
    if options.trace_payloads and not options.trace:
        raise CliError("--trace-payloads needs a trace to stand beside: add --trace FILE")
    llm = model_of(options.llm, options.api_base)
    agent = agent_of(options)
    context = load_data(options.data)
    with ExitStack() as stack:
        subscribers: list[Any] = [stack.enter_context(progress(quiet=options.as_json))]
        if options.trace:
            subscribers.append(stack.enter_context(_trace(options.trace, payloads=options.trace_payloads)))
        step = agent.run(options.task, llm=llm, context=context, on_event=subscribers)
    show_step(step, as_json=options.as_json)
    return exit_code(step.error)


def agent_of(options: RunOptions) -> SubAgent:
    """The agent that the options describe. Raises CliError with the words of whatever refuses them."""
    limits = limits_of(options.timeout_ms)
    settings: dict[str, Any] = {} if limits is None else {"limits": limits}
    prelude = load_preludes(options.preludes)
    if prelude is not None:
        settings["preludes"] = [prelude]
    try:
        return SubAgent(
            tools=load_tools(options.tools),
            signature=signature_of(options.signature),
            max_turns=options.max_turns,
            **settings,
        )
    except (ValueError, TypeError) as error:
        raise CliError(str(error)) from None


def _trace(path: str, *, payloads: bool) -> JsonlTrace:
    try:
        return JsonlTrace(path, payloads=payloads)
    except OSError as error:
        raise CliError(f"--trace {path}: cannot be written: {error.strerror}") from None


def show_step(step: Step, *, as_json: bool) -> None:
    """The answer on stdout, or why there is none on stderr."""
    if as_json:
        print_json(step.to_dict())
    elif step.error is not None:
        print_fault(step.error)
    else:
        print_value(step.value)


def print_value(value: Any) -> None:
    """Text as it is, everything else as indented JSON."""
    if isinstance(value, str):
        say(value)
        return
    sys.stdout.write(msgspec.json.format(json_text(value), indent=2) + "\n")
