"""`run`, `arun`, `check`: what goes in, what comes out, what is raised."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

import ptc_lisp
from ptc_lisp import Limits, PtcError, kw


def test_a_step_tells_everything():
    step = ptc_lisp.run('(println "hi") (def x 1) {:a [1 :b] "c" #{2}}')
    assert step.ok
    assert step.value == {"a": [1, "b"], "c": [2]}
    assert step.text == '{:a [1 :b] "c" #{2}}'
    assert step.prints == ["hi"]
    assert dict(step.memory) == {"x": 1}
    assert (step.error, step.faults, step.tool_calls, step.status) == (None, (), [], "ok")
    assert step.usage.duration_ms > 0
    assert step.unwrap() is step.value


@pytest.mark.parametrize(
    "program, value",
    [
        ("nil", None),
        ('[1 2.5 true "s"]', [1, 2.5, True, "s"]),
        (":k", "k"),
        ("{1 2 :a 3 nil 4 1.5 5 [1] 6}", {1: 2, "a": 3, "nil": 4, "1.5": 5, "[1]": 6}),
        ("#{:a}", ["a"]),
        ("(fn [x] x)", "#fn[x]"),
        ("(* 1000000007 1000000007 1000000007)", 1000000007**3),
        ("(map inc [1 2])", [2, 3]),
        ("(return {:a 1})", {"a": 1}),
    ],
)
def test_values_are_plain_python(program, value):
    assert ptc_lisp.run(program).unwrap() == value


def test_context_is_read_as_data():
    context = {
        "rows": [{"id": 1, "when": dt.date(2024, 1, 2)}, {"id": 2, "when": dt.date(2024, 3, 4)}],
        "snake_name": 5,
        "tags": {"a", "b"},
        "pair": (1, 2),
    }
    step = ptc_lisp.run(
        '[(map :id data/rows) (:when (first data/rows)) data/snake-name (contains? data/tags "a") data/pair data/absent]',
        context=context,
    )
    assert step.unwrap() == [[1, 2], dt.date(2024, 1, 2), 5, True, [1, 2], None]


def test_instants_stay_and_naive_ones_are_utc():
    now = dt.datetime(2024, 5, 6, 7, 8, 9, 123456)  # noqa: DTZ001 - naive on purpose
    plus_two = dt.timezone(dt.timedelta(hours=2))
    step = ptc_lisp.run("[data/a data/b]", context={"a": now, "b": now.replace(tzinfo=plus_two)})
    utc = now.replace(tzinfo=dt.UTC)
    assert step.unwrap() == [utc, utc - dt.timedelta(hours=2)]
    assert step.value[0].tzinfo is dt.UTC or step.value[0].utcoffset() == dt.timedelta(0)


def test_the_host_data_is_never_changed():
    rows = [{"a": 1}]
    ptc_lisp.run("(assoc (first data/rows) :a 2)", context={"rows": rows}).unwrap()
    assert rows == [{"a": 1}]


def test_all_static_faults_come_at_once():
    step = ptc_lisp.run("(foo 1) (inc 1 2)")
    assert [fault.kind for fault in step.faults] == ["unbound_var", "arity_error"]
    assert step.error is step.faults[0]
    assert step.error.span.line == 1
    assert step.error.excerpt.endswith("^^^")


def test_a_fault_carries_its_place():
    error = ptc_lisp.run("(def x 1)\n(+ x nil)").error
    assert (error.kind, error.phase, error.span.line) == ("type_error", "run", 2)


def test_fail_is_a_fault_with_the_value():
    step = ptc_lisp.run('(println 1) (def x 2) (fail {:reason :no-data :message "nothing there" :id 3})')
    assert not step.ok
    assert step.error.kind == "failed"
    assert step.error.message == "no-data: nothing there"
    assert step.error.details["value"] == {"reason": "no-data", "message": "nothing there", "id": 3}
    assert (step.prints, dict(step.memory)) == (["1"], {"x": 2})
    assert ptc_lisp.run('(fail "plain")').error.message == "plain"
    assert ptc_lisp.run("(fail nil)").error.message


def test_unwrap_raises_with_the_fault():
    with pytest.raises(PtcError, match="division by zero") as caught:
        ptc_lisp.run("(/ 1 0)").unwrap()
    assert caught.value.fault.kind == "arithmetic_error"


@pytest.mark.parametrize(
    "source", ["(dotimes [_ 200000] (println))", "(pmap (fn [_] (dotimes [_ 100000] (println))) [1 2])"]
)
def test_empty_lines_are_printed_text_too(source):
    step = ptc_lisp.run(source, limits=Limits(max_print_bytes=1_000, timeout_ms=20_000))
    assert step.ok, step.error
    assert len(step.prints) == 1_001
    assert "further output dropped" in step.prints[-1]


def test_prints_survive_faults():
    step = ptc_lisp.run("(println 1) (println 2) (/ 1 0)")
    assert (step.ok, step.prints) == (False, ["1", "2"])


def test_a_signature_validates_the_value():
    assert ptc_lisp.run("{:total 1.5}", signature="{total :float}").ok
    assert ptc_lisp.run("(return [{:id 1}])", signature="() -> [{id :int}]").ok
    step = ptc_lisp.run('(def x 1) {:rows [{:id "a"}]}', signature="{total :float, rows [{id :int}]}")
    assert step.error.kind == "validation_error"
    assert "return.rows[0].id" in step.error.message
    assert "return.total" in step.error.message
    assert (step.value, dict(step.memory)) == (None, {})


def test_fail_is_not_validated():
    assert ptc_lisp.run("(fail 1)", signature=":string").error.kind == "failed"


def test_arun_is_run_for_coroutines():
    step = asyncio.run(ptc_lisp.arun("(println 1) (count data/xs)", context={"xs": [1, 2]}))
    assert (step.value, step.prints) == (2, ["1"])


def test_check_finds_without_running():
    assert ptc_lisp.check("(+ 1 2)") == []
    assert [f.kind for f in ptc_lisp.check("(foo) (bar)")] == ["unbound_var", "unbound_var"]
    assert ptc_lisp.check("(tool/anything {:a 1})") == []
    assert [f.kind for f in ptc_lisp.check("(tool/nope)", tools={"yes": print})] == ["unknown_tool"]
    assert ptc_lisp.check("(f x)", memory=ptc_lisp.run("(def x 1) (defn f [y] y)").memory) == []
    assert [f.kind for f in ptc_lisp.check("(+ 1")] == ["parse_error"]


def test_endless_sequences_do_not_leave():
    step = ptc_lisp.run("(range)")
    assert step.error.kind == "type_error"
    assert "(take" in step.error.hint


@pytest.mark.parametrize(
    "kwargs, kind, words",
    [
        ({"context": [1]}, TypeError, "context must be a dict"),
        ({"context": {1: 2}}, TypeError, "names must be str"),
        ({"context": {"x": [1, {"y": b"raw"}]}}, TypeError, r"context\['x'\]\[1\]\['y'\] is bytes .*base64"),
        ({"context": {"x": object()}}, TypeError, r"context\['x'\] is of type object"),
        ({"context": {"x": {(1, 2): 3}}}, TypeError, "keys of maps are text, whole numbers or dates"),
        ({"limits": {"timeout_ms": 5}}, TypeError, "limits must be ptc_lisp.Limits"),
        ({"tools": [lambda: 1]}, ValueError, "no usable tool name"),
        ({"tools": {"a b": print}}, ValueError, "no usable tool name"),
        ({"tools": "abc"}, TypeError, "tools must be a list"),
        ({"tools": [5]}, TypeError, "must be a function or a Tool"),
        ({"tools": {"x": 5}}, TypeError, "must be a function or a Tool"),
        ({"tools": [print, print]}, ValueError, "two tools are called print"),
        ({"memory": 5}, TypeError, "memory must be"),
        ({"memory": b"junk"}, ValueError, "not a saved Memory"),
        ({"signature": "{a :nope}"}, ValueError, "nope"),
        ({"signature": 5}, TypeError, "signature must be"),
    ],
)
def test_mistakes_of_the_host_are_raised_with_the_remedy(kwargs, kind, words):
    with pytest.raises(kind, match=words):
        ptc_lisp.run("1", **kwargs)


def test_a_program_must_be_text():
    with pytest.raises(TypeError, match="a program is text"):
        ptc_lisp.run(5)
    with pytest.raises(TypeError, match="a program is text"):
        ptc_lisp.check(None)


def test_limits_judge_their_values():
    with pytest.raises(ValueError, match="timeout_ms must be at least 1"):
        Limits(timeout_ms=0)


def test_keywords_can_be_handed_in():
    assert ptc_lisp.run("(= :a data/k)", context={"k": kw("a")}).unwrap() is True


def test_a_journal_recalls_tasks():
    first = ptc_lisp.run('(task "a" (do (println 1) 5))', journal={})
    assert (first.value, first.prints, dict(first.journal)) == (5, ["1"], {"a": 5})
    again = ptc_lisp.run('(task "a" (do (println 1) 6))', journal=first.journal)
    assert (again.value, again.prints) == (5, [])


def test_keywords_as_keys_of_the_context_are_found_by_every_lookup() -> None:
    rows = [{kw("a"): 1, "a": 2}, {"a": 3}, {kw("b"): {kw("a"): 4}}, None, [5]]
    context = {"rows": rows, "one": rows[0]}
    program = """
    [(map :a data/rows) (map (fn [r] (:a r)) data/rows) (map :a (filter #(= 1 (:a %)) data/rows)) (:a data/one)
     (for [r data/rows] (:a (:b r))) (let [{:keys [a]} data/one] a) (filter :a data/rows)]
    """
    found = ptc_lisp.run(program, context=context).unwrap()
    assert found == [[1, 3, None, None, None]] * 2 + [
        [1],
        1,
        [None, None, 4, None, None],
        1,
        [{"a": 2}, {"a": 3}],
    ]


def test_a_step_is_shown_on_one_line_however_large_its_value_is():
    step = ptc_lisp.run("(def a 1) (println :x) (range 100000)")
    assert repr(step).startswith(
        "Step(ok=True, value=[0, 1, 2, 3, 4, 5, ...], prints=1, memory=Memory(a), duration_ms="
    )
    assert repr(ptc_lisp.run("(inc nil)")).startswith(
        "Step(ok=False, error='type_error at line 1, column 1: "
    )


def test_messages_quote_long_names_in_part():
    for source in (
        f"(doc {'a' * 100_000})",
        f"(dir {'a' * 100_000})",
        "a" * 100_000,
        f'(keyword "{"a b" * 50_000}")',
    ):
        step = ptc_lisp.run(source)
        assert step.error is None or len(step.error.message) < 2_100
