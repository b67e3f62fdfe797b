"""Nodes of generated syntax trees are complete for every Python that is supported."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from ptc_lisp.runtime import pyast

CLASSES: dict[str, Any] = {
    name: value
    for name, value in vars(pyast).items()
    if isinstance(value, type) and issubclass(value, ast.AST)
}


@pytest.mark.parametrize("name", CLASSES)
def test_what_a_class_gives_its_nodes_is_what_newer_pythons_give_them(name: str) -> None:
    """Python 3.13 puts `Load` and empty lists into a node that is made without them, whatever its class says."""
    shared = {field: vars(CLASSES[name]).get(field) for field in CLASSES[name]._fields}
    for field, value in shared.items():
        assert value is None or value == [] or isinstance(value, ast.Load), (field, value)


def test_what_is_stored_says_so_itself() -> None:
    one, other = pyast.constant(1, 1), pyast.constant(2, 1)
    for statement in (
        pyast.assign("x", one, 1),
        pyast.assign_all(["x", "y"], [one, other], 1),
        pyast.put(one, other, one, 1),
    ):
        assert isinstance(statement, ast.Assign)
        assert isinstance(vars(statement.targets[0])["ctx"], ast.Store)
