"""`ptc demo`: questions about real flights, answered by programs that run in the sandbox."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import msgspec

from ptc_lisp import Limits
from subagent import Step, SubAgent
from subagent.cli.exits import CliError, Exit, exit_code
from subagent.cli.model_option import model_of
from subagent.cli.output import print_fault, print_json, say
from subagent.cli.progress import progress
from subagent.demo.questions import QUESTIONS, Question
from subagent.demo.replies import FOLDER, PlayedReplies, RecordedReplies
from subagent.demo.tables import load_table, prompt_tokens
from subagent.demo.tools import TOOLS
from subagent.messages import LLM

WIDTH = 100
TIMEOUT_MS = 20_000  # the largest table is decoded and scanned within two seconds on a slow machine
INTRODUCTION = """\
All {flights:,} flights that left New York in January 2013, with their airlines, airports, planes and the weather.
The model never sees the tables: it writes programs, and they run in a sandbox. {source}
"""


def run_demo(
    name: str | None,
    *,
    llm: str | None,
    api_base: str | None,
    record: str | None,
    list_only: bool,
    as_json: bool,
) -> Exit:
    """Ask one question or all of them. The exit code is the worst of the questions'."""
    questions = [question for question in QUESTIONS if name in {None, question.name}]
    if not questions:
        raise CliError(
            f"no question named {name}; there are {', '.join(question.name for question in QUESTIONS)}"
        )
    if list_only:
        for question in questions:
            print(f"{question.name}\n  {question.task}")
        return Exit.OK
    if record and not llm:
        raise CliError("--record writes the replies of a model; name one with --llm")
    if record:
        _make_folder(record)
    if not as_json:
        print(INTRODUCTION.format(flights=len(load_table("flights")), source=_source(llm)))
    worst = Exit.OK
    for number, question in enumerate(questions, 1):
        model = _model(question, llm, api_base, record)
        if not as_json:
            print(
                f"── {number}/{len(questions)} {question.name} "
                + "─" * max(0, WIDTH - 8 - len(question.name))
            )
            print(textwrap.fill(question.task, WIDTH) + "\n")
        with progress(quiet=as_json or llm is None) as show:
            step = ask(question, model, show)
        report = Report.of(question, model, step)
        print_json(msgspec.to_builtins(report) | step.to_dict()) if as_json else report.show(step)
        worst = max(worst, exit_code(step.error), Exit.OK if report.correct or not step.ok else Exit.FAILED)
    return worst


def _make_folder(record: str) -> None:
    try:
        Path(record).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(f"--record {record}: cannot be made: {error.strerror}") from None


def ask(question: Question, model: LLM, show: Any) -> Step:
    """Run an agent on one question."""
    agent = SubAgent(
        tools={tool: TOOLS[tool] for tool in question.tools},
        signature=question.signature,
        max_turns=6,
        limits=Limits(timeout_ms=TIMEOUT_MS),
    )
    context = {table: load_table(table) for table in question.tables}
    return agent.run(question.task, llm=model, context=context, on_event=show)


def _source(llm: str | None) -> str:
    return f"Live: {llm}." if llm else "Replies are replayed; every program really runs."


def _model(question: Question, llm: str | None, api_base: str | None, record: str | None) -> LLM:
    if llm:
        model = model_of(llm, api_base)
        return RecordedReplies(model, Path(record) / f"{question.name}.jsonl") if record else model
    try:
        return PlayedReplies(FOLDER / f"{question.name}.jsonl")
    except ValueError as error:
        raise CliError(str(error), Exit.HOST) from None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo says about one question beside the answer itself."""

    question: str
    origin: str
    model: str
    correct: bool
    data_tokens: int
    used_tokens: int
    same_prompts: bool

    @classmethod
    def of(cls, question: Question, model: LLM, step: Step) -> Report:
        """The report on a finished question."""
        return cls(
            question=question.name,
            origin=model.origin if isinstance(model, PlayedReplies) else "live",
            model=str(getattr(model, "model", "unknown")),
            correct=step.ok and step.value == question.expected,
            data_tokens=prompt_tokens(question.tables),
            used_tokens=step.usage.total_tokens,
            same_prompts=not isinstance(model, PlayedReplies) or model.same_prompts,
        )

    def show(self, step: Step) -> None:
        """Programs, tool calls, answer and figures for a person."""
        for turn in step.turns:
            print(f"program {turn.number} ({self._author()}):")
            say(_indented(turn.program or "(the reply held no program)"))
            for call in turn.tool_calls:
                arguments = " ".join(f"{key}={value!r}" for key, value in call.args.items())
                say(
                    f"  called tool/{call.name} {arguments}"
                    + (f" → failed: {call.error}" if call.error else "")
                )
            if turn.error is not None:
                say(f"  → {turn.error.kind}: {turn.error.message.splitlines()[0]}")
        if step.error is not None:
            print_fault(step.error)
        else:
            print("answer:")
            say(_indented(_lines(step.value)))
            print(f"  {'the same as' if self.correct else 'NOT'} the answer computed by plain Python")
        print(self._figures(step) + "\n")

    def _author(self) -> str:
        if self.origin == "scripted":
            return "scripted: written by hand, not by a model"
        return f"{self.origin}, {self.model}" + (
            "" if self.same_prompts else ", with an earlier wording of the prompt"
        )

    def _figures(self, step: Step) -> str:
        saved = (
            f"the data would be about {self.data_tokens:,} tokens in a prompt (JSON, 4 characters a token)"
        )
        used = f"; the model used {self.used_tokens:,}" if self.used_tokens else ""
        return f"cost: {saved}{used}; programs ran {step.usage.program_ms:.0f} ms"


def _lines(value: Any) -> str:
    """One row per line for lists of maps, one line for everything else."""
    rows = value if isinstance(value, list) else [value]
    return "\n".join(msgspec.json.encode(row, enc_hook=str).decode() for row in rows)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())
