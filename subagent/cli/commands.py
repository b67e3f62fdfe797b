"""The commands of `ptc`: their options and arguments. The work is in the modules that they import when they run."""

from __future__ import annotations

import click

from subagent.cli.exits import EXIT_HELP
from subagent.cli.lazy import Argument, Command, Group, Number, Option
from subagent.cli.trace_group import FILE, JSON, TRACE

DATA = Option(
    ["-d", "--data"],
    metavar="NAME=FILE",
    multiple=True,
    help="A table or document for data/NAME: .json .jsonl .csv .tsv.",
)
TOOLS = Option(
    ["-t", "--tools"],
    metavar="MODULE:ATTR",
    multiple=True,
    help="A Python function with type hints, or a list or dict of them.",
)
PRELUDES = Option(
    ["-p", "--prelude", "preludes"],
    metavar="FILE",
    type=FILE,
    multiple=True,
    help="Namespaces in PTC-Lisp that programs may call.",
)
SIGNATURE = Option(
    ["-s", "--signature"],
    metavar="SIGNATURE",
    help="The type of the answer, such as '-> {total :float}'.",
)
JSON_DSL = Option(["--json-dsl"], is_flag=True, help="The program is PTC-JSON, not PTC-Lisp.")
TIMEOUT = Option(
    ["--timeout-ms"],
    metavar="MS",
    type=Number(min=1),
    help="The longest that one program may run.",
)
MODEL = Option(
    ["-m", "--llm"],
    metavar="MODEL",
    envvar="PTC_LLM",
    show_envvar=True,
    help="A litellm model such as openai/gpt-4.1-mini, or scripted:FILE, or replay:FILE.",
)
API_BASE = Option(
    ["--api-base"],
    metavar="URL",
    envvar="PTC_API_BASE",
    show_envvar=True,
    help="Base URL of the model's server, if not the provider's own.",
)


def show_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click calls it
    """Print the version and end, when `--version` is there."""
    if asked and not ctx.resilient_parsing:
        from ptc_lisp import __version__

        print(f"ptc {__version__}")
        ctx.exit()


DEMO = Command(
    "demo",
    "Ask questions about a month of New York flights.",
    [
        Argument(
            ["name"],
            metavar="[QUESTION]",
            required=False,
            help="The name of one question; without it, all of them.",
        ),
        MODEL,
        API_BASE,
        Option(["--record"], metavar="FOLDER", type=FILE, help="Write the model's replies to this folder."),
        Option(["--list", "list_only"], is_flag=True, help="List the questions."),
        JSON,
    ],
    run="demo_command:run_demo",
    text="Ask questions about a month of New York flights; without --llm, prepared replies are used.",
    runs_programs=True,
)

RUN = Command(
    "run",
    "Have a model answer a task over your data.",
    [
        Argument(["task"], metavar="TASK", help="The question or task, in plain language."),
        MODEL,
        DATA,
        TOOLS,
        PRELUDES,
        SIGNATURE,
        API_BASE,
        Option(
            ["--max-turns"],
            metavar="N",
            type=Number(min=1),
            default=5,
            help="How many programs the model may write.",
        ),
        TIMEOUT,
        Option(
            ["--trace"],
            metavar="FILE",
            type=FILE,
            help="Write every event to this file, as one JSON object per line.",
        ),
        Option(
            ["--trace-payloads/--no-trace-payloads"],
            help="Also write prompts, programs and values, to a second file next to the trace.",
        ),
        JSON,
    ],
    run="run_command:run_agent",
    text="Have a model answer TASK by writing programs over the data and the tools.",
    runs_programs=True,
)

EVAL = Command(
    "eval",
    "Run one program and print its value.",
    [
        Argument(
            ["program"],
            metavar="PROGRAM",
            type=FILE,
            help="A program, the name of a file, or - for stdin.",
        ),
        DATA,
        TOOLS,
        PRELUDES,
        SIGNATURE,
        TIMEOUT,
        JSON,
        JSON_DSL,
    ],
    run="program_commands:run_eval",
    runs_programs=True,
)

CHECK = Command(
    "check",
    "List the faults that can be found without running a program.",
    [
        Argument(
            ["program"],
            metavar="FILE",
            type=FILE,
            help="The name of a file, a program, or - for stdin.",
        ),
        TOOLS,
        PRELUDES,
        JSON,
        JSON_DSL,
    ],
    run="program_commands:run_check",
    text="List every fault that can be found without running the program.",
    runs_programs=True,
)

REPL = Command(
    "repl",
    "Evaluate programs one after another.",
    [DATA, TOOLS, PRELUDES, TIMEOUT],
    run="repl:run_repl",
    text="Evaluate programs one after another; definitions are kept. `:help` lists the commands.",
    runs_programs=True,
)

GRAMMAR = Command(
    "grammar",
    "Print the grammar of programs.",
    [
        Option(
            ["-f", "--format", "form"],
            type=click.Choice(["lark", "gbnf"]),
            default="lark",
            help="The notation.",
        ),
        Option(
            ["-t", "--tools"],
            metavar="NAMES|MODULE:ATTR",
            multiple=True,
            help="The only tools that can be called.",
        ),
        Option(["-d", "--data"], metavar="NAMES", multiple=True, help="The only names after data/."),
    ],
    run="grammar_command:run_grammar",
    text="Print the grammar of programs, for tools that constrain what a model writes.",
)

REPLAY = Command(
    "replay",
    "Execute a recorded run again and compare.",
    [
        Argument(["trace"], metavar="TRACE", type=FILE, help="A trace with payloads."),
        Option(
            ["--from", "from_turn"],
            metavar="TURN",
            type=Number(min=1),
            help="Continue live from this turn, with --llm.",
        ),
        MODEL,
        TOOLS,
        API_BASE,
        JSON,
    ],
    run="replay_command:run_replay",
    text="Execute a recorded run again without model and tools, and check that every program gives the same result.",
)

DOCTOR = Command(
    "doctor",
    "Show what works on this machine.",
    [
        Option(
            ["--attack"],
            is_flag=True,
            help="Try to break the sandbox, harmlessly, and say what stopped it.",
        ),
        JSON,
    ],
    run="doctor:run_doctor",
    text="Show the state of Python, the sandbox and the model keys.",
)

PTC = Group(
    "ptc",
    [DEMO, RUN, EVAL, CHECK, REPL, GRAMMAR, REPLAY, DOCTOR, TRACE],
    params=[
        Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=show_version,
            help="Print the version and exit.",
        )
    ],
    help="Answer questions about data with programs that a model writes and a sandbox runs.",
    epilog=EXIT_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
