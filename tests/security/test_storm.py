"""Some hundred runs while workers are killed, run out of time and out of memory; `benchmarks/faults.py` makes 10,000."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "faults.py"


@pytest.mark.slow
def test_every_caller_gets_its_own_outcome_and_nothing_is_left():
    done = subprocess.run(
        [sys.executable, COMMAND, "--runs", "400", "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    report = json.loads(done.stdout)
    assert (report["wrong"], done.returncode, done.stderr) == (0, 0, ""), report["first_wrong"]
    assert (report["killed"], report["timeout"], report["memory"]) == (20, 20, 20)
    assert report["descriptors_after"] <= report["descriptors_before"] + 2
    assert (
        report["processes_after"] <= report["processes_before"] + 2
    )  # the stock of idle workers comes and goes
    assert (
        report["threads_after"] <= report["threads_before"] + 6
    )  # helpers for tools stay, at most one per caller
    assert report["resident_mb_after"] <= report["resident_mb_before"] + 40
    assert report["plain_runs_per_s_after"] >= report["plain_runs_per_s_before"] / 3
    before, after = (report[f"plain_runs_per_s_{when}"] for when in ("just_before_a_burst", "just_after_it"))
    assert after >= before / 3, "runs are as quick at once when the faults are over"
