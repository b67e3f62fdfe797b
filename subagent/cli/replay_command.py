"""`ptc replay`: a recorded run executed again, or continued with a live model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from subagent.cli.exits import CliError, Exit, exit_code
from subagent.cli.model_option import model_of
from subagent.cli.output import print_json, say
from subagent.cli.progress import progress
from subagent.cli.run_command import show_step
from subagent.cli.tool_option import load_tools
from subagent.cli.trace_commands import loaded
from subagent.replay import ProgramReplay, continue_from, replay
from subagent.trace import TraceError
from subagent.wording import counted

_WIDTH = 200


class ReplayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the command line, as they were written."""

    trace: str
    from_turn: int | None = None
    llm: str | None = None
    api_base: str | None = None
    tools: Sequence[str] = ()
    as_json: bool = False


def run_replay(**words: Any) -> Exit:
    """Execute again, or go on. `words` are the fields of ReplayOptions."""
    options = ReplayOptions(**words)
    trace = loaded(options.trace)
    try:
        if options.from_turn is not None:
            return _continue(trace, options)
        return _verify(list(replay(trace)), as_json=options.as_json)
    except TraceError as error:
        raise CliError(str(error)) from None


def _continue(trace: Any, options: ReplayOptions) -> Exit:
    assert options.from_turn is not None
    llm = model_of(options.llm, options.api_base)
    with progress(quiet=options.as_json) as show:
        step = continue_from(
            trace, options.from_turn, llm, tools=cast("Any", load_tools(options.tools)), on_event=[show]
        )
    show_step(step, as_json=options.as_json)
    return exit_code(step.error)


def _verify(programs: list[ProgramReplay], *, as_json: bool) -> Exit:
    differ = sum(bool(program.differences) for program in programs)
    if as_json:
        print_json(
            {"programs": [{**msgspec.structs.asdict(p), "same": p.same} for p in programs], "differ": differ}
        )
        return Exit.FAILED if differ else Exit.OK
    for program in programs:
        where = f"{program.agent} {program.run_id[:8]} turn {program.turn}"
        if program.skipped is not None:
            print(f"{where}: skipped, {program.skipped}")
        elif program.same:
            print(f"{where}: same")
        for difference in program.differences:
            print(f"{where}: {difference.field} differs")
            say(f"  recorded  {_cut(difference.recorded)}")
            say(f"  now       {_cut(difference.now)}")
    skipped = sum(program.skipped is not None for program in programs)
    said = f"{counted(len(programs), 'program')}, {differ} differ, {skipped} skipped"
    print(said if programs else "the run had no programs", file=sys.stderr)
    return Exit.FAILED if differ else Exit.OK


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
