"""The reference of the language as pages, written from what every builtin and special form says about itself.

    python -m ptc_lisp.reference docs/reference prompts/reference.md

One page for each area, and an index; and the card that a prompt can carry, every name with its usage. What is in the
repository is what this module makes of the code; a test says so.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ptc_lisp.json_dsl.catalog import groups, operations
from ptc_lisp.json_dsl.table import KINDS, Op
from ptc_lisp.language import Entry, entries

__all__ = ["card", "main", "pages", "write"]

_TITLES = {
    "agent flow": "ending a program, and what an agent keeps of it",
    "aggregates": "sums, averages and extremes",
    "arithmetic": "the four operations and their kin",
    "bindings": "names for values",
    "bits": "integers as bits",
    "collections": "building and extending collections",
    "comparison": "equality and order",
    "constants": "named numbers",
    "control": "choosing what happens",
    "dsl": "what the operations of PTC-JSON mean",
    "data": "looking at unknown data",
    "dates": "dates, instants and durations",
    "definitions": "names that outlive a program",
    "discovery": "asking the language about itself",
    "folding": "from a collection to one value",
    "functions": "making, combining and calling functions",
    "grouping": "collections by a key",
    "interop": "methods of strings and numbers, for those who think in Java",
    "json": "JSON text",
    "logic": "truth",
    "loops": "repetition",
    "maps": "reading and changing maps",
    "math": "mathematics",
    "output": "printing",
    "parsing": "numbers out of text",
    "predicates": "what kind of value it is",
    "regexes": "patterns in text",
    "sequences": "parts, orders and combinations of sequences",
    "sets": "sets and relations",
    "sorting": "order",
    "strings": "text",
    "threading": "one value through many steps",
    "walk": "changing nested data everywhere",
}
_CARD_HEAD = """---
name: reference
purpose: every name of the language with its usage; written by `python -m ptc_lisp.reference`, not by hand
max_bytes: 9000
---"""
_NOT_IN_CARD = frozenset({"interop", "discovery", "constants", "agent flow", "dsl"})
_GENERATED = "<!-- Written by `python -m ptc_lisp.reference`; edit the declarations in the code instead. -->"


def pages() -> dict[str, str]:
    """File name → text of every page; `README.md` is the index."""
    areas: dict[str, list[Entry]] = {}
    for entry in entries():
        areas.setdefault(entry.area, []).append(entry)
    made = {_file(area): _page(area, found) for area, found in areas.items()}
    return {"README.md": _index(areas), **made, "json-dsl.md": json_dsl_page()}


def json_dsl_page() -> str:
    """The page of PTC-JSON's operations."""
    count = len(operations())
    lines = [
        _GENERATED,
        "",
        "# The operations of PTC-JSON",
        "",
        f"All {count} of them; how they work together is told in",
    ]
    lines += [
        "[PTC-JSON](../json.md). *input*: the operation works on the current value, the result of the step before."
    ]
    for name, ops in groups().items():
        lines += ["", f"## {name[0].upper()}{name[1:]}"]
        for op in ops:
            lines += ["", f"### {_code(op.name)}", "", *_operation(op)]
    return "\n".join([*lines, ""])


def _operation(op: Op) -> list[str]:
    choice = f" Exactly one of {' and '.join(map(_code, op.one_of))} is given." if op.one_of else ""
    lines = [f"{'*input*. ' if op.takes_input else ''}{_text(op.doc)}{choice}"]
    fields = [
        f"- {_code(f.name)}{'' if f.required or f.name in op.one_of else ' (optional)'}: {KINDS[f.kind]}"
        for f in op.fields
    ]
    lines += ["", *fields] if fields else []
    given = "" if op.example.given is None else f"{json.dumps(op.example.given)} ⇒ "
    return [
        *lines,
        "",
        "```json",
        f"{given}{json.dumps(op.example.op)} ⇒ {json.dumps(op.example.value)}",
        "```",
    ]


def write(folder: Path) -> list[str]:
    """Writes the pages into a folder and removes pages of areas that are gone. Gives the names of the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    changed: list[str] = []
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
            changed.append(path.name)
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return sorted(changed)


def card() -> str:
    """The prompt card with its metadata head: one line an area, one usage a name."""
    areas: dict[str, list[str]] = {}
    for entry in entries():
        if entry.area not in _NOT_IN_CARD:
            areas.setdefault(entry.area, []).append(max(entry.usages, key=len).replace("\n", " "))
    lines = [f"- {area}: {' '.join(usages)}" for area, usages in sorted(areas.items())]
    return "\n".join([_CARD_HEAD, *lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: the folder of the pages, and the file of the card. Gives the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if len(given) != 2:
        sys.stderr.write("usage: python -m ptc_lisp.reference FOLDER CARD\n")
        return 2
    changed = write(Path(given[0]))
    target = Path(given[1])
    if not target.exists() or target.read_text(encoding="utf-8") != card():
        target.write_text(card(), encoding="utf-8")
        changed.append(target.name)
    sys.stdout.write("".join(f"{name}\n" for name in changed) or "nothing to do\n")
    return 0


def _index(areas: dict[str, list[Entry]]) -> str:
    total = sum(map(len, areas.values()))
    rows = [
        f"| [{area}]({_file(area)}) | {_title(area)} | {_links(_file(area), found)} |"
        for area, found in sorted(areas.items())
    ]
    return "\n".join(
        [
            _GENERATED,
            "",
            "# Reference",
            "",
            f"All {total} names of the language. The [language guide](../language.md) shows how they work together, the",
            "[list of divergences](../divergences.md) how they differ from Clojure.",
            "",
            "| area | what it is about | names |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _page(area: str, found: Iterable[Entry]) -> str:
    lines = [_GENERATED, "", f"# {_title(area)[0].upper()}{_title(area)[1:]}", "", "[All areas](README.md)"]
    for entry in found:
        lines += [
            "",
            f'<a id="{_anchor(entry.name)}"></a>',
            "",
            f"## {_code(entry.name)}",
            "",
            *_entry(entry),
        ]
    return "\n".join([*lines, ""])


def _entry(entry: Entry) -> list[str]:
    usages = [f"- {_code(usage)}" for usage in entry.usages if usage != entry.name]
    lines = [*usages, *([""] if usages else []), _text(entry.doc)]
    notes = list(_notes(entry))
    if notes:
        lines += ["", "; ".join(notes) + "."]
    if entry.examples:
        lines += ["", "```lisp", *(f"{source} ;=> {printed}" for source, printed in entry.examples), "```"]
    return lines


def _notes(entry: Entry) -> Iterable[str]:
    """What there is to say besides usage and text: kind, other spellings, and how it stands to Clojure."""
    if entry.kind == "special form":
        yield "Special form"
    spellings = [
        f"{ns}/{entry.name.rpartition('/')[2] or entry.name}"
        for ns in entry.namespaces
        if ns != "clojure.core"
    ]
    others = [name for name in (*entry.aliases, *spellings) if name != entry.name]
    if others:
        yield f"Also {', '.join(map(_code, dict.fromkeys(others)))}"
    if not entry.pure:
        yield "Not a pure function"
    if entry.clojure == "extension":
        yield "Clojure has no such name"
    elif entry.clojure != "same":
        yield f"Differs from Clojure: [{entry.clojure}](../divergences.md)"


def _links(file: str, found: Iterable[Entry]) -> str:
    return " ".join(f"[{_code(entry.name, table=True)}]({file}#{_anchor(entry.name)})" for entry in found)


def _file(area: str) -> str:
    return f"{area.replace(' ', '-')}.md"


def _title(area: str) -> str:
    return _TITLES.get(area, area)


def _anchor(name: str) -> str:
    """A name as the id of an element: letters and digits stay, everything else becomes its code point."""
    return "".join(ch if ch.isalnum() else "-" if ch == "-" else f"_{ord(ch):x}" for ch in name)


def _code(text: str, *, table: bool = False) -> str:
    return f"`{text.replace('|', chr(92) + '|') if table else text}`"


def _text(doc: str) -> str:
    """Prose as Markdown: a `<` of a doc must not begin a tag."""
    return doc.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("[", "\\[")


if __name__ == "__main__":
    raise SystemExit(main())
