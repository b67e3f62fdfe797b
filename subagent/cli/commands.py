"""The commands of `ptc`: what they accept here, work in the modules that they import when they run."""

from __future__ import annotations

from subagent.cli.parsing import Argument, Command, Group, Option
from subagent.cli.trace_group import TRACE

DATA = Option(
    "-d --data",
    "data",
    "A table or document for data/NAME: .json .jsonl .csv .tsv.",
    metavar="NAME=FILE",
    many=True,
)
TOOLS = Option(
    "-t --tools",
    "tools",
    "A typed Python function, or a list or dict of them.",
    metavar="MODULE:ATTR",
    many=True,
)
PRELUDES = Option(
    "-p --prelude", "preludes", "Namespaces in PTC-Lisp that programs may call.", metavar="FILE", many=True
)
SIGNATURE = Option(
    "-s --signature", "signature", "The form of the answer, such as '-> {total :float}'.", metavar="SIGNATURE"
)
JSON = Option("--json", "as_json", "One JSON object on stdout instead of text.")
JSON_DSL = Option("--json-dsl", "json_dsl", "The program is PTC-JSON, not PTC-Lisp.")
TIMEOUT = Option(
    "--timeout-ms", "timeout_ms", "The longest that one program may run.", metavar="MS", minimum=1
)
MODEL = Option(
    "-m --llm",
    "llm",
    "A litellm model such as openai/gpt-4.1-mini, or scripted:FILE, or replay:FILE.",
    metavar="MODEL",
    envvar="PTC_LLM",
)
API_BASE = Option(
    "--api-base",
    "api_base",
    "Where the model is served, if not at its usual place.",
    metavar="URL",
    envvar="PTC_API_BASE",
)


PTC = Group(
    "ptc",
    "",
    "Answer questions about data with programs that a model writes and a sandbox runs.",
    [
        Command(
            "demo",
            "Ask questions about a month of New York flights.",
            [
                Argument(
                    "name", "QUESTION", "The name of one question; without it, all of them.", required=False
                ),
                MODEL,
                API_BASE,
                Option("--record", "record", "Write the model's replies to this folder.", metavar="FOLDER"),
                Option("--list", "list_only", "List the questions."),
                JSON,
            ],
            run="demo_command:run_demo",
            text="Ask questions about a month of New York flights; without --llm, recorded replies are replayed.",
            runs_programs=True,
        ),
        Command(
            "run",
            "Have a model answer a task over your data.",
            [
                Argument("task", "TASK", "What you want to know, in words."),
                MODEL,
                DATA,
                TOOLS,
                PRELUDES,
                SIGNATURE,
                API_BASE,
                Option(
                    "--max-turns",
                    "max_turns",
                    "How many programs the model may write.",
                    metavar="N",
                    minimum=1,
                    default=5,
                ),
                TIMEOUT,
                Option(
                    "--trace", "trace", "Write every event to this file, one JSON per line.", metavar="FILE"
                ),
                Option(
                    "--trace-payloads",
                    "trace_payloads",
                    "Write prompts, programs and values to a second file beside the trace.",
                    off="--no-trace-payloads",
                ),
                JSON,
            ],
            run="run_command:run_agent",
            text="Have a model answer TASK by writing programs over the data and the tools.",
            runs_programs=True,
        ),
        Command(
            "eval",
            "Run one program and print its value.",
            [
                Argument("program", "PROGRAM", "A program, the name of a file, or - for stdin."),
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
        ),
        Command(
            "check",
            "List the faults that can be seen without running.",
            [
                Argument("program", "FILE", "The name of a file, a program, or - for stdin."),
                TOOLS,
                PRELUDES,
                JSON,
                JSON_DSL,
            ],
            run="program_commands:run_check",
            text="List every fault that can be seen without running the program.",
            runs_programs=True,
        ),
        Command(
            "repl",
            "Evaluate programs one after another.",
            [DATA, TOOLS, PRELUDES, TIMEOUT],
            run="repl:run_repl",
            text="Evaluate programs one after another; definitions stay. `:help` lists the commands.",
            runs_programs=True,
        ),
        Command(
            "grammar",
            "Print the grammar of programs.",
            [
                Option("-f --format", "form", "The notation.", metavar="lark|gbnf", default="lark"),
                Option(
                    "-t --tools",
                    "tools",
                    "The only tools that can be called.",
                    metavar="NAMES|MODULE:ATTR",
                    many=True,
                ),
                Option("-d --data", "data", "The only names after data/.", metavar="NAMES", many=True),
            ],
            run="grammar_command:run_grammar",
            text="Print the grammar of programs, for tools that constrain what a model writes.",
        ),
        Command(
            "replay",
            "Execute a recorded run again and compare.",
            [
                Argument("trace", "TRACE", "A trace with payloads."),
                Option(
                    "--from", "from_turn", "Go on live from this turn, with --llm.", metavar="TURN", minimum=1
                ),
                MODEL,
                TOOLS,
                API_BASE,
                JSON,
            ],
            run="replay_command:run_replay",
            text="Execute a recorded run again without model and tools, and check that every program gives the same.",
        ),
        Command(
            "doctor",
            "Show what works on this machine.",
            [
                Option(
                    "--attack", "attack", "Try to break the sandbox, harmlessly, and say what stopped it."
                ),
                JSON,
            ],
            run="doctor:run_doctor",
            text="Show whether Python, the sandbox and the model keys are in order.",
        ),
        TRACE,
    ],
    [Option("-V --version", "version", "Print the version and exit.")],
)
