"""smolagents' LocalPythonExecutor: an interpreter of Python's syntax tree, in the host's process."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
executor_module = importlib.import_module("smolagents.local_python_executor")
from work import HALF, PYTHON, ROWS, serve  # noqa: E402 - after the folder of this file, which has its name, is out of the way

COUNTED = "s = 0\nfor i in range(1000000):\n    s = s + i\ns"  # it ends any `while` after 100,000 turns


def main() -> None:
    executor_module.MAX_OPERATIONS = 10**9
    executor = executor_module.LocalPythonExecutor(additional_authorized_imports=[], timeout_seconds=600)
    executor.send_tools({})
    executor.send_variables({"rows": ROWS, "half": HALF})
    programs = {**PYTHON, "loop": COUNTED, "handed": PYTHON["filter"]}
    actions = {name: (lambda p=p: executor(p).output, 1) for name, p in programs.items()}
    serve("smolagents", {**actions, "warm": (lambda: executor("1 + 2").output, 20)})


if __name__ == "__main__":
    main()
