"""Regex builtins through programs."""

from __future__ import annotations

import pytest
from inline_machine import Inline

from ptc_lisp.faults import FaultKind


@pytest.mark.parametrize(
    "source, printed",
    [
        (
            r'[(re-find #"\d+" "abc") (re-find #"(a)(b)?" "ac") (re-find #"(a)?b" "b")]',
            '[nil ["a" "a" nil] ["b" nil]]',
        ),
        (r'(re-find #"\$(\d+\.\d{2})" "cost $12.50")', '["$12.50" "12.50"]'),
        (
            r'[(re-matches #"a|ab" "ab") (re-matches #"a" "ab") (re-matches #"(a)(b)" "ab")]',
            '["ab" nil ["ab" "a" "b"]]',
        ),
        (
            r'[(re-seq #"." "ab") (re-seq #"x" "ab") (re-seq #"(\w)(\d)" "a1 b2")]',
            '[["a" "b"] [] [["a1" "a" "1"] ["b2" "b" "2"]]]',
        ),
        (r'(re-find (re-pattern (str "id-" "(\\d)")) "id-7")', '["id-7" "7"]'),
        ('(let [r #"a"] (= r (re-pattern r)))', "true"),
        ('[(regex? #"a") (regex? "a") (regex/re-find #"a" "cat")]', '[true false "a"]'),
        (r'(re-find #"(?<year>\d{4})" "in 2024")', '["2024" "2024"]'),
        (r'(re-find #"(?i)HELLO" "say hello")', '"hello"'),
        (r'(re-seq #"\p{Lu}\w*" "Émile et Zoé")', '["Émile" "Zoé"]'),
    ],
)
def test_regex_builtins_give(source, printed):
    assert Inline().text(source) == printed


@pytest.mark.parametrize(
    "source, kind",
    [
        ('(re-find "a" "a")', FaultKind.TYPE_ERROR),
        ('(re-find #"a" nil)', FaultKind.TYPE_ERROR),
        ('(re-seq #"a" 5)', FaultKind.TYPE_ERROR),
        ("(re-pattern nil)", FaultKind.TYPE_ERROR),
        ('(re-pattern "(")', FaultKind.TYPE_ERROR),
        ('#"("', FaultKind.INVALID_FORM),
        ('(re-find #"a")', FaultKind.ARITY_ERROR),
    ],
)
def test_regex_builtins_refuse(source, kind):
    assert Inline().fault(source) is kind


def test_the_replacement_function_may_fault_with_its_own_kind():
    assert (
        Inline().fault(r'(replace "a0" #"\d" (fn [d] (str (quot 1 (parse-long d)))))')
        is FaultKind.ARITHMETIC_ERROR
    )
