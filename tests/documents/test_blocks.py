"""Every block of the README and of docs/ does what the page says.

    ```python          run in order, one namespace per page; `expression  # => repr` is compared
    ```clojure         run in order, one session per page with the demo's tables; `;=> value` closes a program
    ```console         `$ command` is run in the page's folder; its output is compared, a line `...` stands for any lines
    ```csv NAME        (or json, text, python: any block with a file name) becomes a file in the page's folder

Other languages (sh, mermaid, ...) are only read. A page runs in a folder of its own.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import ptc_lisp
from ptc_lisp.limits import TABLE, Row
from subagent.demo.tables import load_table

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    if path.exists()
)
FENCE = re.compile(
    r"^```(?P<language>[a-z]+)(?: +(?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
STALLS = 3
"""So often a command is tried that runs into the default time limit: a machine may stand still for a second."""
TABLES = ("airlines", "airports", "planes", "weather", "flights")


class Block(NamedTuple):
    language: str
    file: str | None
    text: str
    line: int


def blocks_of(page: str) -> list[Block]:
    content = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(match["language"], match["file"], match["text"], content.count("\n", 0, match.start()) + 2)
        for match in FENCE.finditer(content)
    ]


def runnable(page: str) -> bool:
    return any(block.file or block.language in {"python", "clojure", "console"} for block in blocks_of(page))


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)])
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    namespace: dict = {"__name__": "page"}
    session = None
    for block in blocks_of(page):
        where = f"{page}:{block.line}"
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            run_python(block, namespace, where)
        elif block.language == "console":
            run_console(block, tmp_path, where)
        elif block.language == "clojure":
            session = session or ptc_lisp.Session(context={name: load_table(name) for name in TABLES})
            run_clojure(block, session, where)
    if session is not None:
        session.close()


def run_python(block: Block, namespace: dict, where: str) -> None:
    lines = block.text.split("\n")
    for statement in ast.parse(block.text).body:
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", []))])
        source = "\n" * (block.line + first - 2) + "\n".join(lines[first - 1 : statement.end_lineno])
        expected = re.search(r"# => (.*)$", lines[statement.end_lineno - 1])
        if expected and isinstance(statement, ast.Expr):
            value = eval(compile(source.strip(), where, "eval", dont_inherit=True), namespace)
            assert repr(value) == expected[1].strip(), f"{where}: {ast.unparse(statement)}"
        else:
            exec(compile(source, where, "exec", dont_inherit=True), namespace)


def run_clojure(block: Block, session, where: str) -> None:
    program = ""
    for line in block.text.split("\n"):
        code, arrow, expected = line.partition(";=>")
        program += code + "\n"
        if arrow:
            step = session.eval(program)
            assert step.ok, f"{where}: {program}\n{step.error}"
            assert step.text == expected.strip(), f"{where}: {program}"
            program = ""
    if program.strip():
        step = session.eval(program)
        assert step.ok, f"{where}: {program}\n{step.error}"


def run_console(block: Block, folder: Path, where: str) -> None:
    commands = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not commands[0].strip(), f"{where}: a console block starts with `$ command`"
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "HOME": str(folder),
        "COLUMNS": "100",
    }
    for command in commands[1:]:
        line, _, expected = command.partition("\n")
        pattern = "\n".join(
            ".*" if part.strip() == "..." else re.escape(part) for part in expected.strip().split("\n")
        )
        for _ in range(STALLS):
            done = subprocess.run(
                line, shell=True, cwd=folder, env=environment, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            fits = re.fullmatch(pattern, done.stdout.strip(), re.DOTALL)
            if fits or "the program ran longer than" not in done.stdout:
                break
        assert fits, f"{where}: $ {line}\n{done.stdout}"


def test_links_lead_somewhere():
    broken = [
        f"{page}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8"))
        if not target.startswith(("http:", "https:")) and not ((ROOT / page).parent / target).exists()
    ]
    assert broken == []


def anchors_of(path: Path) -> set[str]:
    """What `#name` may be: headings as GitHub names them, and anchors written out."""
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*plain, *re.findall(r'<a (?:id|name)="([^"]+)"', text)}


def test_links_to_headings_name_one():
    broken = [
        f"{page}: {target}#{anchor}"
        for page in PAGES
        for target, anchor in re.findall(
            r"\]\(([^)#\s:]*)#([^)\s]+)\)", (ROOT / page).read_text(encoding="utf-8")
        )
        if anchor not in anchors_of((ROOT / page).parent / target if target else ROOT / page)
    ]
    assert broken == []


def test_the_table_of_limits_is_whole():
    text = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert told == {row.name: default_in_words(row) for row in TABLE}


def default_in_words(row: Row) -> str:
    if row.default is None:
        return "none"
    if row.unit == "bytes" and row.default % (1 << 20) == 0:
        return f"{row.default >> 20} MiB"
    return f"{row.default:,} {row.unit}"


def test_the_example_of_the_readme_is_short():
    [first, *_] = [block for block in blocks_of("README.md") if block.language == "python"]
    assert len(first.text.strip().split("\n")) <= 22
