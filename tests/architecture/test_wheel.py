"""What a user installs holds everything that the code reads, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile


def test_the_wheel_is_complete(root, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root, check=True, capture_output=True,
    )  # fmt: skip
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"ptc_lisp/py.typed", "subagent/py.typed"} <= names
    for folder, inside in (
        ("prompts", "subagent/_prompts"),
        ("subagent/demo/data", ""),
        ("subagent/demo/replies", ""),
        ("subagent/trace/report", ""),
    ):
        files = {path.name for path in (root / folder).iterdir() if path.is_file()}
        assert files
        assert {f"{inside or folder}/{name}" for name in files} <= names
    grammars = {str(path.relative_to(root)) for path in root.glob("ptc_lisp/**/*.lark")}
    attacks = {str(path.relative_to(root)) for path in root.glob("ptc_lisp/sandbox/attacks/*.toml")}
    assert len(attacks) == 3
    assert attacks <= names
    assert grammars
    assert grammars <= names
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"ptc_lisp", "subagent"}
