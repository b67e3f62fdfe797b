"""The surface of every package is what it says it is, and importing it costs next to nothing."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys

import pytest

SLOW = {"litellm", "lark", "openai", "httpx", "pydantic", "aiohttp", "requests", "prompt_toolkit", "asyncio"}
FORBIDDEN = {
    "import ptc_lisp": SLOW | {"anyio", "ptc_lisp.runtime", "ptc_lisp.analyzer", "ptc_lisp.builtins"},
    "import ptc_lisp.json_dsl": SLOW
    | {"anyio", "ptc_lisp.runtime", "ptc_lisp.analyzer", "ptc_lisp.builtins"},
    "import subagent": SLOW | {"anyio"},
    "import subagent.cli": SLOW | {"rich", "anyio", "ptc_lisp.runtime", "ptc_lisp.builtins", "subagent.llm"},
    "import subagent.cli.trace_commands": SLOW
    | {"rich", "anyio", "subagent.events", "subagent.drive", "subagent.llm"},
}


PUBLIC = ("ptc_lisp", "ptc_lisp.json_dsl", "ptc_lisp.signature", "subagent", "subagent.llm")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_package_lists_exactly_its_names(modules, name):
    tree = modules[name].tree
    assert sorted(set(_listed(tree) or ()) - {"__version__"}) == sorted(_bound(tree) - {"TYPE_CHECKING"})


def test_what_is_listed_exists(modules):
    for module in modules.values():
        if module.path.name == "__init__.py":
            loaded = importlib.import_module(module.name)
            assert [name for name in getattr(loaded, "__all__", []) if not hasattr(loaded, name)] == []


def _listed(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return None


def _bound(tree: ast.Module) -> set[str]:
    """Names that a package defines or takes from our modules, also those that it loads late (TYPE_CHECKING)."""
    names: set[str] = set()
    for node in [
        *tree.body,
        *(inner for outer in tree.body if isinstance(outer, ast.If) for inner in outer.body),
    ]:
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {
            "ptc_lisp",
            "subagent",
        }:
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_imports_stay_light(statement):
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) & FORBIDDEN[statement] == set()


def test_import_prints_nothing_and_reads_no_environment():
    code = (
        "import os, sys\n"
        "class Seen(dict):\n"
        "    def __getitem__(self, key):\n"
        "        print('read', key); return super().__getitem__(key)\n"
        "before = dict(os.environ)\n"
        "import ptc_lisp, subagent\n"
        "assert dict(os.environ) == before, 'the environment was changed'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
