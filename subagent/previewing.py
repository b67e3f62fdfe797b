"""`SubAgent.preview_prompt`: the first request of a run, without a run."""

from __future__ import annotations

from subagent.definition import SubAgent
from subagent.loop.decide import decide, new_state
from subagent.loop.state import Begin, Clock, Complete
from subagent.options import RunOptions
from subagent.prepare import prepare
from subagent.prompting.prompt import Preview


def preview(agent: SubAgent, task: str | None, options: RunOptions) -> Preview:
    """See `SubAgent.preview_prompt`."""
    prepared = prepare(agent, task, options)
    opening = prepared.opening
    begin = Begin(opening.system, opening.user, Clock(tree_turns_left=agent.turn_budget), prepared.earlier)
    state = new_state(prepared.policy, prepared.memory, prepared.journal)
    effect = decide(prepared.policy, state, begin).effect
    assert isinstance(effect, Complete)
    request = effect.request
    return Preview(
        opening.system,
        opening.user,
        messages=tuple(request.chat_messages()),
        tools=request.tools,
        schema=request.schema,
    )
