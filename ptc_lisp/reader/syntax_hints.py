"""What models write that is not PTC-Lisp, and what to write instead: tables from a pattern to a message and a hint.

Each row carries an example of the slip, which the tests read. `$0`, `$1` … in texts stand for what the
pattern found, `$x1` for its value as a hexadecimal number, `$_0` for the same without underscores.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ptc_lisp.faults import Trap
from ptc_lisp.reader.atoms import json_colon, parse_fault

_WORD = r"""[^\s()\[\]{}",;]+"""
_ODD_SPACES = frozenset("\ufeff\u200b\u200c\u200d\u2060")


class Slip(NamedTuple):
    """One row: a program with the slip, the pattern at the place of the slip, and the words for it."""

    example: str
    pattern: str
    message: str
    hint: str


CHARACTERS = (
    Slip("```clojure\n1\n```", r"```\w*", "a Markdown fence is not part of a program", "give only the program"),
    Slip("`(a ~b)", "`", "` (syntax quote) is not supported: there are no macros", "write (list …) or a vector"),
    Slip("(f @x)", rf"@({_WORD})?", "@ (deref) is not supported: there are no atoms", "write $1, the value itself"),
    Slip("~x", r"~@?", "~ (unquote) is not supported: there are no macros", "write the form itself"),
    Slip('#inst "2024-01-02"', r'#inst\s*("[^"]*")?', "#inst is not supported",
         'write (LocalDate/parse "2024-01-02") or (Instant/parse "2024-01-02T00:00:00Z")'),
    Slip('#uuid "1"', r"#([A-Za-z][\w./-]*)", "the tagged literal #$1 is not supported",
         "write the value itself, for instance as a string; comments start with ;"),
    Slip("#:a{:b 1}", r"#::?\w*", "namespaced maps are not supported", "write each key in full, e.g. {:a-b 1}"),
    Slip("#?(:clj 1)", r"#\?@?", "reader conditionals (#?) are not supported", "write the form itself"),
    Slip("##Foo", r"##[\w-]*", "$0 is not a number", "the special numbers are ##Inf, ##-Inf and ##NaN"),
    Slip("# add\n(+ 1 2)", r"#(?=[\s#!]|$)", "# does not start a comment", "comments start with ;"),
    Slip("#<fn>", r"#.?", "# cannot stand before this character",
         'what exists is #{set} #(short fn) #"regex" #\'name #_ignored'),
    Slip("::auto", r"::([\w-]*)", "keywords have no namespace", "write :$1"),
    Slip('{"a" : 1}', r":(?=[\s\"\[{(])", "a colon stands alone here",
         'in a map write {"a" 1} or {:a 1}; outside of maps: a program is forms like (f x), no prose and no other language'),
    Slip(":", r":", "a keyword needs a name after its colon", "e.g. :name; keywords are ASCII"),
    Slip("(filter || xs)", r"\|\|?", "| is not an operator", "write (or a b), or (bit-or a b) for integers"),
    Slip("“text”", "[“”„«»]", "$0 is a typographic quote", 'strings stand in plain double quotes: "text"'),
    Slip("(f ‘x’)", "[‘’‚´]", "$0 is a typographic quote", 'strings stand in plain double quotes: "text"'),
    Slip("(a → b)", "[→⇒↦]", "$0 cannot be part of a name", "threading is written ->, a function (fn [x] …)"),
    Slip("(λ [x] x)", "λ", "λ cannot be part of a name", "write (fn [x] …)"),
    Slip("(5 − 3)", "[−–—]", "$0 is a typographic dash", "minus is the plain hyphen -"),
    Slip("(≠ 1 2)", "[≠≤≥×÷]", "$0 cannot be part of a name", "write not=, <=, >=, * or /"),
    Slip("(def größe 1)", r"[^\W\d_]", "$0 cannot be part of a name: names are ASCII",
         'use letters a-z; other text goes into strings, also as map keys: {"größe" 1}'),
    Slip("\\", r"\\", "a backslash must be followed by a character", "e.g. \\a, \\newline, or a string"),
)  # fmt: skip

TOUCHING = (
    Slip("1/2", r"([+-]?\d+)/(\d+)\b", "there are no ratios: $0", "write (/ $1 $2)"),
    Slip("0xFF", r"0[xX]([0-9a-fA-F]+)", "integers are written in decimal: $0", "write $x1"),
    Slip("7N", r"([+-]?\d+)N\b", "the suffix N is not needed: integers have any size", "write $1"),
    Slip(
        "1.5M",
        r"([+-]?\d+(?:\.\d+)?)M\b",
        "the suffix M is not supported: numbers are int or float",
        "write $1",
    ),
    Slip("10L", r"([+-]?\d+(?:\.\d+)?)[lLfFdD]\b", "numbers have no type suffix: $0", "write $1"),
    Slip("1_000", r"(\d+)_([\d_]+)", "digits are not grouped: $0", "write $_0"),
    Slip(
        "2024-01-02", r"\d{4}-\d\d(-\d\d)?[\w:.+-]*", "$0 is not a number", 'write a date as a string: "$0"'
    ),
    Slip(
        "10:30",
        r"\d\d?:\d\d\S*",
        "$0 is not a number",
        'write it as a string "$0"; a slice is (subvec v 1 2)',
    ),
    Slip("(nth xs 1:2)", r"(\d+):(\d*)", "there are no slices: $0", "write (subvec v $1 $2)"),
    Slip("50%", r"([+-]?\d+(?:\.\d+)?)%", "a number has no percent sign: $0", "write the number, e.g. 0.5"),
    Slip("1.", r"([+-]?\d+)\.(?![\w.])", "a float needs a digit after its point", "write $1.0"),
    Slip("3+4", r"([+-]?\d[\d.]*)([+*/-])(\d[\d.]*)", "operators come first: $0", "write ($2 $1 $3)"),
    Slip(
        "3foo",
        rf"([+-]?\d){_WORD}",
        "$0 is neither a number nor a name",
        "a name does not start with a digit",
    ),
    Slip(":a/b", r":([^\s/]+)/([\w-]+)", "keywords have no namespace: $0", "write :$2 or :$1-$2"),
    Slip(
        ":a.b",
        r":([\w-]+)\.([\w-]+)",
        "a keyword has no dots: $0",
        "write :$1, or (get-in m [:$1 :$2]) for a path",
    ),
    Slip(
        ":a:b",
        rf":{_WORD}",
        "$0 is not a keyword",
        "letters, digits and + - * < > = ? ! _ may follow the colon",
    ),
    Slip(
        "(f a:b)",
        rf"([^\s:]+):({_WORD})",
        "a name has no colon: $0",
        "write :$1 $2 in a map, else put a space before the colon",
    ),
    Slip("\\d+", r"\\[dwsDWSb][+*?{]?", "$0 looks like a regular expression", 'write #"$0"'),
    Slip("\\abc", rf"\\({_WORD})", "$0 is not a character", 'write the string "$1"'),
    Slip("##Infx", rf"{_WORD}", "$0 is run together", "put spaces between the parts"),
)

SYMBOLS = (
    Slip("// sum", r"//\S*", "// does not start a comment", "comments start with ;"),
    Slip("/* sum */", r"/\*\S*", "/* does not start a comment", "comments start with ;"),
    Slip("(+ .5 1)", r"([+-]?)\.(\d\S*)", "a float needs a digit before its point", "write $10.$2"),
    Slip("(map (x) => x xs)", r"=>$", "=> does not make a function", "write (fn [x] …) or #(… %)"),
    Slip("(foo ...)", r"\.\.\.$", "... is not code", "write the missing part in full"),
)
SUSPICIOUS = "./=+-"
"""First characters of the symbols that can be slips."""

PREFIXES = (
    Slip("(str 'hello world')", r"'([^'\n()\[\]{}\"]*)'(?=[\s()\[\]{},]|$)", "strings do not stand in single quotes",
         'write "$1"'),
    Slip("(^ 2 3)", r"\^(?![A-Za-z:{\[\"])", "^ is not an operator", "a power is (pow base exponent)"),
)  # fmt: skip


def is_odd_space(char: str) -> bool:
    """Whether a character that starts no token can be skipped like a space."""
    return char.isspace() or char in _ODD_SPACES


def slip_at(table: tuple[Slip, ...], text: str, place: int, end: int | None = None) -> Trap | None:
    """The parse_error of the first row whose pattern fits at `place`; patterns see no further than `end`."""
    limit = len(text) if end is None else end
    for slip in table:
        match = re.compile(slip.pattern).match(text, place, limit)
        if match:
            message, hint = _fill(slip.message, match), _fill(slip.hint, match)
            return parse_fault(message, place, max(match.end(), place + 1), hint)
    return None


def bad_character(text: str, place: int) -> Trap:
    """The parse_error for a character at which no token can start (an unterminated string apart)."""
    if text[place] == ":" and text[place - 1 : place] == '"':
        return json_colon(place)
    found = slip_at(CHARACTERS, text, place)
    if found is not None:
        return found
    char = text[place]
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return parse_fault(
        f"the character {shown} cannot stand here", place, place + 1, 'text belongs in strings: "…"'
    )


def touching(text: str, place: int) -> Trap:
    """The parse_error for two atoms that touch; `place` is the start of the first."""
    found = slip_at(TOUCHING, text, place)
    return found or parse_fault("two forms touch", place, place + 1, "put a space between them")


def _fill(template: str, match: re.Match[str]) -> str:
    def part(mark: re.Match[str]) -> str:
        text = (match[int(mark[2])] or "")[:60]
        if mark[1] == "x":
            return str(int(text, 16))
        return text.replace("_", "") if mark[1] else text

    return re.sub(r"\$([x_]?)(\d)", part, template)
