"""Whether what a program looks up in tables of data is there at all.

A key that no row has gives nil, and a value that no row has an empty list, both without an error. Models trust the zero
that comes of it. The program is read, not run: rows are followed from `data/name` through filters, sorts, `let` and
threading; where that is not certain, nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ptc_lisp.analyzer.lookup_forms import (
    bound_names,
    compared,
    deep,
    is_name,
    name_of,
    parameters,
    parts_of,
    read_key,
    unthreaded,
)
from ptc_lisp.faults import Trap
from ptc_lisp.reader import read
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    MapForm,
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
        form = unthreaded(form)
        if isinstance(form, ListForm) and form.items:
            head = name_of(form.items[0])
            if head in _BINDING and len(form.items) > 1 and isinstance(form.items[1], VectorForm):
                env = self._bind(form.items[1].items, env)
                for part in form.items[2:]:
                    self.visit(part, env)
                return
            if head in _PER_ROW:
                self._look_all(form.items[1:], env)
        for part in parts_of(form):
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
            for name in bound_names(target):
                inner.pop(name, None)
            if isinstance(target, SymbolForm) and table is not None:
                inner[target.text] = table
        return inner

    def _table(self, form: Form, env: Mapping[str, str]) -> str | None:
        """The table whose rows a form gives."""
        form = unthreaded(form)
        if isinstance(form, SymbolForm):
            return form.name if form.ns == "data" and form.name in self._tables else env.get(form.text)
        if _gives_map(form):
            return _PAIRS
        if _gives_values(form):
            return self._inner(cast("ListForm", form), env)
        if isinstance(form, ListForm) and len(form.items) > 1 and name_of(form.items[0]) in _SAME_ROWS:
            return self._table(form.items[-1], env)
        return None

    def _inner(self, form: ListForm, env: Mapping[str, str]) -> str | None:
        """What `(map :key rows)` gives: the rows of another table when the values are maps."""
        table, key = self._table(form.items[2], env), cast("KeywordForm", form.items[1]).name
        if table not in self._tables:
            return None
        listed = _INNER[str(name_of(form.items[0]))]
        column = [value for row in self._tables[table] for name, value in row.items() if _is_named(name, key)]
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
        row, keys, body = parameters(function)
        if table == _PAIRS:
            self._whole_pairs(row, body)
        for key in keys:
            self._key(key, table)
        for form in deep(body):
            key = read_key(form, row)
            if key is not None:
                self._key(key, table)
            column, values = compared(form, row)
            for value in values if column is not None else ():
                self._value(str(column), value, table)

    def _whole_pairs(self, row: str | None, body: Sequence[Form]) -> None:
        """A pair [key rows] that is gone through as if it were its rows."""
        for form in deep(body) if row is not None else ():
            if isinstance(form, ListForm) and len(form.items) > 2 and is_name(form.items[-1], str(row)):
                head = name_of(form.items[0])
                if head in _OF_ROWS:
                    words = f"({head} ... {row}) goes through a pair [key value], not through rows"
                    self.found[f"{words}: take it apart, (fn [[k rows]] ({head} ... rows))"] = None

    def _key(self, key: str, table: str) -> None:
        if table in _NO_ROWS:
            self.found[f"(:{key} item) is nil {_NO_ROWS[table]}; or go through the rows of a table"] = None
            return
        names = dict.fromkeys(name for row in self._tables[table] for name in row)
        if any(_is_named(name, key) for name in names):
            return
        other = [t for t in self._tables if t != table and any(key in row for row in self._tables[t])]
        where = f"; data/{other[0]} has it" if other else ""
        self.found[
            f"rows of data/{table} have no :{key}, so it is nil; they have {' '.join(map(_key_text, names))}{where}"
        ] = None

    def _value(self, key: str, value: Any, table: str) -> None:
        if table in _NO_ROWS:
            return
        names = {name for row in self._tables[table] for name in row if _is_named(name, key)}
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
    head = name_of(form.items[0])
    return head in _MAPS or (head == "into" and isinstance(form.items[1], MapForm))


def _gives_values(form: Form) -> bool:
    """Whether a form is `(map :key rows)` or the like."""
    return (
        isinstance(form, ListForm)
        and len(form.items) == 3
        and name_of(form.items[0]) in _INNER
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


def _is_named(name: object, key: str) -> bool:
    """Whether `(:key row)` finds the value under a name, which may be any key that the host's dict has."""
    return isinstance(name, str) and name.replace("-", "_") == key.replace("-", "_")


def _key_text(name: object) -> str:
    return f":{name}" if isinstance(name, str) else str(name)
