"""What the architecture tests look at: every module of the product, parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ptc_lisp", "subagent")


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, path and syntax tree."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        """Parsed anew each time: all trees together would slow every collection of garbage in the rest of the run."""
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    def imports(self, known: set[str], *, at_load: bool) -> set[str]:
        """Our modules that this one imports. `at_load`: only what runs when the module is loaded, that is neither
        inside a function nor under TYPE_CHECKING."""
        found: set[str] = set()
        for node in self._imports[1 if at_load else 0]:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                deeper = {f"{base}.{alias.name}" for alias in node.names} & known
                found |= deeper
                if len(deeper) < len(node.names):
                    found.add(base)
        return {name for name in found if name.partition(".")[0] in PACKAGES} - {self.name}

    @cached_property
    def _imports(self) -> tuple[list[ast.Import | ast.ImportFrom], ...]:
        """All imports, and those that run when the module is loaded."""
        tree = self.tree
        return tuple(
            [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
            for nodes in (ast.walk(tree), _at_load(tree))
        )

    def _base(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        parts = self.package.split(".")
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, node.module] if node.module else parts)


def _at_load(tree: ast.AST):
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_load(child)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> dict[str, Module]:
    """Dotted name → module, for every file of the product."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path)
    return found
