"""A host that comes late to listen: what the worker has said in time counts."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
import trio

import ptc_lisp
from ptc_lisp import Limits, Session
from ptc_lisp.sandbox.exchange import Exchange

LIMITS = Limits(timeout_ms=800)
LATE_S = 1.1
LARGE = {"text": "x" * 1_000_000}
"""More than a socket holds: the worker is still writing it when the host comes."""


def _sync(session, source, on_print):
    return session.eval(source, on_print=on_print)


def _asyncio(session, source, on_print):
    return asyncio.run(session.aeval(source, on_print=on_print))


def _trio(session, source, on_print):
    async def main():
        return await session.aeval(source, on_print=on_print)

    return trio.run(main)


DRIVERS = pytest.mark.parametrize("evaluate", [_sync, _asyncio, _trio])


def _be_late(_text):
    time.sleep(LATE_S)


@DRIVERS
def test_a_result_that_waits_for_a_late_host_is_not_lost(evaluate):
    with Session(context=LARGE, limits=LIMITS) as session:
        step = evaluate(session, "(println 1) (def n (count data/text)) data/text", _be_late)
        assert step.unwrap() == LARGE["text"]
        assert session.eval("[n (count *1)]").value == [1_000_000, 1_000_000]


def test_a_late_host_hears_of_the_time_limit_from_the_worker():
    with Session(limits=LIMITS, tools={"get": lambda: 1}) as session:
        session.eval("(def x 1)")
        step = session.eval(
            "(println 1) (def x 2) (loop [i 0] (if (tool/get) (recur (inc i)) i))", on_print=_be_late
        )
        assert step.error.kind == "timeout"
        assert "killed" not in step.error.details
        assert session.eval("x").value == 1


def test_a_thread_that_holds_the_interpreter_costs_no_result():
    """It takes it when the request is sent, and gives it back when the time is over."""
    with Session(limits=LIMITS) as session:
        session.eval("(def x 1)")
        sock, sent = session._worker.sock, threading.Event()

        class Held:
            def send(self, data, flags):
                count = sock.send(data, flags)
                if not sent.is_set():
                    sent.set()
                    time.sleep(LATE_S)
                return count

            def __getattr__(self, name):
                return getattr(sock, name)

        session._worker.sock = Held()
        assert session.eval("(inc x)").unwrap() == 2
        assert sent.is_set()


def test_time_in_which_the_host_makes_the_data_is_not_the_programs(monkeypatch):
    def slow(self, made=Exchange.pieces):
        for number, piece in enumerate(made(self)):
            if number % 4 == 0:
                time.sleep(0.5)
            yield piece

    monkeypatch.setattr(Exchange, "pieces", slow)
    context = {"rows": [{"id": number, "name": f"name {number}"} for number in range(20_000)]}
    began = time.monotonic()
    assert ptc_lisp.run("(count data/rows)", context=context, limits=LIMITS).unwrap() == 20_000
    assert time.monotonic() - began > LATE_S, "it was not late"
