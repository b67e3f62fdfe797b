"""The reference is what the code says, the list of divergences is complete, and the language can look itself up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from inline_machine import Inline

from ptc_lisp import language, reference
from ptc_lisp.builtins.registry import REGISTRY

DOCS = Path(__file__).resolve().parents[2] / "docs"
ENTRIES = language.entries()
ROW = re.compile(r"^\| (DIV-\d\d) \| (.+) \|$", re.MULTILINE)
# Those that are about programs, printing or reading, so that no single function could carry them.
WITHOUT_FUNCTION = {
    "DIV-04", "DIV-05", "DIV-06", "DIV-07", "DIV-08", "DIV-09", "DIV-10", "DIV-11", "DIV-16",
    "DIV-33", "DIV-34", "DIV-38", "DIV-40", "DIV-44", "DIV-56", "DIV-57",
}  # fmt: skip


def test_the_pages_in_the_repository_are_what_the_code_says() -> None:
    folder = DOCS / "reference"
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    made = reference.pages()
    stale = sorted(name for name in found.keys() | made.keys() if found.get(name) != made.get(name))
    assert stale == [], "run: make reference"


def test_the_card_in_the_repository_is_what_the_code_says() -> None:
    assert (DOCS.parent / "prompts/reference.md").read_text(encoding="utf-8") == reference.card(), (
        "run: make reference"
    )


def test_every_name_has_its_entry_on_one_page() -> None:
    headings = [
        match[1]
        for name, text in reference.pages().items()
        if name != "README.md"
        for match in re.finditer(r"^## `(.+)`$", text, re.MULTILINE)
    ]
    assert sorted(headings) == sorted(entry.name for entry in ENTRIES)


def test_every_link_of_the_index_leads_to_a_place() -> None:
    pages = reference.pages()
    links = re.findall(r"\]\(([a-z-]+\.md)#([^)]+)\)", pages["README.md"])
    assert len(links) == len(ENTRIES)
    assert [link for link in links if f'<a id="{link[1]}"></a>' not in pages[link[0]]] == []


def test_an_entry_says_usage_meaning_example_and_divergence() -> None:
    page = reference.pages()["maps.md"]
    entry = page[page.index("## `get`") : page.index("## `get-in`")]
    assert "- `(get m k)`\n- `(get m k default)`" in entry
    assert "(get {:a 1} :a) ;=> 1" in entry
    assert "[DIV-47](../divergences.md)" in entry
    assert "Special form" in reference.pages()["control.md"]
    assert "Also `" in reference.pages()["strings.md"]


def test_writing_changes_only_what_differs_and_removes_what_is_gone(tmp_path: Path) -> None:
    assert reference.write(tmp_path) == sorted(reference.pages())
    (tmp_path / "maps.md").write_text("stale", encoding="utf-8")
    (tmp_path / "gone.md").write_text("old", encoding="utf-8")
    assert reference.write(tmp_path) == ["gone.md", "maps.md"]
    assert reference.write(tmp_path) == []


def test_the_command_wants_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main([]) == 2
    assert "usage" in capsys.readouterr().err
    assert reference.main([str(tmp_path / "made"), str(tmp_path / "card.md")]) == 0
    assert "README.md" in capsys.readouterr().out
    assert reference.main([str(tmp_path / "made"), str(tmp_path / "card.md")]) == 0
    assert capsys.readouterr().out == "nothing to do\n"


# -- divergences -----------------------------------------------------------------------------------------------------


def listed() -> dict[str, str]:
    return {
        match[1]: match[2] for match in ROW.finditer((DOCS / "divergences.md").read_text(encoding="utf-8"))
    }


def test_every_number_in_the_code_is_in_the_list() -> None:
    assert {entry.clojure for entry in ENTRIES} <= {"same", "extension", *listed()}


def test_every_number_in_the_list_is_carried_by_a_function_or_by_none() -> None:
    carried = {entry.clojure for entry in ENTRIES}
    assert set(listed()) - carried == WITHOUT_FUNCTION


def test_numbers_are_given_once() -> None:
    numbers = ROW.findall((DOCS / "divergences.md").read_text(encoding="utf-8"))
    assert len(numbers) == len(listed()) > 45


def test_names_in_the_list_exist_or_are_said_to_be_left_out() -> None:
    text = (DOCS / "divergences.md").read_text(encoding="utf-8")
    _, _, present = text.partition("## Values")
    names = {name for name in re.findall(r"`([a-z][a-z0-9?!*/-]+)`", present) if not name.startswith("data/")}
    known = {name for entry in ENTRIES for name in (entry.name, *entry.aliases)}
    assert names - known == {"clojure.set"} & names


# -- the language about itself ----------------------------------------------------------------------------------------


def test_doc_prints_every_entry() -> None:
    inline = Inline()
    silent = []
    for entry in ENTRIES:
        outcome = inline.run(f'(doc "{entry.name}")')
        if (
            not outcome.ok
            or not inline.host.prints
            or entry.name.rpartition("/")[2] not in inline.host.prints[0]
        ):
            silent.append(entry.name)
    assert silent == []


def test_meta_knows_every_entry() -> None:
    inline = Inline()
    assert [e.name for e in ENTRIES if not inline.run(f'(:name (meta "{e.name}"))').value] == []


def test_dir_lists_every_member_of_every_namespace() -> None:
    inline = Inline()
    for namespace in language.namespaces():
        pages = [inline.text(f"(dir '{namespace} {{:limit 200 :offset {start}}})") for start in (0, 200, 400)]
        shown = "\n".join(pages)
        assert [name for name in REGISTRY.members(namespace) if name not in shown] == []


def test_apropos_finds_every_function_by_its_name() -> None:
    inline = Inline()
    names = [entry.name for entry in ENTRIES if entry.kind == "function"][::5]
    assert [
        name for name in names if name not in str(inline.value(f'(apropos "{name}" {{:limit 50}})'))
    ] == []
