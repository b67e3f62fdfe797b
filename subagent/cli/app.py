"""The commands of `ptc`: options here, work in the modules that they import when they run."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import Annotated, Any

import typer

from subagent.cli import trace_app
from subagent.cli.exits import EXIT_HELP, CliError, Exit

app = typer.Typer(
    name="ptc",
    help="Answer questions about data with programs that a model writes and a sandbox runs.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: starts quicker and pipes well
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(trace_app.app, short_help="Look at recorded runs.")

Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data", "-d", metavar="NAME=FILE", help="A table or document for data/NAME: .json .jsonl .csv .tsv."
    ),
]
Tools = Annotated[
    list[str] | None,
    typer.Option(
        "--tools", "-t", metavar="MODULE:ATTR", help="A typed Python function, or a list or dict of them."
    ),
]
Preludes = Annotated[
    list[str] | None,
    typer.Option("--prelude", "-p", metavar="FILE", help="Namespaces in PTC-Lisp that programs may call."),
]
Signature = Annotated[
    str | None, typer.Option("--signature", "-s", help="The form of the answer, such as '-> {total :float}'.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]
JsonDsl = Annotated[bool, typer.Option("--json-dsl", help="The program is PTC-JSON, not PTC-Lisp.")]
Timeout = Annotated[
    int | None, typer.Option("--timeout-ms", min=1, help="The longest that one program may run.")
]
Model = Annotated[
    str | None,
    typer.Option(
        "--llm",
        "-m",
        envvar="PTC_LLM",
        help="A litellm model such as openai/gpt-4.1-mini, or scripted:FILE, or replay:FILE.",
    ),
]
ApiBase = Annotated[
    str | None,
    typer.Option(
        "--api-base", envvar="PTC_API_BASE", help="Where the model is served, if not at its usual place."
    ),
]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and exit.")] = False,
) -> None:
    """Answer questions about data with programs that a model writes and a sandbox runs."""
    if version:
        from ptc_lisp import __version__

        print(f"ptc {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(Exit.USAGE)


@app.command(short_help="Ask questions about a month of New York flights.")
def demo(
    question: Annotated[
        str | None,
        typer.Argument(metavar="QUESTION", help="The name of one question; without it, all of them."),
    ] = None,
    llm: Model = None,
    api_base: ApiBase = None,
    record: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Write the model's replies to this folder.")
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="List the questions.")] = False,
    as_json: Json = False,
) -> None:
    """Ask questions about a month of New York flights; without --llm, recorded replies are replayed."""
    from subagent.cli.demo_command import run_demo

    end(run_demo(question, llm=llm, api_base=api_base, record=record, list_only=list_only, as_json=as_json))


@app.command(short_help="Have a model answer a task over your data.")
def run(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What you want to know, in words.")],
    llm: Model = None,
    data: Data = None,
    tools: Tools = None,
    preludes: Preludes = None,
    signature: Signature = None,
    api_base: ApiBase = None,
    max_turns: Annotated[int, typer.Option(min=1, help="How many programs the model may write.")] = 5,
    timeout_ms: Timeout = None,
    trace: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write every event to this file, one JSON per line.")
    ] = None,
    trace_payloads: Annotated[
        bool, typer.Option(help="Write prompts, programs and values to a second file beside the trace.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Have a model answer TASK by writing programs over the data and the tools."""
    from subagent.cli.run_command import RunOptions, run_agent

    options = RunOptions(
        task=task,
        llm=llm,
        data=tuple(data or ()),
        tools=tuple(tools or ()),
        preludes=tuple(preludes or ()),
        signature=signature,
        api_base=api_base,
        max_turns=max_turns,
        timeout_ms=timeout_ms,
        trace=trace,
        trace_payloads=trace_payloads,
        as_json=as_json,
    )
    end(run_agent(options))


@app.command("eval")
def evaluate(
    program: Annotated[
        str, typer.Argument(metavar="PROGRAM", help="A program, the name of a file, or - for stdin.")
    ],
    data: Data = None,
    tools: Tools = None,
    preludes: Preludes = None,
    signature: Signature = None,
    timeout_ms: Timeout = None,
    as_json: Json = False,
    json_dsl: JsonDsl = False,
) -> None:
    """Run one program and print its value."""
    from subagent.cli.program_commands import run_eval

    end(
        run_eval(
            program,
            data or [],
            tools or [],
            preludes=preludes or [],
            signature=signature,
            timeout_ms=timeout_ms,
            as_json=as_json,
            json_dsl=json_dsl,
        )
    )


@app.command(short_help="List the faults that can be seen without running.")
def check(
    program: Annotated[
        str, typer.Argument(metavar="FILE", help="The name of a file, a program, or - for stdin.")
    ],
    tools: Tools = None,
    preludes: Preludes = None,
    as_json: Json = False,
    json_dsl: JsonDsl = False,
) -> None:
    """List every fault that can be seen without running the program."""
    from subagent.cli.program_commands import run_check

    end(run_check(program, tools or [], preludes=preludes or [], as_json=as_json, json_dsl=json_dsl))


@app.command(short_help="Evaluate programs one after another.")
def repl(
    data: Data = None, tools: Tools = None, preludes: Preludes = None, timeout_ms: Timeout = None
) -> None:
    """Evaluate programs one after another; definitions stay. `:help` lists the commands."""
    from subagent.cli.repl import run_repl

    end(run_repl(data or [], tools or [], preludes or [], timeout_ms=timeout_ms))


@app.command(short_help="Print the grammar of programs.")
def grammar(
    form: Annotated[str, typer.Option("--format", "-f", metavar="lark|gbnf", help="The notation.")] = "lark",
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", "-t", metavar="NAMES|MODULE:ATTR", help="The only tools that can be called."),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option("--data", "-d", metavar="NAMES", help="The only names after data/.")
    ] = None,
) -> None:
    """Print the grammar of programs, for tools that constrain what a model writes."""
    from subagent.cli.grammar_command import run_grammar

    end(run_grammar(form, tools, data))


@app.command(short_help="Execute a recorded run again and compare.")
def replay(
    trace: Annotated[str, typer.Argument(metavar="TRACE", help="A trace with payloads.")],
    from_turn: Annotated[
        int | None,
        typer.Option("--from", metavar="TURN", min=1, help="Go on live from this turn, with --llm."),
    ] = None,
    llm: Model = None,
    tools: Tools = None,
    api_base: ApiBase = None,
    as_json: Json = False,
) -> None:
    """Execute a recorded run again without model and tools, and check that every program gives the same."""
    from subagent.cli.replay_command import ReplayOptions, run_replay

    options = ReplayOptions(
        trace=trace,
        from_turn=from_turn,
        llm=llm if from_turn is not None else None,
        api_base=api_base,
        tools=tuple(tools or ()),
        as_json=as_json,
    )
    end(run_replay(options))


@app.command(short_help="Show what works on this machine.")
def doctor(
    attack: Annotated[
        bool, typer.Option("--attack", help="Try to break the sandbox, harmlessly, and say what stopped it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show whether Python, the sandbox and the model keys are in order."""
    if attack:
        from subagent.cli.attack import run_attack

        end(run_attack(as_json=as_json))
    from subagent.cli.doctor import run_doctor

    end(run_doctor(as_json=as_json))


def end(code: Exit) -> None:
    """Ends a command with its exit code."""
    raise typer.Exit(int(code))


def run_app() -> None:
    """Run the command line and end the process; everything foreseeable ends in one message and a documented code."""
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a value may hold what the terminal cannot show
    code = _guarded()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _pipe_closed()
    except OSError as error:
        code = _not_written(error)
    sys.exit(code)


def _guarded() -> int:
    try:
        app()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else Exit.OK if ending.code is None else Exit.USAGE
    except KeyboardInterrupt:
        print("ptc: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            return _not_written(error)
        code, message = _explained(error)
        if message is None:
            if os.environ.get("PTC_DEBUG"):
                raise
            message = f"internal error: {type(error).__name__}: {error} (PTC_DEBUG=1 shows where)"
        print(f"ptc: {message}", file=sys.stderr)
        return code
    return Exit.OK


def _explained(error: Exception) -> tuple[Exit, str | None]:
    """The code and the message of an error; no message where nobody has foreseen it."""
    from ptc_lisp import SandboxError
    from subagent.cli.loading import DataError

    if isinstance(error, SandboxError):
        return Exit.HOST, f"this machine cannot run programs: {error}"
    if isinstance(error, CliError | DataError):
        return error.code if isinstance(error, CliError) else Exit.USAGE, str(error)
    return Exit.HOST, None


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _pipe_closed() -> Exit:
    """Nobody reads on: stay silent, also when the interpreter flushes at its end."""
    _to_nowhere()
    return Exit.PIPE_CLOSED


def _not_written(error: OSError) -> Exit:
    """The disk behind the output is full, for instance."""
    _to_nowhere()
    print(f"ptc: the output cannot be written: {error.strerror}", file=sys.stderr)
    return Exit.HOST


def _to_nowhere() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminated(_signal: int, _frame: Any) -> None:
    sys.exit(Exit.TERMINATED)


if __name__ == "__main__":
    run_app()
