"""`ptc doctor` says what this machine has, for a person and for a program."""

from __future__ import annotations

import json

from ptc_lisp import protections


def test_what_works_is_listed(ptc_process):
    done = ptc_process("doctor", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["first_program_ms"] > found["warm_program_ms"] > 0
    assert {layer["name"]: layer["active"] for layer in found["protections"]} == {
        layer.name: layer.active for layer in protections()
    }
    assert found["packages"]["msgspec"] != "not installed"


def test_a_person_reads_the_same(ptc):
    done = ptc("doctor")
    assert done.returncode == 0
    words = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert words == ["Python", "System", "Packages", "Sandbox", "Models"]
    assert all(layer.name in done.stdout for layer in protections())
