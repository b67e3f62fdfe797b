"""Text with a lone surrogate, as JSON may bring it: told where it is, and never a traceback out of the library."""

from __future__ import annotations

import asyncio
import json

import pytest

import ptc_lisp
from ptc_lisp import FaultKind, json_dsl

HALF = json.loads('"\\ud800"')


def told(fault: ptc_lisp.Fault | None) -> tuple[FaultKind, int, int, bool]:
    assert fault is not None
    assert fault.span is not None
    assert fault.excerpt is not None
    assert "U+D800" in fault.message
    fault.excerpt.encode()
    return fault.kind, fault.span.line, fault.span.column, "?" in fault.excerpt


def test_a_program_with_half_a_character_is_a_fault_with_its_place():
    program = f'(def ä 1)\n(str "{HALF}")'
    wanted = (FaultKind.PARSE_ERROR, 2, 7, True)
    assert told(ptc_lisp.run(program).error) == wanted
    assert told(asyncio.run(ptc_lisp.arun(program)).error) == wanted
    assert told(ptc_lisp.check(program)[0]) == wanted
    with ptc_lisp.Session() as session:
        session.eval("(def kept 1)")
        assert told(session.eval(program).error) == wanted
        assert session.eval("kept").value == 1


def test_so_is_one_in_json():
    step = json_dsl.run({"op": "literal", "value": HALF})
    assert step.error is not None
    assert step.error.kind is FaultKind.PARSE_ERROR


def test_names_and_preludes_with_half_a_character_are_refused_by_name():
    with pytest.raises(TypeError, match=r"the name .* of the context .*lone surrogate"):
        ptc_lisp.run("1", context={HALF: 1})
    with pytest.raises(TypeError, match=r"the name .* of the memory .*lone surrogate"):
        ptc_lisp.run("1", memory={HALF: 1})
    with pytest.raises(
        ptc_lisp.PreludeError, match=r"half of a character \(a lone surrogate, character 16\)"
    ):
        ptc_lisp.compile_prelude(f'(ns a)\n(def x "{HALF}")')


def test_whole_characters_beyond_the_first_plane_pass():
    assert ptc_lisp.run('(count "\U0001f600")').value == 1
