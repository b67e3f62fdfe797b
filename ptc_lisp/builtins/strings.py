"""Strings: making, cutting, joining, case. Indexes and counts are in grapheme clusters."""

from __future__ import annotations

import re
from typing import cast

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg, seq
from ptc_lisp.builtins.texts import CORE_STRING, STRING, check_index, check_regex, check_text
from ptc_lisp.values.printing import display, pr_str, quoted
from ptc_lisp.values.strings import grapheme_count, grapheme_slice, graphemes
from ptc_lisp.values.types import ABSENT, Keyword, Regex, Symbol, Value, kw

AREA = "strings"

_KEYWORD_NAME = re.compile(r"[A-Za-z0-9+\-*<>=?!_]+")
_LINE_END = re.compile(r"\r?\n")


@builtin(
    "str", "& xs", area=AREA, ns=CORE_STRING, clojure="DIV-39",
    doc="The arguments as text, one after the other. Strings stay raw, nil is empty, everything else prints readably.",
    examples=[('(str "a" 1 nil :k)', '"a1:k"'), ("(str [1 nil])", '"[1 nil]"')], see_also=("pr-str", "join", "format"),
)  # fmt: skip
def str_(*xs: Value) -> str:
    """`(str & xs)`."""
    return "".join([x if x.__class__ is str else display(x) for x in xs])


@builtin(
    "pr-str", "& xs", area=AREA, ns=CORE_STRING, clojure="DIV-39",
    doc="The arguments as a program would write them, joined with spaces; strings are quoted.",
    examples=[('(pr-str "a" nil [1])', r'"\"a\" nil [1]"')], see_also=("str",),
)  # fmt: skip
def pr_str_(*xs: Value) -> str:
    """`(pr-str & xs)`."""
    return " ".join([pr_str(x) for x in xs])


@builtin(
    "subs", "s start", "s start end", area=AREA, ns=CORE_STRING, clojure="DIV-22",
    doc='The part of `s` from index `start` (inclusive) to `end` (exclusive). Out of range gives less or "", never a fault.',
    examples=[('(subs "yellow" 1 3)', '"el"'), ('(subs "abc" 10)', '""')],
)  # fmt: skip
def subs(s: Value, start: Value, end: Value = ABSENT) -> str:
    """`(subs s start end?)`."""
    text = check_text(s, "subs")
    first = check_index(start, "subs", 2)
    if end is ABSENT:
        return "" if first < 0 else grapheme_slice(text, first)
    last = check_index(end, "subs", 3)
    return "" if first < 0 or last <= first else grapheme_slice(text, first, last)


@builtin(
    "char", "code", area=AREA, ns="clojure.core",
    doc="The character of a code point, as a string of one character; a character stays what it is.",
    examples=[("(char 97)", '"a"'), ("(apply str (map char [104 105]))", '"hi"')], see_also=("int",),
)  # fmt: skip
def char(code: Value) -> str:
    """`(char code)`."""
    if code.__class__ is str and grapheme_count(code) == 1:
        return code
    if code.__class__ is not int or not 0 <= code < 0x110000 or 0xD800 <= code < 0xE000:
        raise bad_arg("char", 1, "a Unicode code point or a one-character string", code)
    return chr(code)


@builtin(
    "join", "coll", "separator coll", area=AREA, ns=STRING,
    doc="The items of a collection as text (as `str` makes it), with `separator` between them.",
    examples=[('(join ", " [1 nil :a])', '"1, , :a"'), ('(join ["a" "b"])', '"ab"')], see_also=("str", "interpose"),
)  # fmt: skip
def join(separator: Value, coll: Value = ABSENT) -> str:
    """`(join coll)`, `(join separator coll)`."""
    if coll is ABSENT:
        return "".join(_texts(seq(separator, "join")))
    if separator.__class__ is not str:
        hint = (
            "the separator comes first: (join separator coll)"
            if coll.__class__ is str
            else 'e.g. (join ", " coll)'
        )
        raise bad_arg("join", 1, "a separator string", separator, hint)
    return cast("str", separator).join(_texts(seq(coll, "join", 2)))


@builtin(
    "split", "s separator", "s separator limit", area=AREA, ns=STRING, clojure="DIV-50",
    doc=(
        'Parts of `s` between matches of a regex or a one-character string; "" splits into characters. Trailing empty parts '
        "are dropped unless a limit is given (a positive limit: at most that many parts)."
    ),
    examples=[('(split "a,b,,c,," #",")', '["a" "b" "" "c"]'), ('(split "a b c" #" " 2)', '["a" "b c"]')],
    see_also=("split-lines", "re-split", "join"),
)  # fmt: skip
def split(s: Value, separator: Value, limit: Value = 0) -> list[Value]:
    """`(split s separator limit?)`."""
    text = check_text(s, "split")
    most = check_index(limit, "split", 3)
    if separator.__class__ is Regex:
        pattern = cast("Regex", separator).pattern
    elif separator.__class__ is str:
        pattern = _separator_pattern(separator)
    else:
        raise bad_arg("split", 2, "a regex or a one-character string", separator, 'e.g. (split s #",")')
    parts = split_text(pattern, text, most)
    tick(len(parts))
    return parts


def _separator_pattern(separator: str) -> re.Pattern[str]:
    if grapheme_count(separator) > 1:
        pattern = re.escape(separator).replace("\\ ", " ")
        literal = quoted(pattern).replace("\\\\", "\\")
        raise bad_arg(
            "split", 2, "a regex or a one-character string", separator, f"write a regex: (split s #{literal})"
        )
    return re.compile(re.escape(separator))


def split_text(pattern: re.Pattern[str], text: str, limit: int = 0) -> list[Value]:
    """Java's split: `limit` 0 drops trailing empty parts, a negative one keeps them, a positive one bounds the parts."""
    if pattern.pattern == "":
        parts: list[Value] = _split_characters(text, limit)
    else:
        parts = []
        start = 0
        for match in pattern.finditer(text):
            if len(parts) == limit - 1:
                break
            if match.end() == 0:
                continue
            parts.append(text[start : match.start()])
            start = match.end()
        parts.append(text[start:])
    if limit == 0:
        while len(parts) > 1 and parts[-1] == "":
            parts.pop()
        if parts == [""] and text:
            parts.pop()
    return parts


def _split_characters(text: str, limit: int) -> list[Value]:
    found = graphemes(text)
    if 0 < limit <= len(found):
        return [*found[: limit - 1], "".join(found[limit - 1 :])]
    return [*found, ""]


@builtin(
    "re-split", "re s", area="regexes", ns=("regex",), clojure="extension",
    doc="Parts of `s` between matches of the regex, empty parts at the end included.",
    examples=[('(re-split #",\\s*" "a, b,")', '["a" "b" ""]')], see_also=("split",),
)  # fmt: skip
def re_split(regex: Value, s: Value) -> list[Value]:
    """`(re-split re s)`."""
    parts = split_text(check_regex(regex, "re-split"), check_text(s, "re-split", 2), -1)
    tick(len(parts))
    return parts


@builtin(
    "split-lines", "s", area=AREA, ns=STRING,
    doc="The lines of a text, without their ends; empty lines at the end are dropped.",
    examples=[(r'(split-lines "a\r\nb\n")', '["a" "b"]')],
)  # fmt: skip
def split_lines(s: Value) -> list[Value]:
    """`(split-lines s)`."""
    parts = split_text(_LINE_END, check_text(s, "split-lines"))
    tick(len(parts))
    return parts


@builtin(
    "trim", "s", area=AREA, ns=STRING, doc="`s` without white space at both ends.",
    examples=[('(trim "  hi ")', '"hi"')], see_also=("triml", "trimr", "trim-newline"),
)  # fmt: skip
def trim(s: Value) -> str:
    """`(trim s)`."""
    return check_text(s, "trim").strip()


@builtin(
    "triml", "s", area=AREA, ns=STRING, doc="`s` without white space at its start.", examples=[('(triml " hi ")', '"hi "')],
)  # fmt: skip
def triml(s: Value) -> str:
    """`(triml s)`."""
    return check_text(s, "triml").lstrip()


@builtin(
    "trimr", "s", area=AREA, ns=STRING, doc="`s` without white space at its end.", examples=[('(trimr " hi ")', '" hi"')],
)  # fmt: skip
def trimr(s: Value) -> str:
    """`(trimr s)`."""
    return check_text(s, "trimr").rstrip()


@builtin(
    "trim-newline", "s", area=AREA, ns=STRING, doc="`s` without newlines and carriage returns at its end.",
    examples=[(r'(trim-newline "hi\r\n")', '"hi"')],
)  # fmt: skip
def trim_newline(s: Value) -> str:
    """`(trim-newline s)`."""
    return check_text(s, "trim-newline").rstrip("\r\n")


@builtin(
    "upper-case", "s", area=AREA, ns=STRING, aliases=("upcase",), doc="`s` in capital letters.",
    examples=[('(upper-case "straße")', '"STRASSE"')], see_also=("lower-case", "capitalize"),
)  # fmt: skip
def upper_case(s: Value) -> str:
    """`(upper-case s)`."""
    return check_text(s, "upper-case").upper()


@builtin(
    "lower-case", "s", area=AREA, ns=STRING, aliases=("downcase",), doc="`s` in small letters.",
    examples=[('(lower-case "ABC")', '"abc"')], see_also=("upper-case",),
)  # fmt: skip
def lower_case(s: Value) -> str:
    """`(lower-case s)`."""
    return check_text(s, "lower-case").lower()


@builtin(
    "capitalize", "s", area=AREA, ns=STRING, doc="`s` with its first character in upper case and the rest in lower case.",
    examples=[('(capitalize "hELLO you")', '"Hello you"')], see_also=("upper-case",),
)  # fmt: skip
def capitalize(s: Value) -> str:
    """`(capitalize s)`."""
    text = check_text(s, "capitalize")
    first = grapheme_slice(text, 0, 1)
    return first.upper() + text[len(first) :].lower()


@builtin(
    "reverse", "s", area=AREA, ns=STRING, bare=False, doc="The characters of `s` in reverse order.",
    examples=[('(clojure.string/reverse "abc")', '"cba"')],
)  # fmt: skip
def reverse_text(s: Value) -> str:
    """`(clojure.string/reverse s)`. The bare `reverse` is about sequences."""
    return "".join(reversed(graphemes(check_text(s, "clojure.string/reverse"))))


@builtin(
    "name", "x", area=AREA, ns=CORE_STRING, doc="The text of a keyword or symbol without its colon or quote; a string is its own name.",
    examples=[("(name :total)", '"total"'), ('(name "x")', '"x"')], see_also=("keyword",),
)  # fmt: skip
def name(x: Value) -> str:
    """`(name x)`."""
    cls = x.__class__
    if cls is Keyword or cls is Symbol:
        return x.name
    if cls is str:
        return x
    raise bad_arg("name", 1, "a keyword, symbol or string", x, "use (str x) for the text of any value")


@builtin(
    "keyword", "x", area=AREA, doc="The keyword of that name; a keyword is returned as it is, nil gives nil.",
    examples=[('(keyword "total")', ":total"), ("(keyword nil)", "nil")], clojure="DIV-35", see_also=("name",),
)  # fmt: skip
def keyword(x: Value) -> Keyword | None:
    """`(keyword x)`."""
    cls = x.__class__
    if cls is Keyword or x is None:
        return x
    if cls is Symbol:
        x, cls = x.name, str
    if cls is not str:
        raise bad_arg("keyword", 1, "a string or keyword", x, "use (keyword (str x))")
    if _KEYWORD_NAME.fullmatch(x) is None:
        raise bad_arg(
            "keyword", 1, "a name of letters, digits and + - * < > = ? ! _", x,
            'strings can be map keys too: leave it a string, or (keyword (replace s " " "-"))',
        )  # fmt: skip
    return kw(x)


def _texts(items: list[Value]) -> list[str]:
    tick(len(items))
    return [item if item.__class__ is str else display(item) for item in items]
