"""String builtins: values, edges, faults. The examples in the registry are tested elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_machine import Inline

from ptc_lisp.builtins.strings import join, split_text
from ptc_lisp.faults import FaultKind
from ptc_lisp.values.regexes import compile_regex

VALUES = [
    # making
    ('[(str) (str nil) (str \\a 1.0 :k [nil "x"])]', '["" "" "a1.0:k[nil \\"x\\"]"]'),
    ("[(str ##Inf) (str 1e21) (str #\"a\\d\") (str 'foo)]", '["Infinity" "1.0e21" "a\\\\d" "foo"]'),
    ("[(pr-str) (pr-str 1 nil)]", '["" "1 nil"]'),
    # cutting
    ('[(subs "hello" -1) (subs "hello" 3 1) (subs "hello" 2 99) (subs "héllo" 1 2)]', '["" "" "llo" "é"]'),
    ('(subs "e\u0301x" 1)', '"x"'),
    ('(split "a,b,," #",")', '["a" "b"]'),
    ('(split "a,b,," #"," -1)', '["a" "b" "" ""]'),
    ('(split "a1b2c" #"[0-9]" 2)', '["a" "b2c"]'),
    ('[(split "" #",") (split "," #",") (split ",a" #",")]', '[[""] [] ["" "a"]]'),
    ('[(split "abc" "") (split "abc" #"") (split "abc" "" 2) (split "" "")]', '[["a" "b" "c"] ["a" "b" "c"] ["a" "bc"] [""]]'),
    ('[(split "a.b.c" ".") (split "a|b" "|")]', '[["a" "b" "c"] ["a" "b"]]'),
    ('(split "aXbXc" #"(X)")', '["a" "b" "c"]'),
    ('(split "oneTwo" #"(?=[A-Z])")', '["one" "Two"]'),
    ('(re-split #"," "a,,b,")', '["a" "" "b" ""]'),
    (r'[(split-lines "") (split-lines "a\r\nb\n\n") (split-lines "\n\n")]', '[[""] ["a" "b"] []]'),
    # joining
    ('[(join "," nil) (join "," #{"x"}) (join "-" {:a 1}) (join "." "abc")]', '["" "x" "[:a 1]" "a.b.c"]'),
    # case and space
    ('[(upper-case "straße") (downcase "ÀB") (capitalize "") (capitalize "élan VITAL")]', '["STRASSE" "àb" "" "Élan vital"]'),
    (r'[(trim "\u00a0 x\n") (triml " x ") (trimr " x ") (trim-newline "x\r\n\n") (trim-newline "x\n ")]',
     r'["x" "x " " x" "x" "x\n "]'),
    ('[(blank? "\t\n") (blank? "") (blank? nil) (blank? "x")]', "[true true true false]"),
    ('[(str/reverse "e\u0301a") (clojure.string/reverse "")]', '["ae\u0301" ""]'),
    # searching
    ('[(index-of "hello" "l" 3) (index-of "hello" "l" -5) (index-of "abc" "a" 9) (index-of "abc" "" 9)]', "[3 2 nil 3]"),
    ('[(index-of "e\u0301x" "x") (last-index-of "e\u0301xx" "x")]', "[1 2]"),
    ('[(last-index-of "abab" "ab") (last-index-of "abab" "ab" 1) (last-index-of "ab" "a" -1)]', "[2 0 nil]"),
    ('[(includes? "abc" "") (starts-with? "" "") (ends-with? "a" "ba")]', "[true true false]"),
    # replacing
    (r'(replace "tel: 555-1234" #"[^0-9]" "")', '"5551234"'),
    (r'(replace "a.b" #"(?<x>\w)" "<${x}>")', '"<a>.<b>"'),
    (r'(replace "a1" #"(\w)(\d)" "$21")', '"11"'),
    (r'(replace "5" #"\d" "\\$\\\\")', r'"$\\"'),
    (r'(replace "ab" #"(a)|b" "[$1]")', '"[a][]"'),
    (r'(replace "a1b2" #"\d" #(str (inc (parse-long %))))', '"a2b3"'),
    (r'(replace "k=v" #"(\w)=(\w)" (fn [[_ k v]] (str v k)))', '"vk"'),
    (r'(replace "aab" #"a" {"a" "x"})', '"xxb"'),
    ('(replace "abc" "" "-")', '"-a-b-c-"'),
    ("[(replace {1 :a nil :z} [1 nil 2]) (replace [:x :y] [1 0 5])]", "[[:a :z 2] [:y :x 5]]"),
    ('[(replace {:a 1 :first-name 2} ["a" :a "b"]) (replace {"first_name" 3} [:first-name])]', '[[1 1 "b"] [3]]'),
    ('(replace {:a nil "a" 2} [:a "a"])', "[nil 2]"),
    ('(escape "abc" (fn [c] (and (= c "b") "")))', '"ac"'),
    ('[(replace-first "aXbX" "X" "-") (replace-first "a1b2" #"\\d" "$0$0")]', '["a-bX" "a11b2"]'),
    ('[(escape "a<b" {"<" "&lt;"}) (escape "abc" (fn [c] (if (= c "b") "" nil)))]', '["a&lt;b" "ac"]'),
    ('(replace "x" #"x" (re-quote-replacement "a\\\\$1"))', '"a\\\\$1"'),
    # names
    ("[(name :a-b) (name \"s\") (name 'x) (keyword \"a_b\") (keyword :k) (keyword nil) (keyword \"1\")]",
     '["a-b" "s" "x" :a_b :k nil :1]'),
    # parsing
    ('(map parse-long ["12" "-7" "+5" "" "1.0" " 1" "1e3" "9223372036854775808" "٣" nil 5])',
     "[12 -7 5 nil nil nil nil nil nil nil nil]"),
    ('(map parse-double ["1.5" "-2" "1e3" "1." ".5" "Infinity" "-Infinity" "x" "1e400" nil 5])',
     "[1.5 -2.0 1000.0 nil nil ##Inf ##-Inf nil nil nil nil]"),
    ('(map parse-boolean ["true" "false" "TRUE" "" nil])', "[true false nil nil nil]"),
    (r'[(extract #"(\w)-(\w)" "a-b" 0) (extract "(\\w)-(\\w)" "a-b" -1) (extract #"(\w)" "a" 5) (extract #"x(y)?" "x")]',
     '["a-b" "b" nil nil]'),
    (r'[(extract-int #"(\d+)" "n 42") (extract-int #"(\w+)" "abc") (extract-int #"(\d+)" "x" 1 0)]', "[42 nil 0]"),
]  # fmt: skip

FAULTS = [
    ("(trim nil)", "or x"),
    ("(upper-case :a)", "name"),
    ('(subs "abc" 1.5)', "integer"),
    ("(join 5 [1])", "separator"),
    ('(join [1 2] ",")', '(join "," [1 2])'),
    ('(join "," 5)', "collection"),
    ('(split "a::b" "::")', "regex"),
    ('(split nil #",")', "string"),
    ('(split #"," "a,b")', '(split "a,b" #",")'),
    ('(starts-with? "a" nil)', "argument 2"),
    ("(includes? [1 2] 1)", "some"),
    ('(replace "a" 5 "x")', "argument 2"),
    ('(replace "a" "b" inc)', "needs a regex"),
    ('(replace "x" #"x" "$3")', "names a group"),
    ('(replace "x" #"x" "$")', "re-quote-replacement"),
    ('(replace "x" #"x" "${n}")', "no group named n"),
    ('(replace "x" #"x" (fn [_] nil))', "gave nil"),
    ('(replace "x" "y")', "missing"),
    ("(name 5)", "str"),
    ('(keyword "a b")', "letters"),
    ("(keyword 5)", "string"),
    ('(extract #"(a)" nil)', "string"),
    ('(extract 5 "a")', "regex"),
]  # fmt: skip


@pytest.mark.parametrize("source, printed", VALUES)
def test_string_builtins_give(source, printed):
    assert Inline().text(source) == printed


@pytest.mark.parametrize("source, words", FAULTS)
def test_wrong_arguments_are_type_errors_that_help(source, words):
    outcome = Inline().run(source)
    assert not outcome.ok
    fault = outcome.faults[0]
    assert fault.kind is FaultKind.TYPE_ERROR
    assert words in f"{fault.message} {fault.hint}"


def test_split_by_a_long_text_proposes_the_regex_that_works():
    inline = Inline()
    hint = inline.run('(split "a||b" "||")').faults[0].hint
    assert hint is not None
    proposal = hint[hint.index("(") :].replace("(split s", '(split "a||b"')
    assert inline.text(proposal) == '["a" "b"]'


@given(st.lists(st.text("ab,é", max_size=4), min_size=1, max_size=6))
def test_split_with_all_parts_undoes_join(parts):
    texts = [part.replace(",", "") for part in parts]
    assert split_text(compile_regex(",").pattern, join(",", texts), -1) == texts


@given(st.text("ab,", max_size=12))
def test_a_plain_split_only_drops_empty_parts_at_the_end(text):
    every = split_text(compile_regex(",").pattern, text, -1)
    while len(every) > 1 and not every[-1]:
        every.pop()
    expected = [] if every == [""] and text else every
    assert split_text(compile_regex(",").pattern, text) == expected
