"""click's commands, with what `ptc` needs beyond them: late imports, texts that begin with a minus, commands in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from subagent.cli.exits import Exit

_TEXT = "\0"  # stands before a word that is a text; no word of a command line holds it


class Argument(click.Argument):
    """A word without a flag."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value, as click converts it."""
        return super().type_cast_value(ctx, _unmarked(value))


class Option(click.Option):
    """A value, a number or a switch behind a flag."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value, or all of them, as click converts them."""
        return super().type_cast_value(ctx, _unmarked(value))


class Number(click.IntRange):
    """A whole number that has a minimum."""

    name = "whole number"


class Command(click.Command):
    """A command whose module is imported when it runs.

    `run` is `module:function` in this package; the function takes a keyword for every parameter and returns an Exit.
    `runs_programs`: most of its time is the start of a worker, which is then begun early.
    """

    allow_extra_args = True  # so that `parse_args` can name them

    def __init__(
        self,
        name: str,
        summary: str,
        params: Sequence[Argument | Option],
        *,
        run: str,
        text: str = "",
        runs_programs: bool = False,
    ) -> None:
        super().__init__(
            name,
            params=list(params),
            callback=_late(run, runs_programs=runs_programs),
            help=text or summary,
            short_help=summary,
        )
        self.run = run

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but `-5`, `->`, and `- 1` are texts: they can be programs or signatures."""
        left = super().parse_args(ctx, [_TEXT + word if _is_text(word) else word for word in args])
        if left and not ctx.resilient_parsing:
            words = " ".join(_unmarked(left))
            ctx.fail(f"Got unexpected extra argument{'s' if len(left) > 1 else ''} ({words})")
        return left


class Group(click.Group):
    """Commands under a common name, in the order of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Their names."""
        return list(self.commands)


def _late(run: str, *, runs_programs: bool) -> Callable[..., Exit]:
    module, _, function = run.partition(":")

    def call(**values: Any) -> Exit:
        if runs_programs:
            from ptc_lisp import warm_up

            warm_up()  # beside the import of the command, which takes as long
        return getattr(import_module(f"subagent.cli.{module}"), function)(**values)

    return call


def _is_text(word: str) -> bool:
    return word.startswith("-") and len(word) > 1 and not (word[1].isalpha() or word[1] == "-")


def _unmarked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    return value.removeprefix(_TEXT) if isinstance(value, str) else value
