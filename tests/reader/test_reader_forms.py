"""What programs read as: each literal, each collection, each prefix, with its place."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from ptc_lisp.reader import read
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    RegexForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VarForm,
    VectorForm,
)

_COLLECTIONS = {ListForm: "()", VectorForm: "[]", MapForm: "{}", SetForm: "#{}", ShortFnForm: "#()"}


def show(form: Form) -> Any:
    """A form as plain data: symbols and keywords as text, collections as a list that starts with its brackets."""
    match form:
        case SymbolForm(name=name, ns=ns):
            return ("sym", name) if ns is None else ("sym", ns, name)
        case KeywordForm(name=name):
            return f":{name}"
        case LiteralForm(value=value):
            return ("str", value) if isinstance(value, str) else value
        case RegexForm(pattern=pattern):
            return ("re", pattern)
        case QuoteForm(form=inner):
            return ("'", show(inner))
        case VarForm(symbol=symbol):
            return ("#'", show(symbol))
        case _:
            return [_COLLECTIONS[type(form)], *map(show, form.items)]


ATOMS: list[tuple[str, Any]] = [
    ("nil", None),
    ("true", True),
    ("false", False),
    ("nil?", ("sym", "nil?")),
    ("trueish", ("sym", "trueish")),
    ("0", 0),
    ("-17", -17),
    ("+5", 5),
    ("0012", 12),
    ("9" * 100, int("9" * 100)),
    ("-" + "9" * 100, -int("9" * 100)),
    ("1.5", 1.5),
    ("2e3", 2000.0),
    ("1.5e-3", 0.0015),
    ("6.02E23", 6.02e23),
    ("1." + "0" * 200, 1.0),
    ("##Inf", math.inf),
    ("##-Inf", -math.inf),
    ('""', ("str", "")),
    (r'"a\tb\nc\rd\\e\"f"', ("str", 'a\tb\nc\rd\\e"f')),
    (r'"\d\x\0\b"', ("str", r"\d\x\0\b")),
    (r'"\u00e9\u0041"', ("str", "éA")),
    (r'"\ud83d\ude00"', ("str", "😀")),
    (r'"\ufffd"', ("str", "\ufffd")),
    (r'"\u12"', ("str", r"\u12")),
    ('"two\nlines"', ("str", "two\nlines")),
    ('"naïve ☕ ; [ ("', ("str", "naïve ☕ ; [ (")),
    (r"\a", ("str", "a")),
    (r"\newline", ("str", "\n")),
    (r"\space", ("str", " ")),
    (r"\tab", ("str", "\t")),
    (r"\u", ("str", "u")),
    (r"\u0041", ("str", "A")),
    (r"\(", ("str", "(")),
    ("\\é", ("str", "é")),
    ("\\😀", ("str", "😀")),
    (":a", ":a"),
    (":1", ":1"),
    (":kebab-case?", ":kebab-case?"),
    (":a_b*!<=>+", ":a_b*!<=>+"),
    (r'#"\d+"', ("re", r"\d+")),
    (r'#"\\d"', ("re", r"\d")),
    (r'#"\"q\" \u0041"', ("re", r'"q" \u0041')),
    ("+", ("sym", "+")),
    ("-", ("sym", "-")),
    ("->>", ("sym", "->>")),
    ("-a", ("sym", "-a")),
    ("+'", ("sym", "+'")),
    ("a'", ("sym", "a'")),
    ("*1", ("sym", "*1")),
    ("%", ("sym", "%")),
    ("%&", ("sym", "%&")),
    ("&", ("sym", "&")),
    ("/", ("sym", "/")),
    ("/x", ("sym", "/x")),
    ("x/", ("sym", "x/")),
    ("a/b", ("sym", "a", "b")),
    ("a/b/c", ("sym", "a", "b/c")),
    ("java.util.Date.", ("sym", "java.util.Date.")),
    (".toUpperCase", ("sym", ".toUpperCase")),
    ("a.b", ("sym", "a.b")),
]

COLLECTIONS: list[tuple[str, Any]] = [
    ("()", ["()"]),
    ("[]", ["[]"]),
    ("{}", ["{}"]),
    ("#{}", ["#{}"]),
    ("#()", ["#()"]),
    ("[1, 2,, 3]", ["[]", 1, 2, 3]),
    ("{:a 1, :b 2,}", ["{}", ":a", 1, ":b", 2]),
    ("(f[1]{:a 2})", ["()", ("sym", "f"), ["[]", 1], ["{}", ":a", 2]]),
    (r"[\a\b]", ["[]", ("str", "a"), ("str", "b")]),
    (r"[\[\]]", ["[]", ("str", "["), ("str", "]")]),
    ('["a""b"]', ["[]", ("str", "a"), ("str", "b")]),
    ('{"a" :b}', ["{}", ("str", "a"), ":b"]),
    ("#(+ % %2)", ["#()", ("sym", "+"), ("sym", "%"), ("sym", "%2")]),
    ("'x", ("'", ("sym", "x"))),
    ("'crm/find", ("'", ("sym", "crm", "find"))),
    ("'(1 [2])", ("'", ["()", 1, ["[]", 2]])),
    ("''x", ("'", ("'", ("sym", "x")))),
    ("'#_ 1 2", ("'", 2)),
    ("(f a' 'b)", ["()", ("sym", "f"), ("sym", "a'"), ("'", ("sym", "b"))]),
    ("(f 'a 'b)", ["()", ("sym", "f"), ("'", ("sym", "a")), ("'", ("sym", "b"))]),
    ("#'inc", ("#'", ("sym", "inc"))),
    ("^:private x", ("sym", "x")),
    ("^{:doc 1} [2]", ["[]", 2]),
    ("^String s", ("sym", "s")),
    ('^"String" s', ("sym", "s")),
    ("^:a ^:b x", ("sym", "x")),
    ("[#_ 1 2]", ["[]", 2]),
    ("[1 #_2]", ["[]", 1]),
    ("[#_#_ 1 2 3]", ["[]", 3]),
    ("[#_(a (b)) #_ #_ 1 2]", ["[]"]),
    ("{#_ 1 :a #_ 2 :b #_ 3}", ["{}", ":a", ":b"]),
    ("#{#_ 1 2}", ["#{}", 2]),
    ("(f) ; end", ["()", ("sym", "f")]),
    ("[1 ; one ]\n2]", ["[]", 1, 2]),
    ("\ufeff[1\u00a02\u200b]", ["[]", 1, 2]),
]


@pytest.mark.parametrize(("text", "expected"), ATOMS + COLLECTIONS)
def test_one_form(text: str, expected: Any) -> None:
    (form,) = read(text)
    shown = show(form)
    assert shown == expected
    assert type(shown) is type(expected)


def test_nan_reads_as_nan() -> None:
    (form,) = read("##NaN")
    assert isinstance(form, LiteralForm)
    assert math.isnan(form.value)


def test_minus_zero_keeps_its_sign() -> None:
    (form,) = read("-0.0")
    assert isinstance(form, LiteralForm)
    assert math.copysign(1, form.value) == -1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ,\n", []),
        ("; only a comment", []),
        ("#_ 1", []),
        ("1 2", [1, 2]),
        (")))", []),
        ("1))) 2 ]}", [1, 2]),
        ("(f)) #_ x )", [["()", ("sym", "f")]]),
        ("(])", [["()"]]),
        ('(f (g "a" ]\n))', [["()", ("sym", "f"), ["()", ("sym", "g"), ("str", "a")]]]),
        ("{:a ) 3 ]}", [["{}", ":a", 3]]),
    ],
)
def test_programs(text: str, expected: list[Any]) -> None:
    assert [show(form) for form in read(text)] == expected


def places(form: Form, text: str) -> list[str]:
    """The source of a form and of all forms within, by their places."""
    inner: tuple[Form, ...] = getattr(form, "items", ())
    if isinstance(form, QuoteForm):
        inner = (form.form,)
    if isinstance(form, VarForm):
        inner = (form.symbol,)
    return [text[form.start : form.end], *(part for item in inner for part in places(item, text))]


def test_places_are_exact() -> None:
    text = '; é\n(defn f [x]  {:a "é"\n #(g \'y #\'z) #"r"} )'
    (form,) = read(text)
    assert places(form, text) == [
        text[4:], "defn", "f", "[x]", "x", "{:a \"é\"\n #(g 'y #'z) #\"r\"}", ":a", '"é"', "#(g 'y #'z)", "g", "'y",
        "y", "#'z", "z", '#"r"',
    ]  # fmt: skip


def test_a_form_with_metadata_has_its_own_place() -> None:
    (form,) = read("^:key [1]")
    assert (form.start, form.end) == (6, 9)


def test_forms_are_immutable_and_travel() -> None:
    (form,) = read('(f {:a [1 2.5 "s" nil]} #{\'x})')
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(form), type=Form) == form
    with pytest.raises(AttributeError):
        form.start = 1  # pyright: ignore[reportAttributeAccessIssue] - that it cannot be set is the point
