"""`ptc trace …`: looking at recorded runs."""

from __future__ import annotations

from subagent.cli.parsing import Argument, Command, Group, Option

FILE = Argument("path", "FILE", "A trace file, or a folder of them.")
JSON = Option("--json", "as_json", "One JSON object on stdout instead of text.")

TRACE = Group(
    "trace",
    "Look at recorded runs.",
    "Look at recorded runs: a file of `ptc run --trace`, or a folder of such files.",
    [
        Command(
            "summary",
            "Figures of every run: status, turns, tokens, cost, time by kind, tools, errors.",
            [FILE, JSON],
            run="trace_commands:show_summary",
        ),
        Command(
            "tree",
            "Runs, turns, requests, programs and tool calls as a tree, with times.",
            [
                FILE,
                Option(
                    "--depth", "depth", "How deep to go; without it, all the way.", metavar="N", minimum=0
                ),
            ],
            run="trace_commands:show_tree",
        ),
        Command(
            "slowest",
            "What took longest.",
            [
                FILE,
                Option("-n --count", "count", "How many.", metavar="N", minimum=1, default=10),
                Option("-k --kind", "kind", "Of this kind only.", metavar="model|program|tool|turn|run"),
                JSON,
            ],
            run="trace_commands:show_slowest",
        ),
        Command(
            "show",
            "The runs as a story: programs, prints, tool calls, results, errors. Needs the payload file for texts.",
            [
                FILE,
                Option("--turn", "turn", "This turn only.", metavar="N", minimum=1),
                Option("--run", "run", "The run whose id begins like this.", metavar="ID"),
            ],
            run="trace_commands:show_story",
        ),
        Command(
            "diff",
            "Where two runs first differ; exit code 1 when they do.",
            [Argument("left", "A", "A trace."), Argument("right", "B", "Another one."), JSON],
            run="trace_commands:show_diff",
        ),
        Command(
            "html",
            "One HTML file that shows everything and opens anywhere. Without -o it stands beside the trace.",
            [
                FILE,
                Option("-o --out", "out", "Where to; - is stdout.", metavar="FILE"),
                Option("--title", "title", "The heading.", metavar="TEXT"),
            ],
            run="trace_commands:write_html",
        ),
        Command(
            "export-chrome",
            "The trace for chrome://tracing or https://ui.perfetto.dev.",
            [FILE, Option("-o --out", "out", "Where to; - is stdout.", metavar="FILE", default="-")],
            run="trace_commands:export",
        ),
    ],
)
