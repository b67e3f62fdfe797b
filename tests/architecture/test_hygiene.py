"""Nothing of one developer's machine and nothing unfinished gets into the product."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

HOME_OR_INDEX = re.compile(
    r"(?<![\w.])/(?:home|root|Users|work)/\w"  # somebody's folders
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"  # a lock must not choose the index
    r"|https?://[\w.-]*(?:pypi|pythonhosted|artifactory|nexus)[\w.-]*",
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
BARE_IGNORE = re.compile(
    r"#\s*(?:type:\s*ignore|pyright:\s*ignore)(?!\S*\s+(?:#|-|–)\s*\w)(?!.*\s(?:#|-)\s\w)"
)
# The resolver's switches that keep indexes out, and this table.
EXCEPT = {".ci/lock", "tests/architecture/test_hygiene.py"}


@pytest.fixture(scope="module")
def product_files(root):
    """Path → text of every tracked text file but data."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=False,
    ).stdout.split("\0")  # fmt: skip
    if len(names) < 2:
        pytest.skip("not a git checkout")
    found = {}
    for name in filter(None, names):
        if not name.endswith((".csv", ".jsonl")) and name not in EXCEPT and (root / name).is_file():
            found[name] = (root / name).read_text(encoding="utf-8", errors="replace")
    return found


def hits(files: dict[str, str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in files.items()
        for match in pattern.finditer(text)
    ]


def test_no_file_names_a_home_folder_or_a_package_index(product_files):
    found = hits(product_files, HOME_OR_INDEX)
    assert not found, "\n".join(found)


def test_nothing_is_left_undone(product_files):
    code = {name: text for name, text in product_files.items() if name.endswith((".py", ".lark", ".md"))}
    found = hits(code, UNFINISHED)
    assert not found, "\n".join(found)


def test_every_ignored_type_error_has_its_reason(product_files):
    code = {name: text for name, text in product_files.items() if name.startswith(("ptc_lisp/", "subagent/"))}
    found = [hit for hit in hits(code, BARE_IGNORE) if not _explained_above(code, hit)]
    assert not found, "\n".join(found)


def _explained_above(code: dict[str, str], hit: str) -> bool:
    """Whether the line before the hit is a comment."""
    name, line, _ = hit.split(":", 2)
    return code[name].split("\n")[int(line) - 2].lstrip().startswith("#")


def test_the_lock_pins_every_package_with_hashes(root):
    for lock in sorted((root / "requirements").glob("*.txt")):
        blocks = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
        assert len(blocks) > 1
        assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_knows_every_dependency(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())
    locked = {
        match.lower().replace("_", "-")
        for lock in (root / "requirements").glob("*.txt")
        for match in re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(), re.MULTILINE)
    }
    wanted = list(project["project"]["dependencies"])
    for group in project["dependency-groups"].values():
        wanted += group
    names = {re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower() for requirement in wanted}
    assert names - locked == set()
