"""Hostile and huge texts end soon, with forms or with a fault."""

from __future__ import annotations

import time

import pytest

from ptc_lisp.faults import Trap
from ptc_lisp.reader import incomplete, read, repair
from ptc_lisp.reader.program import read_parsed

MEGA = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * MEGA,
        "'" * MEGA,
        "#_" * (MEGA // 2),
        "^" * MEGA,
        "#" * MEGA,
        '"' + "a" * (MEGA - 1),
        '"' + "\\" * (MEGA - 1),
        ":" * MEGA,
        "a:" * (MEGA // 2),
        "1" * MEGA,
        "1e" + "9" * 1000,
        "[" + "(f " * 40 + "x " * 100_000,
    ],
    ids=lambda text: f"{text[:12]}",
)
def test_bombs_are_faults(text: str) -> None:
    began = time.process_time()
    with pytest.raises(Trap) as caught:
        read(text)
    assert time.process_time() - began < 5
    assert len(caught.value.message) < 300
    assert len(caught.value.hint or "") < 300


def test_wide_programs_are_read() -> None:
    (form,) = read("[" + "1 " * 100_000 + "]")
    assert len(form.items) == 100_000
    (text,) = read('"' + "a\\n" * 200_000 + '"')
    assert len(text.value) == 400_000


def test_large_broken_programs_get_no_proposal() -> None:
    text = "(f " + "x " * 100_000
    assert repair(text) is None
    assert incomplete(text)


def test_a_kilobyte_goes_through_the_parser_within_milliseconds() -> None:
    text = '(->> data/rows (filter #(= "x" (:kind %))) (map (fn [{:keys [a b]}] {:a a :n (+ b 1.5)})))\n' * 11
    read_parsed(text, 64, 10_000)
    times: list[float] = []
    for _ in range(5):
        began = time.process_time()
        read_parsed(text, 64, 10_000)
        times.append(time.process_time() - began)
    # Two milliseconds on an idle machine; the bound leaves room for a busy one.
    assert min(times) < 0.02
