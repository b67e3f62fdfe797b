"""Results that are too large for the history: a program that reads one is told, and never gets other data in its place."""

import pytest

from ptc_lisp import Session


@pytest.mark.parametrize("isolation", ["session", "run"])
def test_a_forgotten_result_is_a_fault_that_says_where_the_value_is(isolation):
    with Session(isolation=isolation) as session:
        session.eval("(vec (range 1000))")
        size = session.forget_result(100, "numbers")
        assert size is not None
        assert size > 1_000
        error = session.eval("(count *1)").error
        assert error.kind == "result_too_large"
        assert f"{size} bytes" in error.message
        assert "numbers" in error.hint
        assert error.details == {"bytes": size, "limit_bytes": 100, "name": "numbers"}
        assert session.eval("7").value == 7
        assert session.eval("[*1]").value == [7]
        assert "*3 was not kept" in session.eval("*3").error.message


def test_without_a_name_the_program_is_told_to_define_one():
    with Session() as session:
        session.eval('"0123456789"')
        assert session.forget_result(10) == 11
        assert "(def)" in session.eval("*1").error.hint


def test_what_fits_stays_and_nothing_is_forgotten_twice():
    with Session() as session:
        assert session.forget_result(10) is None
        session.eval("[1 2 3]")
        assert session.forget_result(4) is None
        assert session.eval("*1").value == [1, 2, 3]
        assert session.forget_result(3) == 4
        before = session.history
        assert session.forget_result(1) is None
        assert session.history == before


def test_a_later_session_knows_what_was_forgotten():
    with Session() as session:
        session.eval("[1 2 3]")
        session.forget_result(1, "xs")
        history = session.history
    with Session(history=history) as session:
        assert "xs" in session.eval("*1").error.hint
