"""How model and agent talk: what a request asks for, how a reply is read and remembered, what is said after a turn.

The loop is one; a mode, a language and a transport choose its strategy from the table here.
"""

from __future__ import annotations

from subagent.loop.modes.content import ContentStrategy
from subagent.loop.modes.json_content import JsonStrategy
from subagent.loop.modes.strategy import Strategy
from subagent.loop.modes.text import TextStrategy
from subagent.loop.modes.tool_call import ToolCallStrategy
from subagent.loop.policy import Language, Mode, Policy, Transport

STRATEGIES: dict[tuple[Mode, Language, Transport], Strategy] = {
    ("program", "ptc-lisp", "content"): ContentStrategy(),
    ("program", "ptc-lisp", "tool_call"): ToolCallStrategy(),
    ("text", "ptc-lisp", "content"): TextStrategy(),
    ("text", "ptc-lisp", "tool_call"): TextStrategy(),
    ("program", "ptc-json", "content"): JsonStrategy(),
    ("program", "ptc-json", "tool_call"): ToolCallStrategy(),
    ("text", "ptc-json", "content"): TextStrategy(),
    ("text", "ptc-json", "tool_call"): TextStrategy(),
}


def strategy_of(policy: Policy) -> Strategy:
    """The strategy that a policy names."""
    return STRATEGIES[policy.mode, policy.language, policy.transport]
