"""`ptc doctor`: is this machine able to run programs safely, and are there keys for models?"""

from __future__ import annotations

import os
import platform
import sys
import time
from importlib import metadata
from typing import Any

import msgspec

import ptc_lisp
from subagent.cli.exits import Exit
from subagent.cli.output import print_json

PACKAGES = ("ptc-lisp", "lark", "msgspec", "anyio", "litellm", "opentelemetry-api")
KEYS = {
    "OPENAI_API_KEY": "openai/…",
    "ANTHROPIC_API_KEY": "anthropic/…",
    "GEMINI_API_KEY": "gemini/…",
    "MISTRAL_API_KEY": "mistral/…",
    "GROQ_API_KEY": "groq/…",
    "DEEPSEEK_API_KEY": "deepseek/…",
    "OPENROUTER_API_KEY": "openrouter/…",
    "AZURE_API_KEY": "azure/…",
    "AWS_ACCESS_KEY_ID": "bedrock/…",
}


class Report(msgspec.Struct, kw_only=True):
    """What was found. `problems` is empty when programs can run."""

    python: str
    system: str
    packages: dict[str, str]
    first_program_ms: float | None
    warm_program_ms: float | None
    protections: list[dict[str, Any]]
    models: dict[str, bool]
    default_model: str | None
    problems: list[str]


def run_doctor(*, attack: bool, as_json: bool) -> Exit:
    """Examine and print; HOST when a program cannot be run, or an attack was not stopped."""
    if attack:
        from subagent.cli.attack import run_attack

        return run_attack(as_json=as_json)
    report = examine()
    if as_json:
        print_json(msgspec.to_builtins(report))
    else:
        show(report)
    return Exit.HOST if report.problems else Exit.OK


def examine() -> Report:
    """Run two programs and ask the sandbox what protects this machine from them."""
    problems: list[str] = []
    times: list[float | None] = []
    for _ in range(2):
        start = time.perf_counter()
        step = ptc_lisp.run("(+ 1 2)")
        times.append((time.perf_counter() - start) * 1000 if step.ok else None)
        if step.error is not None and not problems:
            problems.append(f"a program could not run: {step.error.message}")
    return Report(
        python=f"{platform.python_version()} ({sys.executable})",
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        packages={name: _version(name) for name in PACKAGES},
        first_program_ms=times[0],
        warm_program_ms=times[1],
        protections=[msgspec.to_builtins(layer) for layer in ptc_lisp.protections()] if not problems else [],
        models={name: bool(os.environ.get(name)) for name in KEYS},
        default_model=os.environ.get("PTC_LLM"),
        problems=problems,
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def show(report: Report) -> None:
    """The report for a person."""
    print(f"Python     {report.python}")
    print(f"System     {report.system}")
    print(f"Packages   {', '.join(f'{name} {version}' for name, version in report.packages.items())}")
    if report.first_program_ms is not None and report.warm_program_ms is not None:
        print(
            f"Sandbox    first program {report.first_program_ms:.0f} ms, next one {report.warm_program_ms:.1f} ms"
        )
    for layer in report.protections:
        detail = f" ({layer['detail']})" if layer["detail"] else ""
        print(f"  {'on ' if layer['active'] else 'OFF'} {layer['name']}{detail}")
    found = [KEYS[name] for name, present in report.models.items() if present]
    print(f"Models     {'keys for ' + ', '.join(found) if found else 'no API key in the environment'}")
    if report.default_model:
        print(f"           PTC_LLM is {report.default_model}")
    elif not found:
        print("           ptc demo needs none; a local server works with --llm openai/NAME --api-base URL")
    for problem in report.problems:
        print(f"PROBLEM    {problem}")
