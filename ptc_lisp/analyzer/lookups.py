"""Whether what a program looks up in tables of data is there at all.

A key that no row has gives nil, and a value that no row has an empty list, both without an error. Models trust the zero
that comes of it. The program is read, not run: rows are followed from `data/name` through filters, sorts, `let` and
threading; where that is not certain, nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ptc_lisp.faults import Trap
from ptc_lisp.reader import read
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VectorForm,
)

_SAME_ROWS = frozenset({
    "distinct", "drop", "drop-last", "drop-while", "filter", "filterv", "remove", "rest", "reverse", "sort", "sort-by", "take",
    "take-last", "take-while", "vec", "seq", "doall",
})  # fmt: skip
_PER_ROW = _SAME_ROWS | {
    "avg-by", "distinct-by", "every?", "group-by", "keep", "map", "mapcat", "mapv", "max-by", "min-by", "not-any?", "partition-by",
    "pmap", "some", "sum-by",
}  # fmt: skip
_OF_ROWS = frozenset({"avg-by", "filter", "group-by", "max-by", "min-by", "remove", "sort-by", "sum-by"})
_BINDING = frozenset({"let", "loop", "when-let", "if-let", "when-some", "if-some"})
_THREADS = {"->>": -1, "->": 1}
_LONGEST = 40
_MAPS = frozenset({"group-by", "frequencies", "zipmap", "update-vals", "merge"})
# In place of the name of a table: items that are no rows, and what is said when a key is read from one.
_PAIRS, _VALUES, _LISTS = " pairs", " values", " lists"
_NO_ROWS = {
    _PAIRS: "where the items are those of a map: they are pairs [key value], taken apart by (fn [[k v]] ...)",
    _VALUES: "where the items come from (map :key rows): they are values of that key, no rows",
    _LISTS: "where the items are lists that rows hold: (mapcat :key rows) gives what is in them",
}
_INNER = {"map": False, "mapv": False, "keep": False, "mapcat": True}
"""Functions that give what rows hold under a key, and whether that is a list in each row."""
_SAMPLES = 3


def missed(program: str, context: Mapping[str, Any]) -> list[str]:
    """See `ptc_lisp.language.missed_lookups`."""
    tables = {name: rows for name, value in context.items() if (rows := _rows(value))}
    if not tables:
        return []
    try:
        forms = read(program)
    except Trap:
        return []
    walk = _Walk(tables)
    for form in forms:
        walk.visit(form, {})
    return list(walk.found)


class _Walk:
    """Follows rows of tables through a program. `env`: the table whose rows a local name holds."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._tables = dict(tables)  # those inside of rows come in under names such as `events :who`
        self.found: dict[str, None] = {}

    def visit(self, form: Form, env: dict[str, str]) -> None:
        form = _unthreaded(form)
        if isinstance(form, ListForm) and form.items:
            head = _name(form.items[0])
            if head in _BINDING and len(form.items) > 1 and isinstance(form.items[1], VectorForm):
                env = self._bind(form.items[1].items, env)
                for part in form.items[2:]:
                    self.visit(part, env)
                return
            if head in _PER_ROW:
                self._look_all(form.items[1:], env)
        for part in _parts(form):
            self.visit(part, env)

    def _look_all(self, arguments: Sequence[Form], env: Mapping[str, str]) -> None:
        """The functions in `(filter f rows)`, when the rows are those of a table."""
        table = self._table(arguments[-1], env) if arguments else None
        for part in arguments[:-1] if table is not None else ():
            self._look(part, str(table))

    def _bind(self, pairs: Sequence[Form], env: dict[str, str]) -> dict[str, str]:
        inner = dict(env)
        for target, value in zip(pairs[::2], pairs[1::2], strict=False):
            self.visit(value, inner)
            table = self._table(value, inner)
            for name in _bound(target):
                inner.pop(name, None)
            if isinstance(target, SymbolForm) and table is not None:
                inner[target.text] = table
        return inner

    def _table(self, form: Form, env: Mapping[str, str]) -> str | None:
        """The table whose rows a form gives."""
        form = _unthreaded(form)
        if isinstance(form, SymbolForm):
            return form.name if form.ns == "data" and form.name in self._tables else env.get(form.text)
        if _gives_map(form):
            return _PAIRS
        if _gives_values(form):
            return self._inner(cast("ListForm", form), env)
        if isinstance(form, ListForm) and len(form.items) > 1 and _name(form.items[0]) in _SAME_ROWS:
            return self._table(form.items[-1], env)
        return None

    def _inner(self, form: ListForm, env: Mapping[str, str]) -> str | None:
        """What `(map :key rows)` gives: the rows of another table when the values are maps."""
        table, key = self._table(form.items[2], env), cast("KeywordForm", form.items[1]).name
        if table not in self._tables:
            return None
        listed = _INNER[str(_name(form.items[0]))]
        column = [
            value for row in self._tables[table] for name, value in row.items() if _plain(name) == _plain(key)
        ]
        there = [value for value in column if value is not None]
        rows = _rows([row for value in there for row in _listed(value)] if listed else there)
        if rows:
            name = f"{table} :{key}"
            self._tables[name] = rows
            return name
        if not listed and _rows_in_lists(there):
            return _LISTS
        return _VALUES if there and not listed and not any(isinstance(v, Mapping) for v in there) else None

    def _look(self, function: Form, table: str) -> None:
        """What a function reads of each row that it is given."""
        if isinstance(function, KeywordForm):
            self._key(function.name, table)
            return
        row, keys, body = _parameters(function)
        if table == _PAIRS:
            self._whole_pairs(row, body)
        for key in keys:
            self._key(key, table)
        for form in _deep(body):
            key = _read_key(form, row)
            if key is not None:
                self._key(key, table)
            column, values = _compared(form, row)
            for value in values if column is not None else ():
                self._value(str(column), value, table)

    def _whole_pairs(self, row: str | None, body: Sequence[Form]) -> None:
        """A pair [key rows] that is gone through as if it were its rows."""
        for form in _deep(body) if row is not None else ():
            if isinstance(form, ListForm) and len(form.items) > 2 and _is(form.items[-1], str(row)):
                head = _name(form.items[0])
                if head in _OF_ROWS:
                    words = f"({head} ... {row}) goes through a pair [key value], not through rows"
                    self.found[f"{words}: take it apart, (fn [[k rows]] ({head} ... rows))"] = None

    def _key(self, key: str, table: str) -> None:
        if table in _NO_ROWS:
            self.found[f"(:{key} item) is nil {_NO_ROWS[table]}; or go through the rows of a table"] = None
            return
        names = dict.fromkeys(name for row in self._tables[table] for name in row)
        if any(_plain(name) == _plain(key) for name in names):
            return
        other = [t for t in self._tables if t != table and any(key in row for row in self._tables[t])]
        where = f"; data/{other[0]} has it" if other else ""
        self.found[
            f"rows of data/{table} have no :{key}, so it is nil; they have {' '.join(f':{n}' for n in names)}{where}"
        ] = None

    def _value(self, key: str, value: Any, table: str) -> None:
        if table in _NO_ROWS:
            return
        names = {name for row in self._tables[table] for name in row if _plain(name) == _plain(key)}
        column = {
            cell
            for row in self._tables[table]
            for name in names
            if isinstance(cell := row.get(name), str | int | float)
        }
        if not column or value in column:
            return
        self.found[f"no row of data/{table} has :{key} {_shown(value)}; {_instead(key, value, column)}"] = (
            None
        )


def _instead(key: str, value: Any, column: set[Any]) -> str:
    texts = sorted(cell for cell in column if isinstance(cell, str))
    if isinstance(value, str):
        same = [cell for cell in texts if cell.casefold() == value.casefold()]
        if same:
            return f"it has {_shown(same[0])}"
        for test in ("starts-with?", "includes?"):
            near = [
                cell
                for cell in texts
                if (cell.startswith(value) if test == "starts-with?" else value in cell)
            ]
            if near and value:
                return f"it has {_shown(near[0])}, so test with ({test} (:{key} row) {_shown(value)})"
    samples = texts[:_SAMPLES] or sorted(column, key=str)[:_SAMPLES]
    return f"it has values such as {', '.join(map(_shown, samples))}"


def _shown(value: Any) -> str:
    """A text or number as programs write it, shortened."""
    text = value if len(str(value)) <= _LONGEST else f"{str(value)[:_LONGEST]}..."
    return json.dumps(text, ensure_ascii=False)


def _gives_map(form: Form) -> bool:
    """Whether a form surely gives a map, whose items are pairs."""
    if not isinstance(form, ListForm) or len(form.items) < 2:
        return False
    head = _name(form.items[0])
    return head in _MAPS or (head == "into" and isinstance(form.items[1], MapForm))


def _gives_values(form: Form) -> bool:
    """Whether a form is `(map :key rows)` or the like."""
    return (
        isinstance(form, ListForm)
        and len(form.items) == 3
        and _name(form.items[0]) in _INNER
        and isinstance(form.items[1], KeywordForm)
    )


def _rows(value: object) -> list[Mapping[str, Any]]:
    """The rows of a list of maps; nothing for any other value."""
    if not isinstance(value, list | tuple) or not value:
        return []
    rows = cast("list[Mapping[str, Any]]", value)
    return list(rows) if all(isinstance(row, Mapping) for row in rows) else []


def _rows_in_lists(column: Sequence[object]) -> bool:
    return all(isinstance(each, list | tuple) for each in column) and bool(
        _rows([row for each in column for row in _listed(each)])
    )


def _listed(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list | tuple) else [None]


def _unthreaded(form: Form) -> Form:
    """`(->> x (f a))` as `(f a x)`, `(-> x (f a))` as `(f x a)`; other forms as they are."""
    while isinstance(form, ListForm) and len(form.items) > 1 and _name(form.items[0]) in _THREADS:
        place = _THREADS[str(_name(form.items[0]))]
        inner = form.items[1]
        for stage in form.items[2:]:
            items = stage.items if isinstance(stage, ListForm) else (stage,)
            items = (*items, inner) if place < 0 else (*items[:1], inner, *items[1:])
            inner = ListForm(form.start, form.end, items)
        form = inner
    return form


def _parameters(function: Form) -> tuple[str | None, list[str], tuple[Form, ...]]:
    """The name of a function's only parameter, the keys that it takes out of it, and the body."""
    if isinstance(function, ShortFnForm):
        return "%", [], (ListForm(function.start, function.end, function.items),)
    if isinstance(function, ListForm) and len(function.items) > 2 and _name(function.items[0]) == "fn":
        params = function.items[1]
        if isinstance(params, VectorForm) and len(params.items) == 1:
            only = params.items[0]
            if isinstance(only, SymbolForm):
                return only.text, [], function.items[2:]
            if isinstance(only, MapForm):
                return None, _taken(only), function.items[2:]
    return None, [], ()


def _taken(pattern: MapForm) -> list[str]:
    """The keys of `{:keys [a b]}`."""
    for key, names in zip(pattern.items[::2], pattern.items[1::2], strict=True):
        if isinstance(key, KeywordForm) and key.name == "keys" and isinstance(names, VectorForm):
            return [name.name for name in names.items if isinstance(name, SymbolForm | KeywordForm)]
    return []


def _read_key(form: Form, row: str | None) -> str | None:
    """The key in `(:key row)`, `(get row :key)` and `(row :key)`."""
    if row is None or not isinstance(form, ListForm) or len(form.items) not in (2, 3):
        return None
    head, *rest = form.items
    if isinstance(head, KeywordForm) and len(rest) == 1 and _is(rest[0], row):
        return head.name
    if _name(head) == "get" and len(rest) == 2 and _is(rest[0], row):
        return _key_of(rest[1])
    if _is(head, row) and len(rest) == 1:
        return _key_of(rest[0])
    return None


def _compared(form: Form, row: str | None) -> tuple[str | None, list[Any]]:
    """The key and the values in `(= (:key row) value)` and `(#{value ...} (:key row))`."""
    if row is None or not isinstance(form, ListForm) or len(form.items) < 2:
        return None, []
    head, *rest = form.items
    if _name(head) == "=" and len(rest) == 2:
        for looked, other in (rest, rest[::-1]):
            key = _read_key(looked, row)
            if key is not None and isinstance(other, LiteralForm) and isinstance(other.value, str):
                return key, [other.value]
    if isinstance(head, SetForm) and len(rest) == 1:
        values = [
            item.value for item in head.items if isinstance(item, LiteralForm) and isinstance(item.value, str)
        ]
        return _read_key(rest[0], row), values
    return None, []


def _key_of(form: Form) -> str | None:
    if isinstance(form, KeywordForm):
        return form.name
    return form.value if isinstance(form, LiteralForm) and isinstance(form.value, str) else None


def _is(form: Form, name: str) -> bool:
    return isinstance(form, SymbolForm) and form.text in ((name, "%1") if name == "%" else (name,))


def _name(form: Form) -> str | None:
    return form.text if isinstance(form, SymbolForm) else None


def _bound(target: Form) -> Iterator[str]:
    """The names that a pattern binds."""
    for form in _deep((target,)):
        if isinstance(form, SymbolForm):
            yield form.text


def _deep(forms: Sequence[Form]) -> Iterator[Form]:
    """The forms and all that is in them."""
    for form in forms:
        plain = _unthreaded(form)
        yield plain
        yield from _deep(_parts(plain))


def _parts(form: Form) -> tuple[Form, ...]:
    items = getattr(form, "items", ())
    return cast("tuple[Form, ...]", items)


def _plain(key: str) -> str:
    return key.replace("-", "_")
