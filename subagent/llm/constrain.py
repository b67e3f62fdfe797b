"""Grammars that a model's reply must follow: restricted to what a run offers, and in the form that each server takes.

A reply that the server constrains cannot be unbalanced and cannot name a tool or an input that does not exist. What it
means is still up to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, get_args

import msgspec

from ptc_lisp import language
from subagent.messages import Grammar, GrammarServer, GrammarSyntax

_SERVERS: dict[GrammarSyntax, tuple[GrammarServer, ...]] = {
    "gbnf": ("llama.cpp", "vllm", "vllm-guided"),
    "lark": ("openai", "vllm", "vllm-guided"),
}
# Programs see the fault of the turn before under this name, whatever the context holds.
_ALWAYS = ("fail",)
TOOL = "lisp_eval"
_DESCRIPTION = "Takes the program: the text that would stand in the block, without the fence."
_FENCE = "```clojure\n", "```"


class Constraint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the grammar reaches the model.

    syntax: "gbnf" or "lark".
    server: "llama.cpp" (the body field `grammar`; only GBNF; the default for it), "openai" (a custom tool; only Lark;
        the default for it), "vllm" (`structured_outputs`, either syntax), or "vllm-guided" (`guided_grammar`, vLLM
        before 0.12).

    Raises:
        ValueError: there is no such syntax or server, or the server does not take the syntax.
    """

    syntax: GrammarSyntax
    server: GrammarServer | None = None

    def __post_init__(self) -> None:
        if self.syntax not in _SERVERS:
            raise ValueError(f'Constraint.syntax must be "gbnf" or "lark", got {self.syntax!r}')
        if self.server is None or self.server in _SERVERS[self.syntax]:
            return
        if self.server not in get_args(GrammarServer):
            known = ", ".join(f'"{name}"' for name in get_args(GrammarServer))
            raise ValueError(f"Constraint.server must be one of {known}, got {self.server!r}")
        takes = next(syntax for syntax in _SERVERS if self.server in _SERVERS[syntax])
        raise ValueError(
            f'Constraint: {self.server} does not take {self.syntax}; write Constraint("{takes}", "{self.server}")'
        )

    def grammar(self, tools: Iterable[str], data: Iterable[str]) -> Grammar:
        """The grammar of replies when `tools` and `data` are granted."""
        server = self.server or _SERVERS[self.syntax][0]
        names = tuple(sorted({*data, *_ALWAYS}))
        text = _reply_grammar(self.syntax, tuple(sorted(tools)), names, fenced=server != "openai")
        return Grammar(self.syntax, text, server)


def constraint_of(value: object) -> Constraint | None:
    """The constraint that a user meant: a Constraint, the name of a syntax, or None.

    Raises:
        ValueError, TypeError: it is none of these.
    """
    if value is None or isinstance(value, Constraint):
        return value
    if not isinstance(value, str):
        raise TypeError(f'constrain must be "gbnf", "lark" or Constraint(...), got {type(value).__name__}')
    if value not in _SERVERS:
        raise ValueError(
            f'constrain must be "gbnf" (llama.cpp), "lark" (OpenAI) or Constraint(...), got {value!r}'
        )
    return Constraint(value)


def body_fields(grammar: Grammar) -> dict[str, Any]:
    """The fields of a chat request's body that make a server keep to the grammar."""
    match grammar.server:
        case "llama.cpp":
            return {"grammar": grammar.text}
        case "vllm":
            return {"structured_outputs": {"grammar": grammar.text}}
        case "vllm-guided":
            return {"guided_grammar": grammar.text}
        case "openai":
            form = {"syntax": grammar.syntax, "definition": grammar.text}
            custom = {
                "name": TOOL,
                "description": _DESCRIPTION,
                "format": {"type": "grammar", "grammar": form},
            }
            return {
                "tools": [{"type": "custom", "custom": custom}],
                "tool_choice": {"type": "custom", "custom": {"name": TOOL}},
                "parallel_tool_calls": False,
            }


# Providers of litellm whose requests arrive with all body fields; what others drop would go unnoticed.
_OWN_SERVERS = frozenset({"openai", "custom_openai", "llamafile", "hosted_vllm"})


def refusal(grammar: Grammar, provider: str, options: Mapping[str, Any], *, own_server: bool) -> str | None:
    """Why a request of litellm cannot carry the grammar, and what can; None when it can. `own_server` says that the
    address of a server is given, so that the provider's own one is not asked."""
    if grammar.server == "openai":
        if provider != "openai":
            return (
                f'custom tools reach only openai/... models, not {provider}/...; use constrain="gbnf" or None'
            )
        if options.get("stream"):
            return "litellm does not stream custom tools; leave out stream"
        if "tools" in options:
            return "the grammar travels as the only tool of a request; leave the option tools out"
        return None
    if provider not in _OWN_SERVERS:
        return f"{provider} takes no grammar; serve the model with llama.cpp or vLLM, or leave constrain out"
    if provider == "openai" and not own_server:
        return (
            f"OpenAI does not take the form of {grammar.server}; pass api_base of a {grammar.server} server, "
            'or use constrain="lark"'
        )
    return None


@lru_cache(maxsize=64)
def _reply_grammar(
    syntax: GrammarSyntax, tools: tuple[str, ...], data: tuple[str, ...], *, fenced: bool
) -> str:
    """The grammar of a whole reply.

    A fenced one is what the prompt asks for and what a model would write anyway; the closing fence tells it when to
    stop, where a bare program could always go on with one more form. A program begins with a list, because prose is a
    row of symbols and would read as a program.
    """
    text = language.grammar(syntax, tools=tools, data=data)
    define = " ::= " if syntax == "gbnf" else ": "
    start = "root" if syntax == "gbnf" else "start"
    first = re.search(rf"^([\w-]+){define}LPAR\b", text, re.MULTILINE)
    head = re.match(rf"{start}{define}SPACE\? ([\w-]+)\n", text)
    if first is None or head is None:
        raise AssertionError("the exported grammar has no rule for lists, or does not begin with a program")
    program = f"SPACE? {first[1]} {head[1]}"
    if fenced:
        opening, closing = map(_quoted, _FENCE)
        program = f"{opening} {program} {closing}"
    return f"{start}{define}{program}\n{text[head.end() :]}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


__all__ = ["TOOL", "Constraint", "body_fields", "constraint_of", "refusal"]
