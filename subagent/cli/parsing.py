"""Words of the command line → what a command is called with, by the table of what it accepts.

Every command waits for this module, so it loads nothing beyond what Python has loaded already.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Final


class Argument:
    """A word without a flag. `name` is the keyword of the command's function; one that is not required can be None."""

    def __init__(self, name: str, metavar: str, text: str, *, required: bool = True) -> None:
        self.name: Final = name
        self.metavar: Final = metavar
        self.text: Final = text
        self.required: Final = required


class Option:
    """A value, a number or a switch behind a flag.

    `name` is the keyword of the command's function. Without `metavar` it is a switch, which `off`, a flag, takes back;
    with `minimum` a whole number; with `many` a list, else the last one counts. `envvar` is asked before `default`.
    """

    def __init__(
        self,
        flags: str,
        name: str,
        text: str,
        *,
        metavar: str = "",
        off: str = "",
        minimum: int | None = None,
        many: bool = False,
        default: Any = None,
        envvar: str = "",
    ) -> None:
        self.flags: Final = tuple(flags.split())
        self.name: Final = name
        self.text: Final = text
        self.metavar: Final = metavar
        self.off: Final = off
        self.minimum: Final = minimum
        self.many: Final = many
        self.default: Final = default if metavar else False
        self.envvar: Final = envvar


HELP = Option("-h --help", "help", "Show this message and exit.")


class Command:
    """What a command accepts, and what it does.

    `run` is `module:function` in this package; the function takes a keyword for every argument and option and returns
    an Exit. `runs_programs`: most of its time is the start of a worker, which is then begun early.
    """

    def __init__(
        self,
        name: str,
        summary: str,
        parameters: Sequence[Argument | Option],
        *,
        run: str,
        text: str = "",
        runs_programs: bool = False,
    ) -> None:
        self.name: Final = name
        self.summary: Final = summary
        self.text: Final = text or summary
        self.arguments: Final = [found for found in parameters if isinstance(found, Argument)]
        self.options: Final = [*(found for found in parameters if isinstance(found, Option)), HELP]
        self.run: Final = run
        self.runs_programs: Final = runs_programs


class Group:
    """Commands under a common name. Its own options are switches that stand before the command."""

    def __init__(
        self,
        name: str,
        summary: str,
        text: str,
        commands: Iterable[Command | Group],
        options: Sequence[Option] = (),
    ) -> None:
        self.name: Final = name
        self.summary: Final = summary
        self.text: Final = text
        self.commands: Final = {command.name: command for command in commands}
        self.options: Final = [*options, HELP]


class UsageError(Exception):
    """Words that a command does not accept."""


def parse(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """One value for every argument and option of the command; None when help is asked for. Raises UsageError."""
    taken = _Taken(command.options, words)
    if HELP.name in taken.values:
        return None
    found = {option.name: _value_of(option, taken.values) for option in command.options if option is not HELP}
    plain = taken.plain
    for place, argument in enumerate(command.arguments):
        if place >= len(plain) and argument.required:
            raise UsageError(f"Missing argument '{argument.metavar}'.")
        found[argument.name] = plain[place] if place < len(plain) else None
    extra = plain[len(command.arguments) :]
    if extra:
        raise UsageError(f"Got unexpected extra argument{'s' if len(extra) > 1 else ''} ({' '.join(extra)})")
    return found


def parse_switches(group: Group, words: Sequence[str]) -> tuple[set[str], Sequence[str]]:
    """The names of the group's switches that are set, and the words from the name of the command on. Raises UsageError."""
    place = next((place for place, word in enumerate(words) if not _is_flag(word)), len(words))
    return set(_Taken(group.options, words[:place]).values), words[place:]


def find_command(group: Group, name: str) -> Command | Group:
    """The command of that name. Raises UsageError with the names like it when there is none."""
    if name in group.commands:
        return group.commands[name]
    near = ", ".join(f"'{like}'" for like in _like(name, group.commands))
    raise UsageError(f"No such command '{name}'.{f' Did you mean {near}?' if near else ''}")


class _Taken:
    """The words, told apart: `values` by the name of the option, texts or True or False; `plain` ones in their order."""

    def __init__(self, options: Sequence[Option], words: Sequence[str]) -> None:
        self.values: dict[str, Any] = {}
        self.plain: list[str] = []
        self._by_flag = {flag: option for option in options for flag in (*option.flags, option.off) if flag}
        self._left = list(reversed(words))
        while self._left:
            word = self._left.pop()
            if word == "--":
                self.plain += reversed(self._left)
                break
            if not _is_flag(word):
                self.plain.append(word)
            elif word.startswith("--"):
                self._take_long(*word.partition("="))
            else:
                self._take_short(word[1:])

    def _take_long(self, flag: str, equals: str, value: str) -> None:
        option = self._option(flag)
        if option.metavar:
            self._keep(option, flag, value if equals else None)
        elif equals:
            raise UsageError(f"Option '{flag}' does not take a value.")
        else:
            self.values[option.name] = flag != option.off

    def _take_short(self, letters: str) -> None:
        """`-o value`, `-ovalue`, and switches in one word."""
        for place, letter in enumerate(letters, 1):
            option = self._option(f"-{letter}")
            if option.metavar:
                self._keep(option, f"-{letter}", letters[place:] or None)
                break
            self.values[option.name] = True

    def _option(self, flag: str) -> Option:
        if flag in self._by_flag:
            return self._by_flag[flag]
        near = ", ".join(_like(flag, self._by_flag))
        raise UsageError(f"No such option: {flag}{f' (Possible options: {near})' if near else ''}")

    def _keep(self, option: Option, flag: str, value: str | None) -> None:
        if value is None:
            if not self._left:
                raise UsageError(f"Option '{flag}' requires an argument.")
            value = self._left.pop()  # whatever it is: `-> :int` is a signature
        if option.many:
            self.values.setdefault(option.name, []).append(value)
        else:
            self.values[option.name] = value


def _is_flag(word: str) -> bool:
    """`-x` and `--xyz` and `--`; not `-`, `-5`, `->` nor `- 1`, which can be texts or programs."""
    return word.startswith("-") and (word[1:2].isalpha() or word[1:2] == "-")


def _value_of(option: Option, values: dict[str, Any]) -> Any:
    value = values.get(option.name)
    if value is None and option.envvar:
        value = os.environ.get(option.envvar) or None
    if value is None:
        return list[str]() if option.many else option.default
    return value if option.minimum is None else _number(option, value)


def _number(option: Option, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise UsageError(f"Invalid value for '{option.flags[-1]}': {text!r} is not a whole number") from None
    if option.minimum is not None and number < option.minimum:
        raise UsageError(f"Invalid value for '{option.flags[-1]}': {number} is less than {option.minimum}")
    return number


def _like(name: str, names: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, names)
