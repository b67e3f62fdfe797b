"""Large data handed to a single program: the program starts before all of the data has been looked at."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

import ptc_lisp
from ptc_lisp.session.contexts import Context
from ptc_lisp.values.codec import decode

MANY = 20_000
COUNT = "(count data/rows)"


@dataclasses.dataclass
class Order:
    """A row that is no dict."""

    id: int


def rows(odd: object) -> list[object]:
    """Many plain rows, and one odd one where a glance does not see it."""
    plain: list[object] = [{"id": i, "name": f"n{i}"} for i in range(MANY)]
    plain[MANY // 2] = odd
    return plain


def test_plain_rows_are_not_looked_at_before_the_program_starts():
    context = Context.drafted({"rows": rows({"id": 1}), "small": [1]})
    assert context.stands is not None
    assert context.stands()
    assert context.settled() is context
    assert context.small() == {"small": b"\x91\x01"}
    pieces = list(context.pieces())
    assert {"rows": len(pieces)} == context.counts()
    assert [row for piece in pieces for row in decode(piece)] == rows({"id": 1})
    assert sum(map(len, pieces)) < context.piece_bytes()


@pytest.mark.parametrize(
    "given",
    [
        {"rows": [{"id": 1}]},
        {"rows": rows({"id": 1}), "small": {1, 2}},
        {"rows": [Order(1), *rows({"id": 1})]},
        {"rows": [*rows({"id": 1}), Order(1)]},
        None,
    ],
    ids=["small", "a small set", "odd first", "odd last", "nothing"],
)
def test_what_can_be_seen_at_once_is_settled_at_once(given):
    context = Context.drafted(given)
    assert context.stands is None
    assert context.blobs == Context.of(given).blobs


@pytest.mark.parametrize(
    "odd, value",
    [
        (Order(7), 7),
        ({"id": {7}}, [7]),
        ({"id": dt.date(2024, 1, 2)}, dt.date(2024, 1, 2)),
        ({"id": (1, 2)}, [1, 2]),
        ({"id": 2**70}, 2**70),
        ({"id": "x" * 10_000_000}, "x" * 10_000_000),
    ],
    ids=["a record", "a set", "a date", "a tuple", "a big integer", "far more than foreseen"],
)
def test_data_that_turns_out_not_to_be_plain_is_converted_as_ever(odd, value):
    program = f"(:id (nth data/rows {MANY // 2}))"
    assert ptc_lisp.run(program, context={"rows": rows(odd)}).unwrap() == value


@pytest.mark.parametrize(
    "program", [COUNT, "(+ 1 :a)", "(loop [] (recur))", "(fail 1)", "(undefined-name", '(println "hello")']
)
def test_data_that_cannot_go_in_is_an_error_whatever_the_program_did(program):
    words = rf"context\['rows'\]\[{MANY // 2}\]\['raw'\] is bytes .*base64"
    with pytest.raises(TypeError, match=words):
        ptc_lisp.run(program, context={"rows": rows({"raw": b"x"})})
    with pytest.raises(TypeError, match=words):
        asyncio.run(ptc_lisp.arun(program, context={"rows": rows({"raw": b"x"})}))


def test_no_tool_is_called_for_data_that_cannot_go_in():
    called: list[int] = []

    def note(x: int) -> int:
        """Notes a number."""
        called.append(x)
        return x

    with pytest.raises(TypeError, match="base64"):
        ptc_lisp.run("(tool/note {:x 1})", tools=[note], context={"rows": rows(b"x")})
    assert not called


@pytest.mark.parametrize("odd", [{"id": 7}, Order(7), {"id": {7}}], ids=["plain", "a record", "a set"])
def test_a_tool_is_called_once_for_data_that_is_looked_at_while_it_is_sent(odd):
    called: list[object] = []

    def note(x: object) -> int:
        """Notes a value."""
        called.append(x)
        return len(called)

    program = f"(tool/note {{:x (:id (nth data/rows {MANY // 2}))}})"
    assert (
        ptc_lisp.run(program, tools=[note], context={"rows": rows(odd), "big": "x" * 100_000}).unwrap() == 1
    )
    assert called == [[7] if odd == {"id": {7}} else 7]


def test_what_is_looked_at_while_it_is_sent_is_known_when_it_is_sent(monkeypatch):
    context = Context.drafted({"rows": rows({"id": 1})})
    bad = Context.drafted({"rows": rows(Order(1))})
    assert {"rows": len(list(context.pieces()))} == context.counts()
    assert len(list(bad.pieces())) == bad.counts()["rows"] // 2 + 1
    monkeypatch.setattr("ptc_lisp.session.contexts.encodes_as_plain", None)  # nobody looks any more
    assert context.stands is not None
    assert bad.stands is not None
    assert (context.stands(), bad.stands()) == (True, False)


@pytest.mark.parametrize("odd", [{"id": 1}, Order(1)])
def test_what_was_not_sent_is_looked_at_in_the_end(odd):
    context = Context.drafted({"rows": rows(odd)})
    next(context.pieces())
    assert context.stands is not None
    assert context.stands() == (odd == {"id": 1})


def test_a_run_that_goes_through_its_rows_once_does_not_keep_them():
    given = [{"id": i, "text": "x" * 500} for i in range(100_000)]
    program = "(reduce (fn [a r] (+ a (:id r))) 0 data/rows)"
    step = ptc_lisp.run(program, context={"rows": given})
    with ptc_lisp.Session(context={"rows": given}) as session:
        again = session.eval(program)
    assert step.unwrap() == again.unwrap() == sum(range(100_000))
    assert step.usage.memory_bytes < 10 << 20 < again.usage.memory_bytes


def test_a_run_without_a_loop_of_its_own_gives_the_same():
    given = {"rows": rows({"id": 1}), "other": rows(["x", None, 1.5, True])}
    program = f"[(count data/rows) (nth data/other {MANY // 2}) (reduce + (map :id data/rows))]"
    step = asyncio.run(ptc_lisp.arun(program, context=given))
    assert step.unwrap() == ptc_lisp.run(program, context=given).unwrap()
    assert step.unwrap()[:2] == [MANY, ["x", None, 1.5, True]]


LARGE = [{"id": i, "n": i % 10, "text": "x" * 20} for i in range(5_000)]


def test_programs_of_a_session_read_one_field_after_the_other():
    with ptc_lisp.Session(context={"rows": LARGE}) as session:
        for program in [
            "(reduce + (map :n data/rows))",
            "(reduce + (map :n data/rows))",
            "(count data/rows)",
        ]:
            session.eval(program).unwrap()
        assert session.eval("(:id (last data/rows))").unwrap() == 4_999
        assert session.eval("(last data/rows)").unwrap() == LARGE[-1]
        assert session.eval("(reduce + (map :n data/rows))").unwrap() == sum(row["n"] for row in LARGE)


def test_data_for_one_program_lies_over_what_another_has_read():
    with ptc_lisp.Session(context={"rows": LARGE}) as session:
        program = "(reduce + (map :n data/rows))"
        before = session.eval(program).unwrap()
        assert session.eval(program, data={"rows": LARGE[:4_000]}).unwrap() == before * 4 // 5
        assert session.eval(program).unwrap() == before
        assert session.eval("(count (filter :text data/rows))", data={"rows": [{"text": 1}]}).unwrap() == 1


def test_a_function_in_data_is_a_fault_also_where_nobody_reads_it():
    made = ptc_lisp.run(
        '(def rows (map (fn [i] {"id" i "f" inc "text" "............"}) (range 5000)))'
    ).memory
    step = ptc_lisp.run("(reduce + (map :id data/rows))", context=made)
    assert step.error is not None
    assert "holds a function" in step.error.message


def test_a_memory_of_host_values_is_read_in_part_like_a_dict():
    given = ptc_lisp.Memory.of({"rows": LARGE})
    program = "(reduce + (map :n data/rows))"
    assert not given.foreign
    assert given.updated({"x": b"\xc0"}).foreign == {"x"}
    whole = ptc_lisp.run(f"{program} (count data/rows) (first data/rows)", context=given)
    part = ptc_lisp.run(f"{program} (count data/rows)", context=given)
    assert (whole.unwrap(), part.unwrap()) == (LARGE[0], len(LARGE))


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("1", 1),
        ('(dotimes [i 3000] (println "a line of output before any data is read")) (count data/b)', MANY),
        ("[(count data/b) (count data/a) (count data/text)]", [MANY, MANY, 200_000]),
        ("(:id (last data/b))", MANY - 1),
        ("[(first data/a) (count data/a)]", [{"id": 0, "name": "n0"}, MANY]),
        ("(sum-by :id data/a) (last data/a)", {"id": MANY - 1, "name": f"n{MANY - 1}"}),
        ("(count (keys (first data/nested)))", 2),
        ("(map count [data/numbers data/a])", [MANY, MANY]),
        ("(+ 1", None),
        ("(undefined-name)", None),
        ("(fail :no)", None),
    ],
)
def test_entries_that_come_in_pieces_are_read_in_any_order_or_not_at_all(program, value):
    plain = rows({"id": MANY // 2, "name": "middle"})
    given = {
        "a": plain,
        "b": plain,
        "text": "x" * 200_000,
        "numbers": list(range(MANY)),
        "nested": [{"a": [1], "b": {}}] * 9_000,
    }
    step = ptc_lisp.run(program, context=given)
    again = asyncio.run(ptc_lisp.arun(program, context=given))
    assert (step.value, step.prints, step.faults) == (again.value, again.prints, again.faults)
    assert step.value == value
    assert step.ok == (value is not None)


def test_a_program_that_does_not_end_ends_in_time_while_data_comes():
    step = ptc_lisp.run(
        "(loop [] (recur))", context={"a": rows(1)}, limits=ptc_lisp.Limits(timeout_ms=300, loop_limit=10**12)
    )
    assert step.error is not None
    assert step.error.kind == "timeout"


def test_a_tool_is_called_between_the_pieces():
    def twice(x: int) -> int:
        """Doubles."""
        return 2 * x

    with ptc_lisp.Session(context={"rows": LARGE}, tools=[twice]) as session:
        step = session.eval("[(tool/twice {:x 2}) (count data/rows) (tool/twice {:x 3})]")
        assert step.unwrap() == [4, 5_000, 6]
        assert session.eval("(tool/twice {:x (:n (last data/rows))})").unwrap() == 18


def test_a_session_with_large_data_survives_its_worker():
    with ptc_lisp.Session(context={"rows": LARGE}) as session:
        assert session.eval("(count data/rows)").unwrap() == 5_000
        session._drop_worker()
        assert session.eval("(:id (last data/rows))").unwrap() == 4_999
