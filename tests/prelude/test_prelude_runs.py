"""Programs with preludes: what they reach, what they cannot, and what stays behind."""

from __future__ import annotations

import time
from types import SimpleNamespace

import msgspec
import pytest

import ptc_lisp
from ptc_lisp import FaultKind, Tool
from ptc_lisp.prelude import compiling
from ptc_lisp.sandbox.ahead import AHEAD
from ptc_lisp.sandbox.exchange import CallTool
from ptc_lisp.sandbox.tool_calls import ToolCalls

CRM = """
(ns crm "Customers of the shop." {:visibility :discoverable})
(def base-limit 20)
(defn- fetch [args] (tool/search args))
(defn find-user "Finds a customer by name." [name] (fetch {:q name}))
(defn add ([a] (+ a base-limit)) ([a b] (+ a b)))
(defn adder [n] (fn [x] (+ x n)))
(defn loud [x] (println "loud" x) x)
(defn each [f xs] (map f xs))
(ns other)
(defn twice [x] (crm/add x x))
"""


def search(q: str):
    return {"found": q}


@pytest.fixture(scope="module")
def prelude():
    return ptc_lisp.compile_prelude(CRM, name="crm")


def run(source, prelude, visibility="private", **options):
    return ptc_lisp.run(source, prelude=prelude, tools=[Tool(search, visibility=visibility)], **options)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("(crm/add 1)", 21),
        ("(map crm/add [1 2])", [21, 22]),
        ("crm/base-limit", 20),
        ("(crm/base-limit)", 20),
        ("(apply crm/add [1 2])", 3),
        ("((crm/adder 2) 5)", 7),
        ("(other/twice 4)", 8),
        ('(crm/find-user "ann")', {"found": "ann"}),
        ("(let [base-limit 1 add -] (crm/add 1))", 21),
        ("(def base-limit 5) (crm/add 1)", 21),
        ("(reduce crm/add [1 2 3])", 6),
        ("(pr-str crm/base-limit)", "20"),
        ("(fn? crm/add)", True),
        ("(let [f (partial crm/add 1)] (f 2))", 3),
        ("((juxt crm/add identity) 1)", [21, 1]),
        ("(= crm/add crm/add)", True),
    ],
)
def test_exports_are_called_read_and_passed_on(prelude, source, value):
    assert run(source, prelude).unwrap() == value


@pytest.mark.parametrize(
    ("source", "kind", "hint"),
    [
        ("(crm/add)", FaultKind.ARITY_ERROR, "(crm/add a b)"),
        ("(crm/base-limit 1)", FaultKind.ARITY_ERROR, "write crm/base-limit"),
        ("(crm/fetch {})", FaultKind.INVALID_FORM, "crm/ has"),
        ("(crm/fnd-user 1)", FaultKind.INVALID_FORM, "`crm/find-user`"),
        ("(find-user 1)", FaultKind.UNBOUND_VAR, "`crm/find-user`"),
        ("(cmr/add 1)", FaultKind.INVALID_FORM, "`crm/add`"),
        ("(def crm/add 1)", FaultKind.INVALID_FORM, "add"),
        ("(defn crm/extra [] 1)", FaultKind.INVALID_FORM, "extra"),
        ('(tool/search {:q "a"})', FaultKind.PRIVATE_TOOL_UNAUTHORIZED, "crm/find-user"),
        ('(crm/each tool/search [{:q "a"}])', FaultKind.PRIVATE_TOOL_UNAUTHORIZED, "crm/find-user"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(prelude, source, kind, hint):
    step = run(f"(println 1) {source}", prelude)
    assert (step.error.kind, step.prints) == (kind, []), step.error
    assert hint in (step.error.hint or "")


def test_faults_inside_an_export_are_placed_where_the_program_calls_it(prelude):
    error = run('(+ 1\n   (crm/add "a"))', prelude).error
    assert (error.kind, error.span.line) == (FaultKind.TYPE_ERROR, 2)
    assert error.details["frames"][0]["function"] == "add"


def test_what_an_export_prints_and_calls_is_the_programs(prelude):
    step = run('[(crm/loud 3) (crm/find-user "a") (pmap crm/find-user ["b" "c"])]', prelude)
    assert step.prints == ["loud 3"]
    calls = [(call.name, call.args["q"], call.origin) for call in step.tool_calls]
    assert calls == [("search", name, "crm/find-user") for name in "abc"]


def test_calls_count_to_the_limits_of_the_program(prelude):
    step = run('(map crm/find-user ["a" "b"])', prelude, limits=ptc_lisp.Limits(max_tool_calls=1))
    assert step.error.kind is FaultKind.TOOL_CALL_LIMIT_EXCEEDED
    step = run("(map crm/add (range 50))", prelude, limits=ptc_lisp.Limits(step_limit=20))
    assert step.error.kind is FaultKind.STEP_LIMIT_EXCEEDED


def test_effects_of_private_tools_are_judged_as_those_of_others(prelude):
    tools = [Tool(search, visibility="private", effect="write")]
    error = ptc_lisp.run('(crm/find-user "a")', prelude=prelude, tools=tools).error
    assert error.kind is FaultKind.EFFECT_NOT_ALLOWED


def test_a_call_that_stands_in_the_program_has_no_origin(prelude):
    step = run('(crm/each (fn [q] (tool/search {:q q})) ["a"])', prelude, visibility="public")
    assert [call.origin for call in step.tool_calls] == [None]


def test_row_109_a_missing_tool_is_found_before_the_program_is_looked_at(prelude):
    step = ptc_lisp.run("(this is (no program", prelude=prelude)
    assert step.error.kind is FaultKind.PRELUDE_ATTACH_FAILED
    assert step.error.details["missing"] == ["tool:search"]
    assert "tool:search (for crm/find-user)" in step.error.message


def test_row_109_a_compiled_prelude_is_used_again_and_survives_json(prelude):
    again = msgspec.json.decode(msgspec.json.encode(prelude), type=ptc_lisp.Prelude)
    assert again == prelude
    assert again.artifact_hash == prelude.artifact_hash
    for _ in range(3):
        assert run("(crm/add 1)", again).unwrap() == 21


def test_row_109_a_source_that_is_none_is_a_fault_of_the_step():
    for wrong in ("(ns tool)", "(ns crm", ["(ns a)", "(ns a)"]):
        assert ptc_lisp.run("1", prelude=wrong).error.kind is FaultKind.PRELUDE_ATTACH_FAILED


def test_needs_are_found_through_helpers_and_joined_with_declared_ones():
    prelude = ptc_lisp.compile_prelude("""
(ns a {:requires ["tool:base"]})
(defn- low [x] (tool/low x))
(defn- mid [x] (let [f low] (f x)))
(defn high {:requires ["tool:extra" "upstream:crm/x"]} [x] (mid x))
(defn up [q] (tool/call {:server "crm" :tool "search" :args {:q q}}))
(defn short [q] (tool/call 'crm/search {:q q}))
(defn any-of [s] (tool/call {:server s :tool "search" :args {}}))
(defn pure {:effect :write} [x] x)
(defn plain [x] x)
(ns b)
(defn far [x] (a/high x))
""")
    needs = {export.symbol: export.requires for export in prelude.exports}
    assert needs["high"] == needs["far"] == ("tool:extra", "tool:low", "upstream:crm/x")
    assert needs["up"] == needs["short"] == ("upstream:crm/search",)
    assert needs["any-of"] == needs["pure"] == needs["plain"] == ()
    effects = {export.symbol: export.effect for export in prelude.exports}
    assert (effects["any-of"], effects["pure"], effects["plain"]) == ("unknown", "write", "read")
    assert prelude.requires == (
        "tool:base",
        "tool:extra",
        "tool:low",
        "upstream:crm/search",
        "upstream:crm/x",
    )


def test_row_112_a_session_keeps_its_prelude(prelude):
    tools = [Tool(search, visibility="private")]
    with ptc_lisp.Session(prelude=prelude, tools=tools) as session:
        assert session.eval("(def f crm/add) (defn g [x] (crm/add x 1)) (f 1)").unwrap() == 21
        assert session.eval("(crm/add :a)").error is not None
        assert session.eval("[(f 2) (g 1)]").unwrap() == [22, 2]
        with pytest.raises(TypeError, match="prelude"):
            session.eval("1", prelude="(ns other)")
        assert session.prelude == prelude


@pytest.mark.parametrize("isolation", ["session", "run", "reuse"])
def test_row_110_memory_never_holds_an_export(prelude, isolation):
    tools = [Tool(search, visibility="private")]
    with ptc_lisp.Session(prelude=prelude, tools=tools, isolation=isolation) as session:
        step = session.eval("(def f crm/add) (def h (crm/adder 1)) (def k {:a crm/add}) 1")
        assert step.dropped == {"h": "a function that a prelude made cannot be stored"}
        assert sorted(step.memory) == ["f", "k"]
        assert session.eval("(f 1)").unwrap() == 21
    assert all(b"base-limit" not in blob for blob in session.memory.blobs().values())
    later = ptc_lisp.run("(f 1)", memory=session.memory)
    assert later.error.kind is FaultKind.UNBOUND_VAR
    assert "the prelude crm is not attached" in later.error.message


def test_row_110_programs_cannot_reach_what_a_prelude_uses(prelude):
    with ptc_lisp.Session(prelude=prelude, tools=[Tool(search)]) as session:
        for attempt in ("(defn fetch [x] :mine)", "(def add -)", "(def base-limit 0)"):
            assert session.eval(attempt).ok
        assert session.eval('[(crm/find-user "a") (crm/add 1)]').unwrap() == [{"found": "a"}, 21]


def test_check_knows_exports(prelude):
    assert [fault.kind for fault in ptc_lisp.check("(crm/add 1 2 3)", prelude=prelude)] == [
        FaultKind.ARITY_ERROR
    ]
    assert ptc_lisp.check("(crm/add 1 2)", prelude=prelude) == []


@pytest.mark.anyio
async def test_async_runs_have_preludes(prelude):
    step = await ptc_lisp.arun("(crm/add 1)", prelude=[CRM], tools=[Tool(search)])
    assert step.unwrap() == 21


def test_the_host_asks_which_export_calls_a_private_tool(prelude):
    """A worker that a program has broken can claim any origin: only those that need the tool will do."""
    exports = {export.ref: export for export in prelude.exports}
    tools = {"search": Tool(search, visibility="private")}
    calls = ToolCalls(tools, ptc_lisp.Limits(), libraries=SimpleNamespace(exports=exports))
    for number, origin in enumerate(("", "crm/add", "crm/fetch", "nobody/at-all"), 1):
        ticket = calls.admit(CallTool(number, "search", {"q": "a"}, (), origin))
        assert ticket.answer.fault.kind is FaultKind.PRIVATE_TOOL_UNAUTHORIZED
    assert calls.admit(CallTool(5, "search", {"q": "a"}, (), "crm/find-user")).answer is None


def test_programs_with_a_prelude_are_compiled_ahead_as_well(prelude):
    source = "(mapv crm/add [1 2 3 40])"
    codes = []
    for _ in range(400):
        assert run(source, prelude).unwrap() == [21, 22, 23, 60]
        codes = [p.kept for key, p in AHEAD._programs.items() if source.encode() in key]
        if codes and codes[0]:
            break
        time.sleep(0.05)
    assert codes[0]
    assert run(source, prelude).unwrap() == [21, 22, 23, 60]
    other = ptc_lisp.compile_prelude("(ns crm) (defn add [x] (- x))")
    assert ptc_lisp.run(source, prelude=other).unwrap() == [-1, -2, -3, -40]


def test_code_that_cannot_be_kept_is_compiled_where_it_runs():
    source = "(ns big) (def n 123456789012345678901234567890) (defn f [x] (+ x n))"
    assert ptc_lisp.compile_prelude(source).find("big/f")
    for limits in (ptc_lisp.Limits(), ptc_lisp.Limits(step_limit=100)):
        assert (
            ptc_lisp.run("(big/f 1)", prelude=source, limits=limits).unwrap()
            == 123456789012345678901234567891
        )


def test_the_limit_of_steps_holds_inside_of_exports():
    source = "(ns a) (defn f [x] (loop [i 0] (if (< i x) (recur (inc i)) i)))"
    limits = ptc_lisp.Limits(step_limit=100)
    assert ptc_lisp.run("(a/f 50)", prelude=source, limits=limits).unwrap() == 50
    error = ptc_lisp.run("(a/f 1000)", prelude=source, limits=limits).error
    assert error.kind is FaultKind.STEP_LIMIT_EXCEEDED


def test_a_used_worker_knows_nothing_of_the_prelude_before():
    for number in range(4):
        with ptc_lisp.Session(isolation="reuse", prelude=f"(ns p{number}) (def n {number})") as session:
            assert session.eval(f"p{number}/n").unwrap() == number
            error = session.eval(f"p{number - 1}/n").error
            assert error.kind is FaultKind.INVALID_FORM
    with ptc_lisp.Session(isolation="reuse") as session:
        assert session.eval("(all-ns)").unwrap()[-1] == "json"


def test_an_export_may_end_the_program():
    source = '(ns a) (defn get! [m k] (or (get m k) (fail {:reason "missing" :message (str k)})))'
    assert ptc_lisp.run("(a/get! {:x 1} :x)", prelude=source).unwrap() == 1
    error = ptc_lisp.run("(a/get! {} :x) (println :never)", prelude=source).error
    assert (error.kind, error.details["reason"]) == (FaultKind.FAILED, "missing")


def test_exports_read_the_data_of_the_run_and_keep_its_journal():
    source = '(ns a) (defn total [] (reduce + (map :n data/rows))) (defn once [x] (task "once" x))'
    rows = [{"n": n} for n in range(10)]
    assert ptc_lisp.run("[(a/total) (count data/rows)]", prelude=source, context={"rows": rows}).unwrap() == [
        45,
        10,
    ]
    step = ptc_lisp.run("(a/once 1) (a/once 2)", prelude=source, journal={})
    assert (step.unwrap(), dict(step.journal)) == (1, {"once": 1})


def test_ptc_json_has_none():
    with pytest.raises(ValueError, match="PTC-JSON cannot call them"):
        ptc_lisp.Session(prelude="(ns a)", language="ptc-json")


def test_a_source_is_compiled_once(monkeypatch):
    source = "(ns once) (defn f [x] x)"
    first = ptc_lisp.compile_prelude(source)
    monkeypatch.setattr(compiling, "_asked", None)
    assert ptc_lisp.compile_prelude(source, name="again").exports == first.exports
    assert ptc_lisp.run("(once/f 1)", prelude=[source]).unwrap() == 1
