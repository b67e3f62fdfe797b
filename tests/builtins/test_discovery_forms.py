"""Discovery: what programs can find out about the language, and printing."""

from __future__ import annotations

import pytest
from inline_machine import Inline

from ptc_lisp.builtins.discovery import apropos, dir_
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind
from ptc_lisp.values.types import Symbol, kw


def test_the_exact_name_comes_first():
    assert apropos("map")[0].startswith("local: map - ")
    assert apropos("sort by")[0].startswith("local: sort-by - ")
    assert any(line.startswith("local: upper-case - ") for line in apropos("uppercase"))


def test_the_limit_has_bounds():
    assert len(apropos("s")) == 8
    assert len(apropos("s", {kw("limit"): 50})) == 50
    assert len(apropos("s", {"limit": 1, "what": 0})) == 1


@pytest.mark.parametrize(
    "source",
    [
        '(apropos "s" {:limit 0})',
        '(apropos "s" {:limit 51})',
        '(apropos "s" 5)',
        "(dir 'json {:limit 201})",
        '(dir \'json {:limit "a"})',
        "(dir 'json {:offset -1})",
        "(dir 'json [1])",
    ],
)
def test_options_out_of_range_are_type_errors(source):
    assert Inline().fault(source) is FaultKind.TYPE_ERROR


def test_dir_pages_through_a_namespace():
    names = REGISTRY.members("clojure.string")
    page = dir_(Symbol("str"), {kw("limit"): 3, kw("offset"): 2})
    assert [line.partition(" - ")[0] for line in page] == names[2:5]
    assert dir_("json", {kw("offset"): 9_999}) == []


@pytest.mark.parametrize(
    "source, printed",
    [
        ("(ns-name 'str)", '"clojure.string"'),
        ("(all-ns)", '["clojure.core" "clojure.set" "clojure.string" "clojure.walk" "json"]'),
        (
            "(let [m (meta 'zipmap)] [(:kind m) (:namespace m) (:name m) (:source m)])",
            '["function" "clojure.core" "zipmap" "builtin"]',
        ),
        ('[(:kind (meta let)) (:kind (meta "Math/PI"))]', '["special form" "constant"]'),
        (
            '(:arglists (get (ns-publics \'clojure.string) "split"))',
            '["[s separator]" "[s separator limit]"]',
        ),
        ("(:ref (meta 'str/split))", '"split"'),
        ("(:ref (meta 'clojure.string/reverse))", '"clojure.string/reverse"'),
        ("(let [doc 5] doc)", "5"),
    ],
)
def test_discovery_gives(source, printed):
    assert Inline().text(source) == printed


def test_doc_prints_usage_text_and_examples():
    inline = Inline()
    assert inline.value("(doc split)") is None
    (text,) = inline.host.prints
    assert text.startswith(
        "split (function, clojure.string)\n  (split s separator)\n  (split s separator limit)\n  Parts of "
    )
    assert '(split "a b c" #" " 2) ;=> ["a" "b c"]' in text
    inline.run('(doc "let")')
    assert "special form" in inline.host.prints[0]
    inline.run("(source map)")
    assert "map is built in" in inline.host.prints[0]


@pytest.mark.parametrize("name", ["nosuch", "'clojure.set", '"crm/get"'])
def test_an_unknown_name_has_no_source(name):
    inline = Inline()
    assert inline.value(f"(source {name})") is None
    assert "has no source" in inline.host.prints[0]


@pytest.mark.parametrize(
    "source", ['(apropos "")', "(doc no-such-thing)", "(ns-name 'no.such)", "(dir 'x)", "(meta 5)"]
)
def test_unknown_names_are_type_errors(source):
    assert Inline().fault(source) is FaultKind.TYPE_ERROR


def test_an_unknown_name_gets_its_neighbours():
    hint = Inline().run("(doc reduse)").faults[0].hint
    assert hint is not None
    assert "reduce" in hint


@pytest.mark.parametrize(
    "source, prints",
    [
        ('(println "a" nil :k [1 "x"] 1.0)', ['a nil :k [1 "x"] 1.0']),
        ("(println)", [""]),
        ('(do (print "a") (prn "a" \\b) (pr :k "s"))', ["a", '"a" "b"', ':k "s"']),
        ("(doseq [x [2 3]] (println x))", ["2", "3"]),
        ('(println (vec "hi") ["ab" "c"] [])', ['hi ["ab" "c"] []']),
    ],
)
def test_printing_adds_entries_and_gives_nil(source, prints):
    inline = Inline()
    assert inline.value(source) is None
    assert inline.host.prints == prints
