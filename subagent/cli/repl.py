"""`ptc repl`: programs one after another in one session, with history and multi-line input on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import ptc_lisp
from subagent.cli.balance import unfinished
from subagent.cli.exits import CliError, Exit, exit_code
from subagent.cli.loading import load_data
from subagent.cli.output import print_step
from subagent.cli.prelude_option import load_preludes
from subagent.cli.program_commands import limits_of
from subagent.cli.tool_option import load_tools

PROMPT, MORE = "ptc> ", "...  "
HELP = """\
Type a program; it runs when its brackets are closed. Definitions stay; *1 *2 *3 are the last values.
  :help          this text            :doc NAME      what a function does
  :tools         the tools            :memory        what has been defined
  :data          the tables           :quit          leave (or Ctrl-D)"""


class Repl:
    """The state between two inputs. `failed` is the exit code of the worst program, for piped input."""

    def __init__(self, session: ptc_lisp.Session, data: dict[str, Any], tools: dict[str, Any]) -> None:
        self.session = session
        self.data = data
        self.tools = tools
        self.failed = Exit.OK
        self.commands: dict[str, Callable[[str], None]] = {
            ":help": lambda _: print(HELP),
            ":doc": self.show_doc,
            ":tools": self.show_tools,
            ":memory": self.show_memory,
            ":data": self.show_data,
        }

    def accept(self, text: str) -> bool:
        """Run a program or a command; False ends the session."""
        name, _, argument = text.strip().partition(" ")
        if name in {":quit", ":exit", ":q"}:
            return False
        if name in self.commands:
            self.commands[name](argument.strip())
        elif text.strip():
            self.evaluate(text)
        return True

    def evaluate(self, text: str) -> None:
        """Run one program in the session and print its outcome."""
        step = self.session.eval(text)
        print_step(step, as_json=False)
        self.failed = max(self.failed, exit_code(step.error))

    def show_doc(self, name: str) -> None:
        """Usages, meaning and examples of a name of the language."""
        from ptc_lisp.language import lookup

        export = None if self.session.prelude is None else self.session.prelude.find(name)
        if export is not None:
            print("  ".join(f"({name}{' ' if usage else ''}{usage})" for usage in export.usages) or name)
            print(f"  {export.doc or export.signature or 'no description'}")
            return
        entry = lookup(name)
        if entry is None:
            print(f'no function named {name or "(none)"}; try (apropos "part-of-a-name")')
            return
        print("  ".join(entry.usages))
        print(f"  {entry.doc}")
        for program, value in entry.examples:
            print(f"  {program}  ;=> {value}")

    def show_tools(self, _: str) -> None:
        """The tools with the first line of what they do."""
        for name, tool in self.tools.items():
            doc = (
                (getattr(tool, "description", None) or getattr(tool, "__doc__", None) or "")
                .strip()
                .split("\n")[0]
            )
            print(f"tool/{name}  {doc}".rstrip())
        if not self.tools:
            print("no tools; give some with --tools module:attribute")

    def show_memory(self, _: str) -> None:
        """The names that programs have defined."""
        names = sorted(self.session.memory)
        print("  ".join(names) if names else "nothing defined yet; (def name value) keeps a value")

    def show_data(self, _: str) -> None:
        """The tables with their sizes."""
        for name, value in self.data.items():
            print(f"data/{name}  {len(value)} rows" if isinstance(value, list) else f"data/{name}")
        if not self.data:
            print("no data; give some with --data name=file")


def run_repl(
    data: Sequence[str], tools: Sequence[str], preludes: Sequence[str] = (), *, timeout_ms: int | None
) -> Exit:
    """Read, run, print until the end of input. Piped input ends with the code of its worst program."""
    context, functions = load_data(data), load_tools(tools)
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    prelude = load_preludes(preludes)
    with ptc_lisp.Session(
        context=context, tools=functions, limits=limits_of(timeout_ms), prelude=prelude
    ) as session:
        repl = Repl(session, context, functions)
        for text in terminal_inputs() if on_terminal else piped_inputs():
            if not _accept(repl, text, on_terminal=on_terminal):
                break
    return Exit.OK if on_terminal else repl.failed


def _accept(repl: Repl, text: str, *, on_terminal: bool) -> bool:
    """On a terminal, Ctrl-C stops the program and not the session."""
    try:
        return repl.accept(text)
    except KeyboardInterrupt:
        if not on_terminal:
            raise
        print("interrupted", file=sys.stderr)
        return True


def piped_inputs() -> Iterator[str]:
    """Whole programs from stdin; an unfinished one at the end is passed on, so that its fault is shown."""
    pending = ""
    for line in sys.stdin.buffer:
        try:
            pending += line.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CliError("stdin is not UTF-8 text") from None
        if not unfinished(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def terminal_inputs() -> Iterator[str]:
    """Inputs typed at a terminal: Enter runs a whole program and otherwise starts a new line."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.history import FileHistory, InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    path = history_path()
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(path)) if path else InMemoryHistory(),
        key_bindings=keys,
        multiline=Condition(lambda: unfinished(session.default_buffer.text)),
        prompt_continuation=MORE,
        enable_open_in_editor=False,
    )
    print("PTC-Lisp. :help lists the commands, Ctrl-D leaves.")
    while True:
        try:
            yield session.prompt(PROMPT)
        except KeyboardInterrupt:
            continue  # drops the input, as in a shell
        except EOFError:
            return


def history_path() -> Path | None:
    """Where the history lives (XDG state folder), or None when nothing can be written there."""
    base = os.environ.get("XDG_STATE_HOME")
    try:
        folder = (Path(base) if base else Path.home() / ".local" / "state") / "ptc"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "history"
        path.touch(mode=0o600)
    except (OSError, RuntimeError):
        return None
    return path
