"""A function has a name for people: its own, or the one that it was bound to first."""

from __future__ import annotations

import pytest
from inline_machine import Inline


@pytest.mark.parametrize(
    "source",
    [
        "(def f (fn [x] (/ x 0))) (f 1)",
        "(def f #(/ % 0)) (f 1)",
        "(let [f (fn [x] (/ x 0))] (map f [1]))",
        "(defonce f (fn [x] (/ x 0))) (f 1)",
        "(let [g (fn f [x] (/ x 0))] (g 1))",
    ],
)
def test_frames_name_the_function(source: str) -> None:
    fault = Inline().run(source).faults[0]
    assert [frame["function"] for frame in fault.details["frames"]] == ["f"]


def test_faults_about_arguments_name_the_function() -> None:
    fault = Inline().run("(let [f (fn [x] x)] (map f [1] [2]))").faults[0]
    assert fault.message.startswith("f [x] takes 1 argument")
