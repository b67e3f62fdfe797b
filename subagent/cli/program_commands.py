"""`ptc eval` and `ptc check`: one program, no model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import ptc_lisp
from subagent.cli.exits import CliError, Exit, exit_code
from subagent.cli.loading import load_data
from subagent.cli.output import fault_json, print_fault, print_json, print_step
from subagent.cli.prelude_option import load_preludes
from subagent.cli.tool_option import load_tools

SUFFIXES = (".ptc", ".clj", ".lisp", ".edn", ".txt", ".json")


def run_eval(
    program: str,
    data: Sequence[str],
    tools: Sequence[str],
    *,
    preludes: Sequence[str] = (),
    signature: str | None,
    timeout_ms: int | None,
    as_json: bool,
    json_dsl: bool = False,
) -> Exit:
    """Run a program, of PTC-JSON with `json_dsl`; its value goes to stdout, its faults to stderr."""
    source = program_text(program)
    limits = limits_of(timeout_ms)
    run = partial(ptc_lisp.run, prelude=load_preludes(preludes))
    if json_dsl:
        from ptc_lisp.json_dsl import run

        _no_preludes(preludes)
    step = run(
        source,
        context=load_data(data),
        tools=load_tools(tools),
        limits=limits,
        signature=signature_of(signature),
    )
    print_step(step, as_json=as_json)
    return exit_code(step.error)


def run_check(
    program: str,
    tools: Sequence[str],
    *,
    preludes: Sequence[str] = (),
    as_json: bool,
    json_dsl: bool = False,
) -> Exit:
    """List the faults of a program, of PTC-JSON with `json_dsl`, that can be seen without running it."""
    check = partial(ptc_lisp.check, prelude=load_preludes(preludes))
    if json_dsl:
        from ptc_lisp.json_dsl import check

        _no_preludes(preludes)
    faults = check(program_text(program), tools=load_tools(tools) if tools else None)
    if as_json:
        print_json({"ok": not faults, "faults": [fault_json(fault) for fault in faults]})
    elif faults:
        for fault in faults:
            print_fault(fault)
    else:
        print("no faults")
    return Exit.FAILED if faults else Exit.OK


def _no_preludes(preludes: Sequence[str]) -> None:
    if preludes:
        raise CliError("--prelude is for programs in PTC-Lisp; leave out --json-dsl")


def program_text(program: str) -> str:
    """The program behind an argument: `-` reads stdin, the name of an existing file reads the file, other text is it.

    Raises CliError for text that looks like the name of a file that is not there.
    """
    if program == "-":
        try:
            return sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CliError("stdin is not UTF-8 text; is it a program?") from None
    if not program:
        return program
    path = Path(program)
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8")
        if path.is_dir():
            raise CliError(f"{program}: this is a folder; name a file, or pass the program itself")
        missing = path.suffix in SUFFIXES and not program.startswith(("(", "[", "{", '"'))
    except UnicodeDecodeError:
        raise CliError(f"{program}: the file is not UTF-8 text; is it a program?") from None
    except (OSError, ValueError):  # too long for a name, or not readable
        missing = path.suffix in SUFFIXES
    if missing:
        raise CliError(f"{program}: cannot be read; check the path, or pass the program itself")
    return program


def limits_of(timeout_ms: int | None) -> ptc_lisp.Limits | None:
    """The limits that the options ask for. Raises CliError for a value that no limit may have."""
    try:
        return None if timeout_ms is None else ptc_lisp.Limits(timeout_ms=timeout_ms)
    except ValueError as error:
        raise CliError(f"--timeout-ms: {error}") from None


def signature_of(text: str | None) -> str | None:
    """A signature that parses. Raises CliError with the parser's words for any other."""
    if text is not None:
        from ptc_lisp.signature import parse

        try:
            parse(text)
        except ValueError as error:
            raise CliError(f"--signature {text!r}: {error}") from None
    return text
