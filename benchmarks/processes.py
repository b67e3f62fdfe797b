"""What benchmarks ask about processes."""

from __future__ import annotations

from pathlib import Path


def descendants(process: str = "self") -> list[str]:
    """The ids of all processes below one."""
    found: list[str] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found
