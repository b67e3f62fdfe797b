"""`ptc doctor --attack`: does the sandbox of this machine hold, and which layer stops what?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

import ptc_lisp
from subagent.cli.exits import Exit
from subagent.cli.output import print_json

AREAS = {
    "language": "Programs, against the language",
    "kernel": "Python in a broken worker, against the kernel's protections; each that stops it alone",
    "frames": "Forged messages of a broken worker, against the host",
}


class _Told:
    """Prints verdicts as they come, a head before each area."""

    def __init__(self) -> None:
        self._area = ""

    def __call__(self, verdict: Any) -> None:
        if verdict.area != self._area:
            self._area = verdict.area
            print(f"{AREAS[self._area]}:", flush=True)
        words = f"{verdict.group}: {verdict.name}"
        if verdict.stopped:
            print(f"  stopped  {words:<58} {', '.join(verdict.by)}", flush=True)
        else:
            print(f"  THROUGH  {words:<58} {verdict.ended or 'to its end'}", flush=True)


def run_attack(*, as_json: bool) -> Exit:
    """Makes all attempts and prints the verdicts; HOST when one was not stopped."""
    verdicts = ptc_lisp.attack(None if as_json else _Told())
    through = [verdict for verdict in verdicts if not verdict.stopped]
    missing = [layer.name for layer in ptc_lisp.protections() if not layer.active]
    if as_json:
        print_json(
            {
                "attempts": len(verdicts),
                "stopped": len(verdicts) - len(through),
                "missing_layers": missing,
                "verdicts": msgspec.to_builtins(verdicts),
            }
        )
    else:
        _summary(verdicts, len(through), missing)
    return Exit.HOST if through else Exit.OK


def _summary(verdicts: Sequence[Any], through: int, missing: list[str]) -> None:
    count = len(verdicts)
    print(f"{count - through} of {count} attempts stopped ({100 * (count - through) / count:.1f} %)")
    real = sum(1 for verdict in verdicts if verdict.real)
    print(f"{real} of the attempts on the kernel get through where nothing protects")
    if missing:
        print(f"not in force here: {', '.join(missing)} (ptc doctor says why)")
    if through:
        print("Do not run programs that you do not trust on this machine.")
