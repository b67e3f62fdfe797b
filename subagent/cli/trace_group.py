"""`ptc trace …`: looking at recorded runs."""

from __future__ import annotations

import click

from subagent.cli.exits import EXIT_HELP
from subagent.cli.lazy import Argument, Command, Group, Number, Option

FILE = click.Path(readable=False)  # a shell completes it; the command says what is wrong with it
JSON = Option(["--json", "as_json"], is_flag=True, help="One JSON object on stdout instead of text.")
RECORDED = Argument(["path"], metavar="FILE", type=FILE, help="A trace file, or a folder of them.")

SUMMARY = Command(
    "summary",
    "Figures of every run: status, turns, tokens, cost, time by kind, tools, errors.",
    [RECORDED, JSON],
    run="trace_commands:show_summary",
)

TREE = Command(
    "tree",
    "Runs, turns, requests, programs and tool calls as a tree, with times.",
    [
        RECORDED,
        Option(["--depth"], metavar="N", type=Number(min=0), help="How deep to go; without it, all the way."),
    ],
    run="trace_commands:show_tree",
)

SLOWEST = Command(
    "slowest",
    "What took longest.",
    [
        RECORDED,
        Option(["-n", "--count"], metavar="N", type=Number(min=1), default=10, help="How many."),
        Option(
            ["-k", "--kind"],
            type=click.Choice(["model", "program", "tool", "turn", "run"]),
            help="Only this kind.",
        ),
        JSON,
    ],
    run="trace_commands:show_slowest",
)

SHOW = Command(
    "show",
    "The runs as a story: programs, prints, tool calls, results, errors. Needs the payload file for texts.",
    [
        RECORDED,
        Option(["--turn"], metavar="N", type=Number(min=1), help="This turn only."),
        Option(["--run"], metavar="ID", help="The run whose id starts with this."),
    ],
    run="trace_commands:show_story",
)

DIFF = Command(
    "diff",
    "Where two runs first differ; exit code 1 if they do.",
    [
        Argument(["left"], metavar="A", type=FILE, help="A trace."),
        Argument(["right"], metavar="B", type=FILE, help="Another one."),
        JSON,
    ],
    run="trace_commands:show_diff",
)

HTML = Command(
    "html",
    "One HTML file that shows everything and opens anywhere. Without -o it is written next to the trace.",
    [
        RECORDED,
        Option(["-o", "--out"], metavar="FILE", type=FILE, help="Where to write it; - is stdout."),
        Option(["--title"], metavar="TEXT", help="The heading."),
    ],
    run="trace_commands:write_html",
)

EXPORT_CHROME = Command(
    "export-chrome",
    "The trace for chrome://tracing or https://ui.perfetto.dev.",
    [
        RECORDED,
        Option(
            ["-o", "--out"], metavar="FILE", type=FILE, default="-", help="Where to write it; - is stdout."
        ),
    ],
    run="trace_commands:export",
)

TRACE = Group(
    "trace",
    [SUMMARY, TREE, SLOWEST, SHOW, DIFF, HTML, EXPORT_CHROME],
    short_help="Look at recorded runs.",
    help="Look at recorded runs: a file of `ptc run --trace`, or a folder of such files.",
    epilog=EXIT_HELP,
)
