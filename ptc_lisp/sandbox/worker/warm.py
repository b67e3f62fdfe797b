"""What the zygote does once: import everything before it locks itself down, and run a little of everything when it has time.

A worker cannot open files, so a module that is not loaded here cannot be loaded later. Running some programs fills the
caches of `re` and the interpreter, and touches the pages that a first program would touch.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial

from ptc_lisp import reader, signature
from ptc_lisp.limits import Limits
from ptc_lisp.runtime import kept
from ptc_lisp.runtime.machine import Machine
from ptc_lisp.values import strings
from ptc_lisp.values.types import Value

_HOST_SIDE = tuple(
    f"ptc_lisp.{name}"
    for name in (
        "sandbox",
        "signature.advising",
        "signature.docstring",
        "signature.host_values",
        "signature.json_schema",
        "signature.python_types",
        "signature.typed_values",
        "json_dsl.prompt",
        "json_dsl.providers",
        "json_dsl.running",
        "json_dsl.schema",
        "json_dsl.strict_writing",
        "session",
        "prelude.compiling",
        "prelude_store",
        "tool",
        "step",
        "language",
        "values.convert",
        "values.memory",
        "fault_text",
        "reference",
        "reader.export",
        "reader.gbnf",
        "reader.grammar_file",
        "reader.name_pattern",
        "reader.spaced",
    )
)
_PARSER_SIDE = (
    "ptc_lisp.reader.builder",
    "ptc_lisp.reader.parser",
    "ptc_lisp.signature.parsing",
    *(f"ptc_lisp.prelude.{name}" for name in ("building", "needs", "reading")),
)
_LAZY_STDLIB = ("_strptime", "encodings.ascii", "encodings.latin_1", "unicodedata")

_PROGRAMS = (
    "(let [{:keys [a] :or {a 1}} {:b 2} xs (range 5)] (->> xs (map inc) (filter odd?) (reduce + a)))",
    '(defn f [x & more] (if (> x 1) (f (dec x)) (str x "é" (count more)))) (println (f 3)) (loop [i 0] (if (< i 3) (recur (inc i)) i))',
    '(group-by :k [{:k "a" :v 1.5} {"k" :b}]) (sort-by :v > [{:v 1} {:v 2}]) (re-find #"a+" "caat") (undefined-name 1)',
    "(map #(* % 2) [1 2",
    "(/ 1 :a)",
)


_MADE_LATER: tuple[Callable[[], object], ...] = (
    partial(reader.warm_up, parser=False),
    kept.nodes_decoder,
    kept.fn_decoder,
    strings.simple_pattern,
)


def load_all(*, parser: bool) -> None:
    """Imports the worker's side of the package, the parser only when asked to."""
    left_out = _HOST_SIDE if parser else (*_HOST_SIDE, *_PARSER_SIDE)
    if parser:
        reader.warm_up()
    for name in sorted(_modules()):
        if not name.startswith(left_out):
            # What the machine itself needs is loaded already; a spare module that cannot be must not stop every program.
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    if parser:
        signature.parse(":any")
    for name in _LAZY_STDLIB:
        importlib.import_module(name)


def run_some() -> Iterator[None]:
    """Makes what is made on first use, and evaluates some programs, one after the other."""
    for make in _MADE_LATER:
        make()
        yield
    machine = Machine(Limits(), _NoHost())
    for program in _PROGRAMS:
        machine.evaluate(program, context={}, tools=frozenset())
        yield


def _modules() -> Iterator[str]:
    """The names of all modules of the package."""
    [root] = sys.modules["ptc_lisp"].__path__
    for folder, _, files in os.walk(root):
        package = folder.replace(root, "ptc_lisp", 1).replace(os.sep, ".")
        yield from [
            f"{package}.{file[:-3]}".removesuffix(".__init__") for file in files if file.endswith(".py")
        ]


class _NoHost:
    """Doors that lead nowhere."""

    def tool(self, name: str, args: dict[str, Value], origin: str = "") -> Value:
        """No tool exists while warming up."""
        del name, args, origin

    def printed(self, text: str) -> None:
        """Nobody reads it."""

    def journalled(self, ident: str, blob: bytes | None) -> None:
        """Nobody keeps it."""

    def now_ms(self) -> int:
        """Any time will do."""
        return 0
