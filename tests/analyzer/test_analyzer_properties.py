"""Whatever the forms are: either a well-made program or a list of faults with places, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import AnalysisFailed, Env, analyze
from ptc_lisp.analyzer.specials import TABLE
from ptc_lisp.core import nodes as n
from ptc_lisp.core.unparse import unparse
from ptc_lisp.core.walk import binds, walk
from ptc_lisp.faults import Trap
from ptc_lisp.reader import read

ATOMS = [
    "x",
    "y",
    "_",
    "f",
    "&",
    "%",
    "%2",
    "%&",
    "*1",
    "nil",
    "true",
    "1",
    "2.5",
    '"s"',
    ":k",
    ":as",
    ":or",
    ":keys",
]
ATOMS += [
    ":when",
    ":let",
    ":while",
    ":else",
    ":>>",
    "data/d",
    "tool/t",
    "str/trim",
    "no/such",
    ".length",
    "'q",
    "inc",
]
HEADS = [
    *TABLE,
    "map",
    "inc",
    "f",
    "x",
    ":k",
    "tool/t",
    "tool/call",
    "data/d",
    "str/join",
    "zork",
    ".foo",
    ".",
]


def _wrap(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    row = st.lists(inner, max_size=4).map(" ".join)
    pair = st.tuples(inner, inner).map(" ".join)
    return st.one_of(
        st.tuples(st.sampled_from(HEADS), row).map(lambda t: f"({t[0]} {t[1]})"),
        st.tuples(st.sampled_from(sorted(TABLE)), pair, row).map(lambda t: f"({t[0]} [{t[1]}] {t[2]})"),
        row.map(lambda t: f"[{t}]"),
        row.map(lambda t: f"({t})"),
        row.map(lambda t: f"#({t})"),
        st.lists(pair, max_size=3).map(lambda ts: "{" + " ".join(ts) + "}"),
    )


SOURCES = st.lists(st.recursive(st.sampled_from(ATOMS), _wrap, max_leaves=25), min_size=1, max_size=3).map(
    " ".join
)


@given(SOURCES)
@settings(max_examples=300, deadline=None)
def test_any_program_is_judged(source: str) -> None:
    try:
        forms = read(source)
    except Trap:
        return
    env = Env(tools=frozenset({"t"}), defined=frozenset({"f", "x", "y"}))
    try:
        program = analyze(forms, env)
    except AnalysisFailed as failed:
        assert failed.traps  # noqa: PT017 - either end is right, and both are checked
        for trap in failed.traps:
            assert trap.start is not None
            assert trap.end is not None
            assert 0 <= trap.start <= trap.end <= len(source)
            assert trap.message
        return
    names = [name for node in walk(program.body) for name in binds(node)]
    assert len(names) == len(set(names))
    assert {node.name for node in walk(program.body) if isinstance(node, n.Local)} <= set(names)
    if "{" in source and "#(" in source:
        return  # two #() are different keys, but written out as (fn …) they may look the same
    again = analyze(read(unparse(program), max_nesting=200), env)
    assert again.tools == program.tools
    assert again.defines == program.defines
