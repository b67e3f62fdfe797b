"""`--llm M` → a model: a litellm name, `scripted:FILE` or `replay:FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from subagent.cli.exits import CliError
from subagent.llm import LiteLLM, ModelRegistry, ReplayLLM, ScriptedLLM
from subagent.messages import LLM

FORMS = "openai/gpt-4.1-mini (any litellm name), scripted:replies.txt, or replay:recording.jsonl"
SEPARATOR = "\n---\n"


def model_of(text: str | None, api_base: str | None) -> LLM:
    """The model that the options name. Raises CliError when there is none, or its file cannot be used."""
    if not text:
        raise CliError(f"no model: give --llm (or set PTC_LLM): {FORMS}")
    kind, colon, path = text.partition(":")
    if colon and kind in {"scripted", "replay"}:
        if api_base:
            raise CliError(f"--api-base has no meaning for {kind}: models; leave it out")
        return ScriptedLLM(scripted_replies(Path(path))) if kind == "scripted" else _replay(path)
    options: dict[str, Any] = {"api_base": api_base} if api_base else {}
    names = ModelRegistry()
    try:
        return LiteLLM(names.find(text) if names.has(text) else text, **options)
    except ValueError as error:
        raise CliError(f"--llm {text}: {error}") from None


def _replay(path: str) -> LLM:
    try:
        return ReplayLLM(path)
    except ValueError as error:
        raise CliError(f"--llm replay:{path}: {error}") from None


def scripted_replies(path: Path) -> list[str]:
    """The replies in a file: a JSON list of strings (.json), or texts separated by lines of `---`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CliError(f"--llm scripted:{path}: cannot be read: {reason}") from None
    if path.suffix == ".json":
        try:
            return msgspec.json.decode(text, type=list[str])
        except msgspec.DecodeError as error:
            raise CliError(f"--llm scripted:{path}: not a JSON list of strings: {error}") from None
    return [reply.strip() for reply in text.split(SEPARATOR) if reply.strip()]
