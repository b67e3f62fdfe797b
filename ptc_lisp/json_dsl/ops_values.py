"""Operations on single values: kinds, maps, lists, numbers and texts."""

from __future__ import annotations

from ptc_lisp.json_dsl.table import Example, Field, Gives, Op, expr, text


def _maths(name: str, gives: float, doc: str) -> Op:
    return Op(name=name, group="numbers", fields=(expr("left"), expr("right")), gives="number", ref=f"dsl/{name}", doc=doc,
              example=Example({"op": name, "left": 10, "right": 4}, gives))  # fmt: skip


def _text(name: str, doc: str, value: str, *, of: str) -> Op:
    return Op(name=name, group="texts", fields=(expr("value"),), gives="text", ref=f"dsl/{name}", doc=doc, beyond=True,
              example=Example({"op": name, "value": of}, value))  # fmt: skip


def _combined(name: str, field: str, gives: Gives, doc: str, example: Example) -> Op:
    return Op(
        name=name, group="combining", fields=(Field(field, "exprs"),), gives=gives, doc=doc, example=example
    )


OPS: tuple[Op, ...] = (
    Op(name="keys", group="access", takes_input=True, gives="list", ref="dsl/keys", doc="The keys of the current map, sorted.",
       example=Example({"op": "keys"}, ["a", "b"], {"b": 1, "a": 2})),
    Op(name="typeof", group="access", takes_input=True, gives="text", ref="dsl/typeof",
       doc="The kind of the current value: object, list, string, number, boolean or null.",
       example=Example({"op": "typeof"}, "list", [1])),
    _combined("merge", "objects", "map", "One map of several; of equal keys the last wins.",
              Example({"op": "merge", "objects": [{"a": 1}, {"a": 2}]}, {"a": 2})),
    _combined("concat", "lists", "list", "One list of several.",
              Example({"op": "concat", "lists": [[1], [2]]}, [1, 2])),
    _combined("zip", "lists", "list", "The first items of several lists, then the second ones, as far as the shortest goes.",
              Example({"op": "zip", "lists": [[1, 2], ["a", "b"]]}, [[1, "a"], [2, "b"]])),
    _maths("add", 14, "The sum of two numbers."),
    _maths("sub", 6, "The difference of two numbers."),
    _maths("mul", 40, "The product of two numbers."),
    _maths("div", 2.5, "The quotient of two numbers; dividing by zero is an error."),
    Op(name="pct", group="numbers", fields=(expr("part"), expr("whole")), gives="number", ref="dsl/pct",
       doc="How many percent of the whole the part is; a zero whole is an error.",
       example=Example({"op": "pct", "part": 1, "whole": 4}, 25.0)),
    Op(name="round", group="numbers", fields=(expr("value"), Field("precision", "precision", required=False, default=0)),
       gives="number", ref="dsl/round", doc="A number rounded to so many decimals.",
       example=Example({"op": "round", "value": 2.345, "precision": 1}, 2.3)),
    _text("lower", "The text in lower case.", "abc", of="AbC"),
    _text("upper", "The text in upper case.", "ABC", of="AbC"),
    _text("trim", "The text without blanks around it.", "a", of=" a "),
    Op(name="text", group="texts", fields=(Field("parts", "exprs"),), gives="text", beyond=True,
       doc="One text of several values.",
       example=Example({"op": "text", "parts": ["n=", 5]}, "n=5")),
    Op(name="split", group="texts", fields=(expr("value"), text("separator")), gives="list", ref="dsl/split", beyond=True,
       doc="The parts of a text between separators.",
       example=Example({"op": "split", "value": "a,b", "separator": ","}, ["a", "b"])),
    Op(name="join_text", group="texts", fields=(expr("value"), text("separator")), gives="text", ref="dsl/join-text",
       beyond=True, doc="The items of a list as one text with a separator between them.",
       example=Example({"op": "join_text", "value": ["a", "b"], "separator": "-"}, "a-b")),
    Op(name="replace", group="texts", fields=(expr("value"), text("find"), text("with")), gives="text", ref="dsl/replace",
       beyond=True, doc="The text with every occurrence of a part replaced.",
       example=Example({"op": "replace", "value": "a-b", "find": "-", "with": "+"}, "a+b")),
)  # fmt: skip
