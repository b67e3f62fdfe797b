"""`ptc trace …`: looking at recorded runs."""

from __future__ import annotations

from typing import Annotated

import typer

from subagent.cli.exits import EXIT_HELP

app = typer.Typer(
    name="trace",
    help="Look at recorded runs: a file of `ptc run --trace`, or a folder of such files.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[str, typer.Argument(metavar="FILE", help="A trace file, or a folder of them.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]


@app.command()
def summary(file: File, as_json: Json = False) -> None:
    """Figures of every run: status, turns, tokens, cost, time by kind, tools, errors."""
    from subagent.cli.trace_commands import show_summary

    show_summary(file, as_json=as_json)


@app.command()
def tree(
    file: File,
    depth: Annotated[int | None, typer.Option(min=0, help="How deep to go; without it, all the way.")] = None,
) -> None:
    """Runs, turns, requests, programs and tool calls as a tree, with times."""
    from subagent.cli.trace_commands import show_tree

    show_tree(file, depth)


@app.command()
def slowest(
    file: File,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 10,
    kind: Annotated[
        str | None,
        typer.Option("--kind", "-k", metavar="model|program|tool|turn|run", help="Of this kind only."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What took longest."""
    from subagent.cli.trace_commands import show_slowest

    show_slowest(file, count, kind, as_json=as_json)


@app.command()
def show(
    file: File,
    turn: Annotated[int | None, typer.Option("--turn", min=1, help="This turn only.")] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="ID", help="The run whose id begins like this.")
    ] = None,
) -> None:
    """The runs as a story: programs, prints, tool calls, results, errors. Needs the payload file for texts."""
    from subagent.cli.trace_commands import show_story

    show_story(file, turn, run)


@app.command()
def diff(
    left: Annotated[str, typer.Argument(metavar="A", help="A trace.")],
    right: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    as_json: Json = False,
) -> None:
    """Where two runs first differ; exit code 1 when they do."""
    from subagent.cli.trace_commands import show_diff

    raise typer.Exit(int(show_diff(left, right, as_json=as_json)))


@app.command()
def html(
    file: File,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE", help="Where to; - is stdout.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="The heading.")] = None,
) -> None:
    """One HTML file that shows everything and opens anywhere. Without -o it stands beside the trace."""
    from subagent.cli.trace_commands import write_html

    write_html(file, out, title)


@app.command("export-chrome")
def export_chrome(
    file: File,
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="Where to; - is stdout.")] = "-",
) -> None:
    """The trace for chrome://tracing or https://ui.perfetto.dev."""
    from subagent.cli.trace_commands import export

    export(file, out)
