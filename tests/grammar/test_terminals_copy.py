"""The copy of the grammar's terminals, with which plain programs are read without the parser."""

from __future__ import annotations

from ptc_lisp.reader.parser import terminals_of_grammar
from ptc_lisp.reader.terminals import TERMINALS


def test_the_copy_is_what_the_parser_makes_of_the_grammar():
    expected = terminals_of_grammar()
    assert list(TERMINALS.items()) == list(expected.items()), f"ptc_lisp/reader/terminals.py: {expected}"
