from __future__ import annotations

import typing

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import analyze
from ptc_lisp.core import nodes as n
from ptc_lisp.core import unparse, walk
from ptc_lisp.reader import read


def _fns(source: str) -> tuple[n.Node, list[n.Fn]]:
    body = analyze(read(source)).body
    return body, [node for node in walk.walk(body) if isinstance(node, n.Fn)]


def test_every_kind_of_node_is_in_the_tables() -> None:
    kinds = set(typing.get_args(n.Node))
    assert set(walk._CHILDREN) == kinds  # pyright: ignore[reportPrivateUsage] - the tables are what is tested
    assert set(unparse._PIECES) == kinds  # pyright: ignore[reportPrivateUsage] - as above


def test_every_intrinsic_can_be_written() -> None:
    assert set(unparse._INTRINSICS) == set(n.INTRINSICS)  # pyright: ignore[reportPrivateUsage] - as above


def test_walk_visits_in_order_of_the_text() -> None:
    body = analyze(read("(let [a 1 b [2 3]] (if 4 (do 5 6) {7 8}))")).body
    assert [node.value for node in walk.walk(body) if isinstance(node, n.Const)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_function_captures_what_it_reads_and_does_not_bind() -> None:
    body, fns = _fns("(let [a 1 b 2 c 3] (fn f [x & r] (let [y b] (fn [z] [a x y z r f]))))")
    outer, inner = fns
    assert walk.free_locals(outer) == ("b", "a")
    assert walk.free_locals(inner) == ("a", "x", "y", "r", "f")
    assert walk.free_locals(body) == ()


def test_all_captures_in_one_pass_agree_with_the_single_ones() -> None:
    body, fns = _fns(
        "(let [k 2] (map (fn [x] (for [y [x] :let [w (* k y)]] (fn [] [w k]))) [1]) (loop [i 0] (if k #(+ % i k) (recur 1))))"
    )
    found = walk.captures(body)
    assert len(fns) == 3
    assert {id(fn): walk.free_locals(fn) for fn in fns} == found


def test_collectors_list_each_name_once() -> None:
    program = analyze(read("(def a data/x) (def b a) (defn a [] [b data/y data/x (tool/t) tool/u])"))
    assert walk.mentions(program.forms) == (("a", "b"), ("x", "y"), ("t", "u"))
    assert (program.defines, program.data, program.tools) == (("a", "b"), ("x", "y"), ("t", "u"))
    assert walk.user_names(program.forms) == ("a", "b")


def test_deep_chains_need_no_stack() -> None:
    node: n.Node = n.Const(0, 0, 1)
    for index in range(20_000):
        inner = n.Fn(0, 0, (n.FnArity((f"x{index}",), None, node),))
        node = n.If(0, 0, n.Const(0, 0, None), n.Local(0, 0, "outside"), inner)
    assert sum(1 for _ in walk.walk(node)) == 80_001
    assert walk.free_locals(node) == ("outside",)
    assert len(walk.captures(node)) == 20_000
