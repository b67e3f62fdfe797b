"""Random programs from the grammar of the language, and random damage to their text. Deterministic by seed."""

from __future__ import annotations

import random
from collections.abc import Callable

import ptc_lisp.builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.values.functions import Builtin

assert ptc_lisp.builtins

_BUILTINS = [entry for entry in REGISTRY.bare.values() if isinstance(entry, Builtin)]
_QUALIFIED = [
    (f"{space}/{name}", entry)
    for (space, name), entry in REGISTRY.qualified.items()
    if isinstance(entry, Builtin) and name not in REGISTRY.bare
]
_CALLS = [*[(entry.name, entry) for entry in _BUILTINS], *_QUALIFIED]
_OF_TWO = [name for name, entry in _CALLS if entry.takes(2)]
_SCALARS = [
    "nil", "true", "false", "0", "1", "-1", "2", "3", "7", "42", "-3.5", "0.0", "-0.0", "1.5", "1e300", "##Inf", "##-Inf",
    "##NaN", "9223372036854775808", "-170141183460469231731687303715884105729", '""', '"a"', '"abc"', '"a,b;c"', '"12"',
    '"-4.5"', '"é👍🏽"', '"%s-%d"', '"%5.2f"', '"{\\"a\\": [1, null]}"', '"2024-02-30"', '"2024-02-29T10:00:00Z"',
    '"line\\nline"', ":a", ":b", ":unit-price", ":keys", '#"a+"', '#"(\\w)(\\d)?"', "'sym", "'ns/sym", "[]", "{}", "#{}",
    "'(1 a)",
]  # fmt: skip
_FUNCTIONS = [
    "inc", "dec", "str", "identity", "first", "count", "even?", "odd?", "pos?", "nil?", ":a", "#{1 :a}", "{:a 1}", "[1 2]",
    "+", "*", "max", "vector", "hash-map", "conj", "assoc", "merge", "compare", "<", "=", "(constantly 1)", "(partial + 1)",
    "(comp str inc)", "(juxt first last)", "(fnil inc 0)", "(complement nil?)", "(memoize inc)", "(every-pred some?)",
    "(some-fn :a :b)", "(comparator <)", "tool/echo", "keyword", "name", "parse-long", "keys", "vals", "reverse", "sort",
]  # fmt: skip
_COLLECTIONS = [
    "[1 2 3]", "[3 1 2 1]", '["b" "a"]', "[[1 2] [3 4]]", "[{:a 1 :b 2} {:a 2}]", "{:a 1 :b {:c [1]}}", '{"a" 1 :b nil}',
    "#{1 2 3}", "#{:a}", "(range 5)", "nil", '"hello"', "(list 1 [2])", "data/rows", "data/big", "(range)", "(iterate inc 1)",
    "(cycle [1 2])", "(repeat 3 :x)", "{1 :one 1.0 :uno}", "(vec (range 40))", "(zipmap (range 40) (range))", "[nil]",
    "(map inc (range))", "(take 3 (range))",
]  # fmt: skip
_FITTING: dict[str, list[str]] = {
    "functions": _FUNCTIONS, "collections": _COLLECTIONS, "counts": ["0", "1", "2", "-1", "5", "100"],
    "texts": [text for text in _SCALARS if text.startswith('"')],
}  # fmt: skip
_KINDS = {
    **dict.fromkeys(
        ["f", "pred", "fs", "ps", "fns", "p", "g", "inner", "outer", "branch?", "children"], "functions"
    ),
    **dict.fromkeys(["selector", "comparator"], "functions"),
    **dict.fromkeys(
        ["coll", "colls", "coll1", "coll2", "m", "maps", "ks", "vector", "sets", "s", "rel", "from"],
        "collections",
    ),
    **dict.fromkeys(["root", "form", "smap", "init"], "collections"),
    **dict.fromkeys(["n", "index", "start", "end", "step", "limit", "group", "days", "x", "y"], "counts"),
    **dict.fromkeys(
        ["s", "prefix", "suffix", "part", "fmt", "separator", "query", "match", "replacement", "pattern"],
        "texts",
    ),
}
_PATTERNS = [
    "{}", "[{} b]", "[{} & more]", "[{} :as all]", "{{:keys [{} k2]}}", "{{:keys [{}] :or {{{} 1}} :as m}}", "{{{} :a}}",
    "[[{}] {{:strs [q]}}]", "{{[{}] :b}}", "[{} & [c & d]]",
]  # fmt: skip


class Writer:
    """Writes one random program."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.names: list[str] = []
        self.functions: list[tuple[str, int]] = []
        self.count = 0

    def program(self) -> str:
        forms = [self.definition() for _ in range(self.rng.randrange(3))]
        forms += [self.expr(self.rng.randrange(2, 6)) for _ in range(self.rng.randrange(1, 3))]
        return "\n".join(forms)

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def definition(self) -> str:
        name = self.fresh()
        if self.rng.randrange(3) == 0:
            text = f"(def {name} {self.expr(2)})"
            self.names.append(name)
            return text
        params = [self.fresh() for _ in range(self.rng.randrange(4))]
        self.functions.append((name, len(params)))
        body = self.within(params, lambda: self.expr(3))
        rest = self.rng.choice(["", "", "", f" & {self.fresh()}", f" & {{:keys [{self.fresh()}]}}"])
        if self.rng.randrange(4) == 0:
            return f"(defn {name} ([{' '.join(params)}] {body}) ([{' '.join([*params, 'z'])} & zs] [z zs]))"
        return f"(defn {name} [{' '.join(params)}{rest}] {body})"

    def within(self, names: list[str], write: Callable[[], str]) -> str:
        before = len(self.names)
        self.names += names
        text = write()
        del self.names[before:]
        return text

    def expr(self, depth: int) -> str:
        if depth <= 0 or self.rng.random() < 0.1:
            return self.leaf()
        return self.rng.choice(_SHAPES)(self, depth - 1)

    def leaf(self) -> str:
        if self.names and self.rng.random() < 0.5:
            return self.rng.choice(self.names)
        return self.rng.choice(self.rng.choice([_SCALARS, _SCALARS, _COLLECTIONS, _FUNCTIONS]))

    def fitting(self, kind: str | None, depth: int) -> str:
        if kind == "functions" and self.rng.random() < 0.5:
            return self.fn(depth)
        if kind is None or self.rng.random() < 0.35:
            return self.expr(depth)
        return self.rng.choice(_FITTING[kind])

    def call(self, depth: int) -> str:
        name, entry = self.rng.choice(_CALLS)
        usage = self.rng.choice(entry.params).replace("&", "").split() if entry.params else []
        if "&" in self.rng.choice(entry.params or ("",)):
            usage += usage[-1:] * self.rng.randrange(3)
        if self.rng.random() < 0.01:
            usage = usage[1:]
        return f"({' '.join([name, *[self.fitting(_KINDS.get(param), depth) for param in usage]])})"

    def fn(self, depth: int, arity: int = 1) -> str:
        match self.rng.randrange(5):
            case 0:
                return f"#({self.rng.choice(['str', 'vector', '+', 'conj', 'get'])} % {self.leaf()})"
            case 1:
                return self.rng.choice(_FUNCTIONS)
            case 2:
                name = self.fresh()
                return f"(fn [& {name}] {self.within([name], lambda: self.expr(depth))})"
            case _:
                names = [self.fresh() for _ in range(self.rng.choice([arity, arity, arity, arity, 1, 2, 3]))]
                params = [self.pattern(name) for name in names]
                own = self.rng.choice(["", "", f"{self.fresh()} "])
                return f"(fn {own}[{' '.join(params)}] {self.within(names, lambda: self.expr(depth))})"

    def pattern(self, name: str) -> str:
        if self.rng.random() < 0.65:
            return name
        shape = self.rng.choice(_PATTERNS)
        return shape.format(*[name] * shape.count("{}"))

    def let(self, depth: int) -> str:
        head = self.rng.choice(
            ["let", "let", "let", "if-let", "when-let", "if-some", "when-some", "when-first"]
        )
        name = self.fresh()
        value = self.expr(depth)
        body = self.within([name], lambda: self.expr(depth))
        other = f" {self.expr(depth)}" if head.startswith("if") and self.rng.randrange(2) else ""
        pattern = name if head == "when-first" else self.pattern(name)
        return f"({head} [{pattern} {value}] {body}{other})"

    def loop(self, depth: int) -> str:
        i, acc = self.fresh(), self.fresh()
        step = self.within([i, acc], lambda: self.expr(depth))
        start, done = self.expr(depth), self.within([i, acc], self.leaf)
        turns = self.rng.choice(["3", "10", "60"])
        return f"(loop [{i} 0 {acc} {start}] (if (< {i} {turns}) (recur (inc {i}) {step}) {done}))"

    def each(self, depth: int) -> str:
        name, other = self.fresh(), self.fresh()
        source = self.fitting("collections", depth)
        more = self.rng.choice(
            ["", f" :when {self.expr(depth)}", f" :let [{other} {self.leaf()}]", " :while true"]
        )
        more += self.rng.choice(["", "", f" {other} {self.rng.choice(_COLLECTIONS)}"])
        body = self.within([name], lambda: self.expr(depth))
        return f"({self.rng.choice(['for', 'for', 'doseq'])} [{self.pattern(name)} {source}{more}] {body})"

    def branch(self, depth: int) -> str:
        sub = lambda: self.expr(depth)  # noqa: E731 - the shapes below read best with a short word
        return self.rng.choice(
            [
                lambda: f"(if {sub()} {sub()} {sub()})",
                lambda: f"(cond {sub()} {sub()} :else {sub()})",
                lambda: f'(case {sub()} 1 {sub()} (:a "a" nil) {sub()} [1 2] {sub()} {sub()})',
                lambda: f"(condp = {sub()} {sub()} {sub()} {sub()})",
                lambda: f"(and {sub()} {sub()})",
                lambda: f"(or {sub()} {sub()})",
                lambda: f"(when-not {sub()} {sub()})",
                lambda: f"(do {sub()} {sub()})",
            ]
        )()

    def thread(self, depth: int) -> str:
        arrow = self.rng.choice(["->", "->>", "some->", "some->>"])
        steps = [
            self.rng.choice(
                ["inc", "str", "count", ":a", "first", "(map inc)", "(conj 1)", "(assoc :a 1)", "(take 2)"]
            )
        ]
        name = self.rng.choice(_OF_TWO)
        steps.append(f"({name} {self.leaf()})")
        if self.rng.randrange(3) == 0:
            return f"(cond-> {self.expr(depth)} {self.leaf()} {steps[0]} true {steps[1]})"
        if self.rng.randrange(4) == 0:
            return f"(as-> {self.expr(depth)} $x [$x $x])".replace("$x", self.fresh())
        return f"({arrow} {self.expr(depth)} {' '.join(steps)})"

    def collection(self, depth: int) -> str:
        items = [self.expr(depth) for _ in range(self.rng.randrange(4))]
        match self.rng.randrange(4):
            case 0:
                return f"{{{' '.join(f':k{i} {item}' for i, item in enumerate(items))}}}"
            case 1:
                return f"(hash-set {' '.join(items)})"
            case 2:
                return f"{{{self.expr(depth)} {self.leaf()}}}"
            case _:
                return f"[{' '.join(items)}]"

    def own(self, depth: int) -> str:
        if not self.functions:
            return self.call(depth)
        name, count = self.rng.choice(self.functions)
        return f"({' '.join([name, *[self.expr(depth) for _ in range(count)]])})"

    def over(self, depth: int) -> str:
        source = self.fitting("collections", depth)
        verb = self.rng.choice(
            ["map", "filter", "remove", "mapcat", "keep", "sort-by", "group-by", "some", "every?", "take-while", "max-by", "reduce",
             "sort", "reductions", "partition-by", "update-vals", "map-indexed", "pmap", "run!", "iterate", "tree-seq", "apply"]
        )  # fmt: skip
        extra = f" {self.fn(depth)}" if verb == "tree-seq" else ""
        arity = 2 if verb in {"reduce", "sort", "reductions", "map-indexed"} else 1
        return f"({verb} {self.fn(depth, arity)}{extra} {source})"

    def effect(self, depth: int) -> str:
        return self.rng.choice(
            [
                lambda: f"(println {self.expr(depth)})",
                lambda: f"(tool/echo {{:a {self.expr(depth)}}})",
                lambda: f"(tool/echo {self.expr(depth)})",
                lambda: f"(return {self.expr(depth)})",
                lambda: f"(fail {self.expr(depth)})",
                lambda: f"(def g{self.rng.randrange(3)} {self.expr(depth)})",
                lambda: f"(task {self.leaf()} {self.expr(depth)})",
                lambda: (
                    f"(reduce (fn [a x] (if {self.leaf()} (reduced x) (conj a x))) [] {self.expr(depth)})"
                ),
                lambda: f"(letfn [(lf [n] (if (pos? n) (lf (dec n)) {self.leaf()}))] (lf 3))",
                lambda: (
                    f"((fn me [n] (if (and (int? n) (< 0 n 9)) (me (dec n)) {self.leaf()})) {self.expr(depth)})"
                ),
                lambda: (
                    f"((fn [n] (if (and (int? n) (< 0 n 9)) (recur (dec n)) {self.leaf()})) {self.expr(depth)})"
                ),
                lambda: f"(dotimes [i {self.leaf()}] {self.leaf()})",
                lambda: f"(doto {self.expr(depth)} (println))",
                lambda: f"({self.expr(depth)} {self.expr(depth)})",
            ]
        )()


_SHAPES: list[Callable[[Writer, int], str]] = [
    Writer.call, Writer.call, Writer.call, Writer.call, Writer.over, Writer.over, Writer.let, Writer.let, Writer.loop,
    Writer.each, Writer.branch, Writer.thread, Writer.collection, Writer.own, Writer.effect, Writer.fn,
]  # fmt: skip

_NOISE = [
    *"()[]{}#'\"\\;:%&@^~`,.0-/ \n\t\x00é👍",
    "#(",
    "#{",
    '#"',
    "##Inf",
    "#_",
    "nil",
    "recur",
    "%2",
    "\\u12",
    "1e9999",
]


def program(seed: int) -> str:
    """A well-formed program; its calls need not make sense."""
    return Writer(seed).program()


def damaged(seed: int) -> str:
    """The text of a program with a few characters lost, added or moved."""
    rng = random.Random(seed ^ 0x5EED)
    text = program(seed)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        far = min(len(text), at + rng.randrange(1, 6))
        match rng.randrange(4):
            case 0:
                text = text[:at] + text[far:]
            case 1:
                text = text[:at] + rng.choice(_NOISE) + text[at:]
            case 2:
                text = text[:far] + text[at:]
            case _:
                there = rng.randrange(len(text) + 1)
                text = text[:there] + text[at:far] + text[there:]
    return text
