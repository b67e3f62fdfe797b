"""RestrictedPython: CPython code with guards, in the host's process; by its own words no sandbox."""

from __future__ import annotations

import ast

from RestrictedPython import compile_restricted, safe_builtins
from RestrictedPython.Guards import guarded_iter_unpack_sequence
from work import HALF, PYTHON, ROWS, serve

BUILTINS = {**safe_builtins, "sum": sum, "sorted": sorted}


def run(source: str) -> object:
    """The value of the last line."""
    tree = ast.parse(source)
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    tree.body[-1] = ast.Assign([ast.Name("result", ast.Store())], last.value)
    code = compile_restricted(ast.unparse(ast.fix_missing_locations(tree)), "<program>", "exec")
    space = {
        "__builtins__": BUILTINS, "_getiter_": iter, "_iter_unpack_sequence_": guarded_iter_unpack_sequence, "_getitem_": lambda o, k: o[k], "_getattr_": getattr, "rows": ROWS,
        "half": HALF,
    }  # fmt: skip
    exec(code, space)
    return space["result"]


if __name__ == "__main__":
    sources = {**PYTHON, "handed": PYTHON["filter"]}
    actions = {name: (lambda p=p: run(p), 1) for name, p in sources.items()}
    serve("RestrictedPython", {**actions, "warm": (lambda: run("1 + 2"), 20)})
