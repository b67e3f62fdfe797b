"""What is wrong with a prelude: each reason has a source that triggers it, and says where and how to mend it."""

from __future__ import annotations

import pytest

import ptc_lisp
from ptc_lisp.prelude import compiling

FLAWED = {
    "missing_namespace": ["(defn f [x] x)", "", "(def a 1) (ns crm)"],
    "reserved_namespace": ["(ns tool)", "(ns clojure.string)", "(ns data)", "(ns json)", "(ns ptc.core)"],
    "reserved_name": ["(ns crm) (defn if [x] x)", "(ns crm) (def *1 2)", "(ns crm) (def other/x 2)"],
    "invalid_namespace": ['(ns "crm")', "(ns)", "(ns crm) (ns crm)", '(ns crm "doc" {} 5)', "(ns a/b)"],
    "duplicate_ref": ["(ns crm) (defn f [] 1) (defn- f [] 2)", "(ns crm) (def f 1) (defn f [] 1)"],
    "invalid_visibility": [
        "(ns crm {:visibility :public})",
        '(ns crm) (defn f {:visibility "prompt"} [] 1)',
    ],
    "invalid_requires": [
        '(ns crm {:requires ["search"]})',
        '(ns crm) (defn f {:requires "tool:x"} [] 1)',
        '(ns crm) (defn f {:requires ["upstream:crm"]} [] 1)',
        "(ns crm) (defn f {:requires [tool]} [] 1)",
    ],
    "invalid_metadata": [
        "(ns crm {:effect :read})",
        "(ns crm) (defn f {:efect :read} [] 1)",
        "(ns crm) (defn f {:effect :sometimes} [] 1)",
        "(ns crm) (defn f {:provider-ref 5} [] 1)",
    ],
    "qualified_self_reference": ["(ns crm) (defn f [] 1) (defn g [] (map crm/f [1]))"],
    "invalid_signature": [
        "(ns crm) (defn f)",
        "(ns crm) (defn f {:signature :int} [] 1)",
        "(ns crm) (def x)",
        '(ns crm) (defn "f" [] 1)',
        '(ns crm) (defn f {:signature "(n :itn) -> :int"} [n] n)',
        '(ns crm) (defn f {:signature "(a :int, b :int) -> :int"} [a] a)',
        '(ns crm) (defn f {:signature "(a :int) -> :int"} [a & more] a)',
        '(ns crm) (def f {:signature ":int"} 5)',
    ],
    "parse_error": ["(ns crm", "(ns crm) (defn f [x] (inc x)"],
    "compile_error": [
        "(ns crm) (println 1)",
        "(ns crm) (defn f [x] (unknown-thing x))",
        "(ns crm) (def x (inc :a))",
        '(ns crm) (def x (tool/search {:q "a"}))',
        "(ns crm) (def x (System/currentTimeMillis))",
        "(ns crm) (def x (println 1))",
    ],
    "unrecognized_node": [
        "(ns crm) (defn f [x] (def y x))",
        "(ns crm) (defn f [] *1)",
        "(ns crm) (defn f [] (or counter 0))",
    ],
}


@pytest.mark.parametrize(
    ("reason", "source"), [(reason, source) for reason, sources in FLAWED.items() for source in sources]
)
def test_row_108_each_reason_has_a_source_that_triggers_it(reason, source):
    with pytest.raises(ptc_lisp.PreludeError) as caught:
        ptc_lisp.compile_prelude(source)
    assert caught.value.reason == reason, caught.value
    assert caught.value.message


def test_row_108_a_missing_tool_is_the_last_reason():
    prelude = ptc_lisp.compile_prelude("(ns crm) (defn f [] (tool/search {}))")
    fault = ptc_lisp.run("1", prelude=prelude).error
    assert (fault.kind, fault.details["reason"]) == (
        ptc_lisp.FaultKind.PRELUDE_ATTACH_FAILED,
        "prelude_attach_failed",
    )


def test_a_flaw_says_where_and_how_to_mend_it():
    with pytest.raises(ptc_lisp.PreludeError) as caught:
        ptc_lisp.compile_prelude("(ns crm)\n(defn f\n  [x] (incc x))", name="crm@3")
    error = caught.value
    assert (error.span.line, error.span.column) == (3, 8)
    assert "crm@3" in str(error)
    assert "did you mean `inc`?" in error.hint
    assert "^^^^" in str(error)
    assert error.flaw.ref == "crm/f"


def test_a_constant_without_end_is_stopped():
    with pytest.raises(ptc_lisp.PreludeError, match="compile_error"):
        ptc_lisp.compile_prelude("(ns crm) (def x (loop [i 0] (if (< i 0) i (recur (inc i)))))")


def test_two_preludes_with_the_same_namespace_are_refused():
    one, other = "(ns crm) (def a 1)", "(ns crm) (def b 2)"
    with pytest.raises(ptc_lisp.PreludeError, match="two preludes declare the namespace crm"):
        ptc_lisp.bundle_preludes([one, ptc_lisp.compile_prelude(other)])


def test_what_is_no_prelude_is_a_mistake_of_the_host():
    for wrong in (5, [5], {"crm": "(ns crm)"}):
        with pytest.raises(TypeError, match="prelude"):
            ptc_lisp.run("1", prelude=wrong)
    with pytest.raises(TypeError, match="text"):
        ptc_lisp.compile_prelude(b"(ns crm)")


@pytest.mark.parametrize(
    ("value", "line", "says"),
    [
        ("(+ 1\n :k)", 3, "must be a number"),
        ("(later 1)", 3, "later is not defined yet"),
        ("(return 1)", None, "cannot be (return …) or (fail …)"),
        ("(mod 1 0)", 3, "zero"),
        ("(vec (range 100000000))", 3, "memory"),
        ("((fn f [n] (inc (f n))) 1)", 3, "nested too deeply"),
    ],
)
def test_a_constant_without_a_value_is_told_with_its_place(value, line, says):
    source = f"(ns crm)\n\n(def x {value})\n(defn later [x] x)"
    with pytest.raises(ptc_lisp.PreludeError) as caught:
        ptc_lisp.compile_prelude(source)
    assert caught.value.reason == "compile_error"
    assert says in caught.value.message
    assert (caught.value.span and caught.value.span.line) == line


def test_what_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(compiling, "COMPILE_MS", 300)
    with pytest.raises(ptc_lisp.PreludeError, match="longer than 300 ms"):
        ptc_lisp.compile_prelude("(ns crm) (def x (count (for [a (range 9000) b (range 9000)] (str a b))))")


def test_a_source_above_its_limit_is_refused():
    with pytest.raises(ptc_lisp.PreludeError, match="more than the 1000000 allowed"):
        ptc_lisp.compile_prelude(f'(ns crm) (def x "{"z" * 1_000_000}")')
