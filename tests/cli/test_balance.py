"""When the prompt goes on to another line."""

from __future__ import annotations

import pytest

from subagent.cli.balance import unfinished


@pytest.mark.parametrize(
    "text",
    [
        "(",
        "(+ 1",
        "[1 2",
        "{:a (inc 1)",
        '"open',
        '(str "a)',
        "(f ; )",
        '(str "a\\"',
        "(let [a 1]\n a",
        "#{1",
        "#(inc %",
    ],
)
def test_goes_on(text):
    assert unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "(+ 1 2)",
        "; (",
        '"("',
        "[\\( \\) \\[]",
        '(str "a\\"(")',
        ")",
        "(]",
        "(f [)",
        "#{1}",
        "(f)\n; (",
        "\\newline",
    ],
)
def test_is_whole_or_wrong(text):
    assert not unfinished(text)
