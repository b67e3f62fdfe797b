"""Which thing a name means."""

from __future__ import annotations

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import AnalysisFailed, Env, analyze
from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import walk
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader import read


def _last(source: str, env: Env | None = None) -> n.Node:
    return analyze(read(source), env).forms[-1]


def _unknown(source: str, env: Env | None = None) -> list[str]:
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read(source), env)
    assert {trap.kind for trap in failed.value.traps} == {FaultKind.UNBOUND_VAR}
    return [trap.details["name"] for trap in failed.value.traps]


def test_a_local_comes_before_a_user_name_and_that_before_a_builtin() -> None:
    assert isinstance(_last("count"), n.BuiltinRef)
    assert isinstance(_last("(def count 3) count"), n.Global)
    node = _last("(def count 3) (let [count 4] [count])")
    assert isinstance(node, n.Let)
    assert isinstance(node.body, n.VectorNode)
    assert isinstance(node.body.items[0], n.Local)


def test_a_user_name_hides_a_builtin_in_call_position() -> None:
    node = _last("(defn inc [x] x) (inc 1)")
    assert isinstance(node, n.Call)
    assert isinstance(node.fn, n.Global)


def test_names_of_earlier_programs_are_known() -> None:
    assert isinstance(_last("total", Env(defined=frozenset({"total"}))), n.Global)
    assert _unknown("total") == ["total"]


def test_a_local_hides_a_macro_but_not_a_reserved_form() -> None:
    assert isinstance(_last("(let [cond (fn [x] x)] (cond 1))").body, n.Call)  # type: ignore[union-attr] - a Let
    assert isinstance(_last("(let [if 5] (if true 1 2))").body, n.If)  # type: ignore[union-attr] - a Let


def test_a_user_name_does_not_hide_a_macro() -> None:
    assert isinstance(_last("(def when 5) (when true 1)"), n.If)
    assert isinstance(_last("(def when 5) when"), n.Global)


def test_bare_names_in_or_may_be_unknown() -> None:
    node = _last("(or counter 0)")
    assert isinstance(node, n.Or)
    assert node.items[0] == n.Global(4, 11, "counter", optional=True)


def test_known_names_in_or_may_still_have_no_value() -> None:
    node = _last("(if data/x (def seen 1)) (or seen 0)")
    assert isinstance(node, n.Or)
    assert node.items[0].optional  # type: ignore[union-attr] - a Global


def test_only_bare_names_in_or_may_be_unknown() -> None:
    assert _unknown("(or (inc counter) 0)") == ["counter"]


def test_a_name_is_unknown_before_its_definition() -> None:
    assert _unknown("x (def x 1)") == ["x"]


def test_a_definition_may_use_the_builtin_that_it_will_hide() -> None:
    node = _last("(def count (count [1 2]))")
    assert isinstance(node, n.Def)
    assert isinstance(node.value, n.Call)
    assert isinstance(node.value.fn, n.BuiltinRef)


def test_a_function_calls_itself_by_its_own_name() -> None:
    node = _last("(defn count [x] (count x))")
    assert any(isinstance(inner, n.Global) for inner in walk(node))


def test_a_value_cannot_mention_itself_outside_of_functions() -> None:
    assert _unknown("(def x (inc x))") == ["x"]


def test_functions_may_be_mutually_recursive() -> None:
    program = "(defn ev? [k] (or (= k 0) (od? (dec k)))) (defn od? [k] (and (> k 0) (ev? (dec k)))) (ev? 4)"
    assert isinstance(_last(program), n.Call)
    assert isinstance(_last(f"(str (do {program}))"), n.Call)


def test_other_forward_references_are_faults_with_the_way_out() -> None:
    source = "(defn a [] (b)) (defn b [] 1) (a)"
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read(source))
    (trap,) = failed.value.traps
    assert trap.kind is FaultKind.UNBOUND_VAR
    assert source[trap.start : trap.end] == "b"
    assert "before a" in (trap.hint or "")
    assert isinstance(_last("(declare b) (defn a [] (b)) (defn b [] 1) (a)"), n.Call)


def test_each_unknown_name_is_reported_once_and_all_of_them() -> None:
    assert _unknown("(foo (bar 1) foo) [qux (bar)]") == ["foo", "bar", "qux"]


@pytest.mark.parametrize(
    "source", ["(clojure.string/upper-case s)", "(str/upper-case s)", "(string/upper-case s)"]
)
def test_a_namespace_has_several_spellings(source: str) -> None:
    node = _last(source, Env(defined=frozenset({"s"})))
    assert isinstance(node, n.Call)
    assert node.fn == n.BuiltinRef(1, node.fn.end, "upper-case")


def test_a_constant_may_be_called_without_arguments() -> None:
    assert isinstance(_last("(Math/PI)"), n.BuiltinRef)


def test_history_and_data_and_tools() -> None:
    assert _last("*2") == n.HistoryRef(0, 2, 2)
    assert _last("data/order-lines") == n.DataRef(0, 16, "order-lines")
    assert _last("tool/find", Env(tools=frozenset({"find"}))) == n.ToolNode(0, 9, "find")
    assert _last("(tool/find :id 1)", Env(tools=frozenset({"find"}))) == n.ToolCall(
        0, 17, "find", (n.KeywordConst(11, 14, "id"), n.Const(15, 16, 1))
    )


def test_an_upstream_call_can_be_written_short() -> None:
    node = _last("(tool/call 'gh/list {:n 1})", Env(tools=frozenset({"call"})))
    assert isinstance(node, n.ToolCall)
    (args,) = node.args
    assert isinstance(args, n.MapNode)
    assert [item.name for item in args.items[::2]] == ["server", "tool", "args"]  # type: ignore[union-attr] - keywords
    assert [item.value for item in args.items[1:4:2]] == ["gh", "list"]  # type: ignore[union-attr] - constants


def test_functions_about_names_take_a_bare_name() -> None:
    for source in ("(doc map)", "(doc 'map)"):
        node = _last(source)
        assert isinstance(node, n.Call)
        assert isinstance(node.args[0], n.SymbolConst)
        assert node.args[0].name == "map"
    assert isinstance(_last("(let [doc inc] (doc 1))").body.fn, n.Local)  # type: ignore[union-attr] - a Let of a Call


def test_a_var_means_its_value() -> None:
    assert _last("#'inc") == n.BuiltinRef(2, 5, "inc")


def test_placeholders_are_parameters() -> None:
    node = _last("#(vector % %2 %&)")
    assert isinstance(node, n.Fn)
    (arity,) = node.arities
    assert (len(arity.params), arity.rest is not None, arity.shown) == (2, True, ("p1", "p2", "&", "rest"))


@pytest.mark.parametrize("number", ["21", "9" * 5_000])
def test_placeholders_end_at_twenty(number: str) -> None:
    with pytest.raises(AnalysisFailed, match="at most %20"):
        _last(f"#(+ %{number} 1)")


def test_a_user_name_like_a_placeholder_parameter_is_not_captured() -> None:
    node = _last("(def p1 5) #(+ p1 %)")
    assert isinstance(node, n.Fn)
    assert any(isinstance(inner, n.Global) and inner.name == "p1" for inner in walk(node))


@pytest.mark.parametrize(
    "source, kind",
    [
        ("#(now)", n.Call),
        ("#([% %])", n.VectorNode),
        ("#(5)", n.Const),
        ("#(:k)", n.KeywordConst),
        ("#()", n.Const),
    ],
)
def test_the_body_of_a_short_function(source: str, kind: type) -> None:
    node = _last(f"(defn now [] 1) {source}")
    assert isinstance(node, n.Fn)
    assert isinstance(node.arities[0].body, kind)
