"""Strings: looking for parts and replacing them."""

from __future__ import annotations

import re
from collections.abc import Callable

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg, seq, type_fault
from ptc_lisp.builtins.texts import STRING, check_index, check_text, match_value
from ptc_lisp.values.collections import flex_get
from ptc_lisp.values.functions import as_fn, is_fn
from ptc_lisp.values.persistent import is_map, is_vector, vec_list
from ptc_lisp.values.printing import brief, display
from ptc_lisp.values.strings import grapheme_index, grapheme_offset, graphemes
from ptc_lisp.values.types import ABSENT, Regex, Value

AREA = "strings"

_TEMPLATE = re.compile(r"\\(.)|\$(\d+)|\$\{(\w+)\}|([^\\$]+)|(.)", re.DOTALL)


@builtin(
    "blank?", "s", area=AREA, ns=STRING, doc="Whether `s` is nil, empty or only white space.",
    examples=[('(blank? " ")', "true"), ("(blank? nil)", "true"), ('(blank? "a")', "false")], see_also=("empty?",),
)  # fmt: skip
def blank(s: Value) -> bool:
    """`(blank? s)`."""
    return s is None or not check_text(s, "blank?").strip()


@builtin(
    "starts-with?", "s prefix", area=AREA, ns=STRING, doc="Whether `s` starts with `prefix`.",
    examples=[('(starts-with? "yellow" "ye")', "true")], see_also=("ends-with?", "includes?"),
)  # fmt: skip
def starts_with(s: Value, prefix: Value) -> bool:
    """`(starts-with? s prefix)`."""
    return check_text(s, "starts-with?").startswith(check_text(prefix, "starts-with?", 2))


@builtin(
    "ends-with?", "s suffix", area=AREA, ns=STRING, doc="Whether `s` ends with `suffix`.",
    examples=[('(ends-with? "yellow" "ow")', "true")], see_also=("starts-with?", "includes?"),
)  # fmt: skip
def ends_with(s: Value, suffix: Value) -> bool:
    """`(ends-with? s suffix)`."""
    return check_text(s, "ends-with?").endswith(check_text(suffix, "ends-with?", 2))


@builtin(
    "includes?", "s part", area=AREA, ns=STRING, doc="Whether `part` occurs in `s`.",
    examples=[('(includes? "hello" "ell")', "true")], see_also=("index-of", "re-find", "contains?"),
)  # fmt: skip
def includes(s: Value, part: Value) -> bool:
    """`(includes? s part)`."""
    if is_vector(s):
        raise bad_arg(
            "includes?", 1, "a string", s, "for a collection use (some #{x} coll) or (contains? set x)"
        )
    return check_text(part, "includes?", 2) in check_text(s, "includes?")


@builtin(
    "index-of", "s part", "s part from", area=AREA, ns=STRING,
    doc="The index of the first `part` in `s` at or after `from`; nil when there is none.",
    examples=[('(index-of "hello" "l")', "2"), ('(index-of "hello" "z")', "nil")], see_also=("last-index-of", "includes?"),
)  # fmt: skip
def index_of(s: Value, part: Value, start: Value = 0) -> int | None:
    """`(index-of s part from?)`."""
    text, wanted = check_text(s, "index-of"), check_text(part, "index-of", 2)
    return first_index(text, wanted, check_index(start, "index-of", 3))


@builtin(
    "last-index-of", "s part", "s part from", area=AREA, ns=STRING,
    doc="The index of the last `part` in `s` that starts at or before `from`; nil when there is none.",
    examples=[('(last-index-of "yellow" "l")', "3"), ('(last-index-of "yellow" "l" 2)', "2")], see_also=("index-of",),
)  # fmt: skip
def last_index_of(s: Value, part: Value, start: Value = ABSENT) -> int | None:
    """`(last-index-of s part from?)`."""
    text, wanted = check_text(s, "last-index-of"), check_text(part, "last-index-of", 2)
    if start is ABSENT:
        found = text.rfind(wanted)
    else:
        last = check_index(start, "last-index-of", 3)
        found = -1 if last < 0 else text.rfind(wanted, 0, grapheme_offset(text, last) + len(wanted))
    return None if found < 0 else grapheme_index(text, found)


def first_index(text: str, wanted: str, start: int) -> int | None:
    """The cluster index of the first `wanted` at or after cluster `start` (clamped at 0), or None."""
    found = text.find(wanted, grapheme_offset(text, max(0, start)))
    return None if found < 0 else grapheme_index(text, found)


# --- replacing -------------------------------------------------------------------------------------------------------


@builtin(
    "replace", "s match replacement", "smap coll", area=AREA, ns=("clojure.core", "clojure.string"),
    doc=(
        "With three arguments: `s` with every match (a string or a regex) replaced. For a regex the replacement may hold $1 for a "
        "group, or be a function of the match. With two: a collection whose items that are keys of `smap` (found as `get` finds "
        "them) are replaced."
    ),
    examples=[
        ('(replace "a-b" "-" "+")', '"a+b"'),
        (r'(replace "John Smith" #"(\w+) (\w+)" "$2 $1")', '"Smith John"'),
        ('(replace "a1b22" #"[0-9]+" (fn [d] (str "<" d ">")))', '"a<1>b<22>"'),
        ("(replace {1 :one} [1 2 1])", "[:one 2 :one]"),
    ],
    see_also=("replace-first", "escape"),
)  # fmt: skip
def replace(s: Value, match: Value, replacement: Value = ABSENT) -> Value:
    """`(replace s match replacement)`, `(replace smap coll)`."""
    if replacement is ABSENT:
        return _replace_items(s, match)
    return _replace(s, match, replacement, "replace", 0)


@builtin(
    "replace-first", "s match replacement", area=AREA, ns=STRING, doc="Like `replace`, but only the first match.",
    examples=[('(replace-first "a-b-c" "-" "+")', '"a+b-c"')], see_also=("replace",),
)  # fmt: skip
def replace_first(s: Value, match: Value, replacement: Value) -> str:
    """`(replace-first s match replacement)`."""
    return _replace(s, match, replacement, "replace-first", 1)


@builtin(
    "escape", "s cmap", area=AREA, ns=STRING,
    doc="`s` with each character replaced by what `cmap` (a map or function) gives for it; nil and false leave it.",
    examples=[('(escape "a<b" {"<" "&lt;"})', '"a&lt;b"')], see_also=("replace",),
)  # fmt: skip
def escape(s: Value, cmap: Value) -> str:
    """`(escape s cmap)`."""
    chars = graphemes(check_text(s, "escape"))
    tick(len(chars))
    fn = as_fn(cmap, 1, "escape")
    out: list[str] = []
    for char in chars:
        new = fn(char)
        out.append(char if new is None or new is False else display(new))
    return "".join(out)


@builtin(
    "re-quote-replacement", "s", area=AREA, ns=STRING,
    doc="`s` as a replacement that stands for itself: `$` and backslashes lose their meaning.",
    examples=[('(replace "cost 5" #"[0-9]" (re-quote-replacement "$1"))', '"cost $1"')], see_also=("replace",),
)  # fmt: skip
def re_quote_replacement(s: Value) -> str:
    """`(re-quote-replacement s)`."""
    return re.sub(r"([\\$])", r"\\\1", check_text(s, "re-quote-replacement"))


def _replace_items(smap: Value, coll: Value) -> list[Value]:
    if smap.__class__ is str:
        raise type_fault("replace: a replacement is missing", "(replace s match replacement)")
    items = seq(coll, "replace", 2)
    tick(len(items))
    if smap is None:
        return items
    if is_map(smap):
        return [flex_get(smap, item, item) for item in items]
    if not is_vector(smap):
        raise bad_arg("replace", 1, "a map (or vector) of replacements", smap)
    news = vec_list(smap)
    return [news[item] if item.__class__ is int and 0 <= item < len(news) else item for item in items]


def _replace(s: Value, match: Value, replacement: Value, who: str, count: int) -> str:
    """`count` 0 means all."""
    text = check_text(s, who)
    if match.__class__ is str:
        if replacement.__class__ is not str:
            hint = (
                "a replacement function needs a regex as match"
                if is_fn(replacement)
                else "convert it with (str x)"
            )
            raise bad_arg(who, 3, "a string", replacement, hint)
        return text.replace(match, replacement, count or -1)
    if match.__class__ is not Regex:
        hint = 'for several replacements chain them: (-> s (replace "a" "b") ...)' if is_map(match) else None
        raise bad_arg(who, 2, "a string or a regex", match, hint)
    if replacement.__class__ is str:
        expand = _expander(match.pattern, replacement, who)
    else:
        expand = _caller(replacement, who)
    return _substituted(match.pattern, text, expand, count)


def _substituted(
    pattern: re.Pattern[str], text: str, expand: str | Callable[[re.Match[str]], str], count: int
) -> str:
    if isinstance(expand, str):
        return pattern.sub(expand, text, count=count)
    # Not by `sub`: a function of the program must not be called from C code.
    out: list[str] = []
    start = done = 0
    for match in pattern.finditer(text):
        out.append(text[start : match.start()])
        out.append(expand(match))
        start = match.end()
        done += 1
        if done == count:
            break
    tick(done)
    out.append(text[start:])
    return "".join(out)


def _caller(replacement: Value, who: str) -> Callable[[re.Match[str]], str]:
    fn = as_fn(replacement, 1, who)

    def expand(match: re.Match[str]) -> str:
        found = match_value(match)
        new = fn(found)
        if new is None:
            raise type_fault(
                f"{who}: the replacement function gave nil for {brief(found)}",
                "it must give a string; with groups its argument is a vector [whole group1 ...]",
            )
        return display(new)

    return expand


def _expander(pattern: re.Pattern[str], template: str, who: str) -> str | Callable[[re.Match[str]], str]:
    """A Java replacement template as a constant for `re.sub` (no `$` or backslash in it) or a function of the match."""
    if "$" not in template and "\\" not in template:
        return template
    parts = _template_parts(pattern, template, who)
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts).replace("\\", "\\\\")

    def expand(match: re.Match[str]) -> str:
        return "".join(part if isinstance(part, str) else match[part] or "" for part in parts)

    return expand


def _template_parts(pattern: re.Pattern[str], template: str, who: str) -> list[str | int]:
    parts: list[str | int] = []
    for found in _TEMPLATE.finditer(template):
        literal, number, name, plain, stray = found.groups()
        if stray is not None:
            raise type_fault(
                f"{who}: argument 3 has a {stray} that is no group reference: {brief(template)}",
                "write \\\\$ for a dollar sign, or wrap it: (re-quote-replacement s)",
            )
        if number is not None:
            group, rest = _group_number(pattern, number, who)
            parts.append(group)
            parts.append(rest)
        elif name is not None:
            if name not in pattern.groupindex:
                raise type_fault(f"{who}: the regex has no group named {name}")
            parts.append(pattern.groupindex[name])
        else:
            parts.append(plain if literal is None else literal)
    return [part for part in parts if part != ""]


def _group_number(pattern: re.Pattern[str], digits: str, who: str) -> tuple[int, str]:
    """As many digits as still name a group, and the rest as text."""
    length = len(digits)
    while length > 1 and int(digits[:length]) > pattern.groups:
        length -= 1
    group = int(digits[:length])
    if group > pattern.groups:
        raise type_fault(
            f"{who}: ${group} in argument 3 names a group, but the regex has {pattern.groups}",
            "put (...) around the part to keep, or write \\\\$ for a dollar sign",
        )
    return group, digits[length:]
