"""Programs that come again: compiled once in a worker that saw nothing else, and then no different from before."""

from __future__ import annotations

import time

import pytest
from program_fuzz import program

import ptc_lisp
from ptc_lisp import Limits
from ptc_lisp.sandbox import ahead as module
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.ahead import Ahead
from ptc_lisp.sandbox.pool import POOL
from ptc_lisp.session import sessions

ROWS = {"rows": [{"a": 1, "b": [1, 2], "name": "x"}, {"a": 2.5, "b": None}], "big": list(range(60))}


@pytest.fixture
def ahead(monkeypatch):
    """The programs of this test alone."""
    found = Ahead(POOL)
    monkeypatch.setattr(sessions, "AHEAD", found)
    yield found
    found.shutdown()


def known(ahead):
    return [program.kept for program in ahead._programs.values()]


def run_until_known(ahead, source, **options):
    """The Steps of runs until the program goes along as bytes, or cannot."""
    steps = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        steps.append(ptc_lisp.run(source, **options))
        [found] = ahead._programs.values()
        if found.kept is not None or found.given_up:
            break
        time.sleep(0.01)
    steps.append(ptc_lisp.run(source, **options))
    return steps


def seen(step):
    return (
        step.ok,
        step.text,
        [(f.kind, f.message, f.span, f.hint) for f in step.faults],
        step.prints,
        step.usage.steps,
    )


def test_the_first_run_of_a_program_compiles_nothing_extra(ahead):
    ptc_lisp.run("(+ 1 2)")
    assert known(ahead) == [None]
    assert not ahead._under_way


def test_a_program_that_comes_again_goes_along_as_bytes(ahead):
    steps = run_until_known(ahead, "(defn twice [x] (* 2 x)) (println :ran) (twice 21)")
    [code] = known(ahead)
    assert isinstance(code, bytes)
    assert {step.value for step in steps} == {42}
    assert len({str(seen(step)) for step in steps}) == 1
    assert ptc_lisp.run("(twice 4)", memory=steps[-1].memory).value == 8


def test_a_fault_has_its_place_all_the_same(ahead):
    steps = run_until_known(ahead, "(let [x 1]\n  (+ x (first data/big) :a))", context=ROWS)
    assert isinstance(known(ahead)[0], bytes)
    assert steps[0].faults[0].span.line == 2
    assert len({str(seen(step)) for step in steps}) == 1


def test_what_the_analysis_depends_on_makes_another_program(ahead):
    def echo(x: int) -> int:
        return x

    run_until_known(ahead, "(str data/name)", context={"name": "Ann"})
    for options in (
        {"context": {"name": 1, "more": 2}},
        {"context": {"name": 1}, "memory": {"y": 1}},
        {"context": {"name": 1}, "tools": {"echo": echo}},
        {"context": {"name": 1}, "limits": Limits(step_limit=1_000)},
        {"context": {"name": 1}, "strict_data": True},
    ):
        before = len(ahead._programs)
        assert ptc_lisp.run("(str data/name)", **options).value == "1"
        assert len(ahead._programs) == before + 1, options
    assert ptc_lisp.run("(str data/name)", context={"name": "Bob"}).value == "Bob"


MANY = [{"id": i, "kind": f"k{i % 3}", "n": i % 7, "tags": {"a": i}} for i in range(5_000)]


@pytest.mark.parametrize(
    "source",
    [
        '(->> data/my-rows (filter #(= "k1" (:kind %))) (map :n) (reduce +))',
        "(->> data/my-rows (group-by :kind) (map (fn [[k v]] [k (sum-by :n v)])) (into {}))",
        "[(count data/my-rows) (first data/my-rows) (map :n (take 2 data/my-rows))]",
        "(reduce (fn [m {:keys [kind tags]}] (update m kind (fnil + 0) (:a tags))) {} data/my-rows)",
        "(reduce (fn [a r]\n (+ a (:kind r))) 0 data/my-rows)",
    ],
)
def test_a_program_about_large_data_goes_along_too(ahead, source):
    steps = run_until_known(ahead, source, context={"my_rows": MANY, "text": "x" * 100_000})
    assert isinstance(known(ahead)[0], bytes)
    assert len({str(seen(step)) for step in steps}) == 1
    few = ptc_lisp.run(source, context={"my_rows": MANY[:7], "text": ""})
    assert few.ok == steps[0].ok
    assert len(ahead._programs) == 2


def test_a_wrong_program_and_one_that_needs_the_parser_are_left_alone(ahead):
    for source in ("(undefined-name 1)", "#_(a b) 3"):
        ahead._programs.clear()
        steps = run_until_known(ahead, source)
        assert known(ahead) == [None]
        assert len({str(seen(step)) for step in steps}) == 1


def test_the_worker_that_compiles_is_given_no_value_and_ends(ahead, monkeypatch):
    sent = []
    monkeypatch.setattr(module.wire, "pack", lambda frame, pack=wire.pack: sent.append(frame) or pack(frame))
    workers = []
    monkeypatch.setattr(POOL, "take", lambda take=POOL.take: workers.append(take()) or workers[-1])
    secret = "s3cret-value"
    run_until_known(ahead, "(str data/name y)", context={"name": secret}, memory={"y": secret})
    [frame] = [frame for frame in sent if isinstance(frame, wire.Compile)]
    assert secret.encode() not in wire.pack(frame)
    assert (frame.names, frame.data, frame.source) == (["y"], ["name"], "(str data/name y)")
    assert all(secret.encode() not in code for code in known(ahead) if code)
    deadline = time.monotonic() + 20
    while any(worker.pid is not None for worker in workers):
        assert time.monotonic() < deadline


@pytest.mark.parametrize("said", [b"", b"\0\0\0\1\xc1", b"\xff\xff\xff\xff", b"\0\0\0\x09nonsense!"])
def test_nonsense_from_a_worker_is_no_program(said):
    assert module._kept(said) is None


def test_another_frame_than_a_program_is_none():
    assert module._kept(wire.pack(wire.Handoff(1))) is None
    assert module._kept(wire.pack(wire.Compiled(1, None))) is None
    assert module._kept(wire.pack(wire.Compiled(1, b"x"))) == b"x"


def test_what_is_kept_is_bounded(ahead, monkeypatch):
    monkeypatch.setattr(module, "_MAX_PROGRAMS", 3)
    for number in range(6):
        ptc_lisp.run(f"(+ 1 {number})")
    assert len(ahead._programs) == 3
    ptc_lisp.run(f'(count "{"x" * 20_000}")')
    assert len(ahead._programs) == 3


def test_random_programs_do_the_same_as_bytes(ahead):
    bytes_seen = 0
    limits = Limits(step_limit=20_000, timeout_ms=5_000)
    for seed in range(40):
        ahead._programs.clear()
        steps = run_until_known(
            ahead, program(seed), context=ROWS, tools={"echo": lambda **args: args}, limits=limits
        )
        kinds = {str(fault.kind) for step in steps for fault in step.faults}
        if kinds & {"timeout", "memory_exceeded", "recursion_limit_exceeded"}:
            continue
        assert len({str(seen(step)) for step in steps}) == 1, program(seed)
        bytes_seen += known(ahead)[0] is not None
    assert bytes_seen > 10
