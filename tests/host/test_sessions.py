"""Sessions and memory: what programs share, and what travels to the next process."""

from __future__ import annotations

import pytest

import ptc_lisp
from ptc_lisp import Limits, Memory
from ptc_lisp.session.asked import Asked


@pytest.fixture
def session():
    with ptc_lisp.Session(context={"xs": [1, 2, 3]}) as opened:
        yield opened


def test_definitions_last(session):
    session.eval("(def total (reduce + data/xs)) (defn scaled [k] (* k total))")
    assert session.eval("(scaled 10)").value == 60
    assert dict(session.memory) == {"total": 6, "scaled": "#fn[k]"}


def test_history_holds_the_last_three_successes(session):
    for program in ("1", "2", "(/ 1 0)", "3", "4"):
        session.eval(program)
    assert session.eval("[*1 *2 *3]").value == [4, 3, 2]


def test_a_fault_changes_nothing(session):
    session.eval("(def x 1)")
    assert not session.eval("(def x 2) (def y 3) (/ 1 0)").ok
    assert session.eval("x").value == 1
    assert dict(session.memory) == {"x": 1}


def test_a_value_that_fails_its_signature_changes_nothing(session):
    session.eval("(def x 1)")
    assert session.eval('(def x 2) "text"', signature=":int").error.kind == "validation_error"
    assert session.eval("[x *1]").value == [1, "#'x"]
    assert session.eval("(def x 5) 7", signature=":int").ok
    assert session.eval("x").value == 5


def test_fail_keeps_what_was_defined(session):
    session.eval("(def x 1) (fail :enough)")
    assert session.eval("x").value == 1


def test_memory_travels_as_bytes():
    program = """
      (def k :key) (def s #{1 :a}) (def m {:a 1 "b" [1.5 nil] 3 true})
      (def adder (let [n 10] (fn [x] (+ x n))))
      (def twice (comp inc inc)) (def big 123456789012345678901234567890)
      (defn fact [n] (if (< n 2) 1 (* n (fact (dec n)))))
      (def r #"a+") (def p +)
    """
    saved = ptc_lisp.run(program).memory.to_bytes()
    step = ptc_lisp.run(
        '[k (contains? s :a) (:a m) (get m "b") (adder 5) (twice 1) big (fact 20) (re-find r "caat") (p 1 2)]',
        memory=saved,
    )
    assert step.unwrap() == [
        "key", True, 1, [1.5, None], 15, 3, 123456789012345678901234567890, 2432902008176640000, "aa", 3,
    ]  # fmt: skip


def test_memory_is_an_immutable_map_of_plain_values():
    memory = ptc_lisp.run("(def a {:b #{1}}) (defn f [x] x)").memory
    assert (memory["a"], memory["f"], len(memory), "a" in memory, list(memory)) == (
        {"b": [1]},
        "#fn[x]",
        2,
        True,
        ["a", "f"],
    )
    assert repr(memory) == "Memory(a, f)"
    with pytest.raises(KeyError):
        memory["nope"]
    assert not hasattr(memory, "__setitem__")
    assert Memory.from_bytes(memory.to_bytes()) == memory


def test_memory_takes_plain_values():
    assert ptc_lisp.run("(+ a (:b m))", memory={"a": 1, "m": {"b": 2}}).unwrap() == 3


def test_damaged_memory_is_refused():
    saved = ptc_lisp.run("(def a 1)").memory.to_bytes()
    with pytest.raises(ValueError, match="damaged"):
        Memory.from_bytes(saved[:-1])
    with pytest.raises(ValueError, match="format 9"):
        Memory.from_bytes(saved[:4] + b"\x09" + saved[5:])


def test_limits_of_an_evaluation_only_shrink():
    with ptc_lisp.Session(limits=Limits(loop_limit=100)) as session:
        program = "(loop [i 0] (if (< i 50) (recur (inc i)) i))"
        assert session.eval(program).value == 50
        assert session.eval(program, limits=Limits(loop_limit=10)).error.kind == "loop_limit_exceeded"
        assert (
            session.eval(program.replace("50", "200"), limits=Limits(loop_limit=1000)).error.kind
            == "loop_limit_exceeded"
        )


def test_a_session_can_check(session):
    session.eval("(def x 1)")
    assert session.check("(+ x 1)") == []
    assert [fault.kind for fault in session.check("(+ y 1)")] == ["unbound_var"]
    assert session.eval("x").value == 1


def test_isolation_run_takes_a_fresh_process_each_time():
    with ptc_lisp.Session(context={"n": 1}, isolation="run") as session:
        session.eval("(def x data/n)")
        assert session._worker is None
        assert session.eval("[x *1]").value == [1, "#'x"]
    with pytest.raises(ValueError, match="isolation"):
        ptc_lisp.Session(isolation="none")


def test_a_closed_session_says_so(session):
    session.eval("(def x 1)")
    session.close()
    session.close()
    assert session.memory["x"] == 1
    with pytest.raises(RuntimeError, match="closed"):
        session.eval("x")


def test_one_worker_serves_a_session(session):
    session.eval("1")
    pid = session._worker.pid
    session.eval("(/ 1 0)")
    session.eval("2")
    assert session._worker.pid == pid


def test_data_of_one_program_covers_the_context_once(session):
    assert session.eval("[data/xs data/extra]", data={"xs": [9], "extra": 1}).value == [[9], 1]
    assert session.eval("[data/xs data/extra]").value == [[1, 2, 3], None]
    assert session.eval("data/xs", data={"xs": 5}).value == 5
    assert session.eval("data/xs").value == [1, 2, 3]


def test_large_inputs_go_in_once():
    with ptc_lisp.Session(
        context={"rows": [{"i": i} for i in range(20_000)]}, limits=Limits(timeout_ms=5_000)
    ) as big:
        assert big.eval("(count data/rows)").value == 20_000
        request, _ = big._request(Asked("1", big.limits))
        assert (request.context, request.memory, request.history) == (None, None, None)


def test_a_session_shows_what_it_holds():
    with ptc_lisp.Session(isolation="run") as session:
        session.eval("(def rows [1 2]) (defn total [] (reduce + rows))")
        assert repr(session) == "Session(isolation='run', memory=Memory(rows, total))"
    assert repr(session) == "Session(closed, memory=Memory(rows, total))"
