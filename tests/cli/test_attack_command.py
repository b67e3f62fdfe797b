"""What `ptc doctor --attack` prints and how it ends. The attempts themselves are made in tests/security."""

from __future__ import annotations

import json

import ptc_lisp
from ptc_lisp.sandbox.attacks.campaign import by_host
from ptc_lisp.sandbox.attacks.corpus import attempts
from subagent.cli.attack import run_attack
from subagent.cli.exits import Exit

TWO = [attempt for attempt in attempts("frames") if attempt.name in {"two answers", "a crash"}]


def told_of(chosen):
    def attack(told=None):
        verdicts = list(by_host(chosen))
        for verdict in verdicts if told else ():
            told(verdict)
        return verdicts

    return attack


def test_stopped_attempts_end_well(monkeypatch, capsys):
    monkeypatch.setattr(ptc_lisp, "attack", told_of(TWO))
    assert run_attack(as_json=False) is Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Forged messages")
    assert lines[1].split() == ["stopped", "forged:", "two", "answers", "host"]
    assert lines[3] == "2 of 2 attempts stopped (100.0 %)"


def test_one_that_got_through_is_shown_and_ends_with_a_code(monkeypatch, capsys):
    import msgspec  # noqa: PLC0415 - only here

    honest = msgspec.structs.replace(TWO[0], code="sock.sendall(done(frame))")
    monkeypatch.setattr(ptc_lisp, "attack", told_of([honest, TWO[1]]))
    assert run_attack(as_json=False) is Exit.HOST
    shown = capsys.readouterr().out
    assert "  THROUGH  forged: two answers" in shown
    assert "1 of 2 attempts stopped (50.0 %)" in shown
    assert "Do not run programs that you do not trust" in shown
    assert run_attack(as_json=True) is Exit.HOST
    found = json.loads(capsys.readouterr().out)
    assert (found["attempts"], found["stopped"]) == (2, 1)
    assert [verdict["stopped"] for verdict in found["verdicts"]] == [False, True]
