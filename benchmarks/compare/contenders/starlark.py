"""starlark-pyo3: Starlark in Rust, in the host's process."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
sl = importlib.import_module("starlark")
from work import HALF, ROWS, serve  # noqa: E402 - after the folder of this file, which has its name, is out of the way

GLOBALS = sl.Globals.standard()
TOTAL = "\ndef total(items):\n    s = 0\n    for x in items:\n        s = s + x\n    return s\n"
FILTER = TOTAL + "total([r['amount'] for r in rows if r['category'] == 'travel'])"
PROGRAMS = {
    "loop": "\ndef go():\n    s = 0\n    for i in range(1000000):\n        s = s + i\n    return s\ngo()",
    "fib": "\ndef fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\nfib(22)",
    "filter": FILTER,
    "group": TOTAL
    + "def go():\n    groups = {}\n    for r in half:\n        groups.setdefault(r['customer'], []).append(r)\n"
    "    sums = [[k, total([r['amount'] for r in v])] for k, v in groups.items()]\n"
    "    return sorted(sums, key=lambda p: (-p[1], p[0]))[:10]\ngo()",
    "warm": "1 + 2",
}


def main() -> None:
    given = sl.Module()
    given["rows"], given["half"] = ROWS, HALF
    frozen = given.freeze()
    loader = sl.FileLoader(lambda _name: frozen)

    def resident(source: str) -> object:
        load = 'load("data", "rows", "half")\n'
        return sl.eval(sl.Module(), sl.parse("program", load + source), GLOBALS, loader)

    def handed() -> object:
        module = sl.Module()
        module["rows"] = ROWS
        return sl.eval(module, sl.parse("program", FILTER), GLOBALS)

    actions = {name: (lambda p=p: resident(p), 20 if name == "warm" else 1) for name, p in PROGRAMS.items()}
    serve("starlark-pyo3", {**actions, "handed": (handed, 1)})


if __name__ == "__main__":
    main()
