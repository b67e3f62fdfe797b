"""Definitions as data."""

import json
import subprocess
import sys

import pytest

from ptc_lisp import Limits
from subagent import SELF, Compaction, FormatOptions, RetryPolicy, ScriptedLLM, SubAgent, SystemPrompt


def find_orders(city: str) -> list[dict]:
    """Orders of a city."""
    return [{"city": city}]


def shout(text: str) -> str:
    return text.upper()


REGISTRY = {"find_orders": find_orders, "shout": shout}


def there_and_back(agent, registry=REGISTRY):
    data = json.loads(json.dumps(agent.to_dict(registry)))
    return SubAgent.from_dict(data, registry)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"prompt": "Sum {{n}}", "signature": "(n :int) -> {total :float}", "max_turns": 3, "name": "adder"},
        {
            "limits": Limits(timeout_ms=10),
            "llm_retry": RetryPolicy(max_attempts=1),
            "format": FormatOptions(max_chars=9),
        },
        {"compaction": Compaction(turns=3), "system_prompt": SystemPrompt(prefix="a"), "repair": "apply"},
        {"compaction": True, "llm": "openai/gpt-4.1-mini", "llm_options": {"temperature": 0, "stop": ["x"]}},
        {"language_spec": ("minimal", {"reference": "full"})},
        {"system_prompt": shout, "language_spec": "Write Lisp, please.", "memory_limit_bytes": None},
        {"builtin_tools": ("grep",), "context_descriptions": {"rows": "what we sold"}},
    ],
)
def test_a_definition_survives(fields):
    agent = SubAgent(**fields)
    again = there_and_back(agent)
    assert again == agent
    assert again.preview_prompt("x", {"n": 1}) == agent.preview_prompt("x", {"n": 1})


def test_only_what_differs_is_stored():
    assert SubAgent().to_dict() == {"version": 1}


def test_tools_are_named_and_agents_are_stored_whole():
    child = SubAgent(name="child", description="Helps.", tools=[find_orders], max_turns=2)
    agent = SubAgent(tools={"orders": child.as_tool("orders", "Finds orders."), "find_orders": find_orders})
    again = there_and_back(agent)
    assert list(again.tool_table) == ["orders", "find_orders"]
    assert again.tool_table["orders"].description == "Helps."
    llm = ScriptedLLM(['(return (tool/orders {:task "x"}))', '(return (tool/find_orders {:city "Oslo"}))'])
    assert again.run("go", llm=llm).value == [{"city": "Oslo"}]


def test_an_agent_may_have_itself_as_a_tool():
    agent = SubAgent(name="again", signature="(n :int) -> :int", tools=[SELF], description="Again.")
    assert list(there_and_back(agent).tool_table) == ["again"]


def test_code_without_a_name_is_refused():
    with pytest.raises(
        ValueError, match=r"the tool find_orders is code .* with find_orders .there is nothing"
    ):
        SubAgent(tools=[find_orders]).to_dict()
    with pytest.raises(ValueError, match=r"SubAgent\.llm is code"):
        SubAgent(llm=ScriptedLLM([])).to_dict()


def test_what_cannot_be_read_is_refused():
    data = SubAgent(tools=[find_orders]).to_dict(REGISTRY)
    with pytest.raises(ValueError, match="the tool find_orders is code"):
        SubAgent.from_dict(data)
    with pytest.raises(ValueError, match="this definition has version 7; this program reads version 1"):
        SubAgent.from_dict({"version": 7})
    with pytest.raises(ValueError, match="a stored definition has the unknown field colour"):
        SubAgent.from_dict({"version": 1, "colour": "red"})
    with pytest.raises(ValueError, match=r"SubAgent\.max_turns must be at least 1"):
        SubAgent.from_dict({"version": 1, "max_turns": 0})


def test_another_process_reads_it(tmp_path):
    (tmp_path / "agent.json").write_text(json.dumps(SubAgent("Sum.", max_turns=2).to_dict()))
    code = "import json, sys; from subagent import SubAgent; a = SubAgent.from_dict(json.load(open(sys.argv[1]))); print(a.max_turns)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "agent.json")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"


def test_a_type_that_is_made_anew_each_time_is_found_in_the_registry():
    agent = SubAgent("Go", output=list[int])
    stored = agent.to_dict({"ints": list[int]})
    assert stored["output"] == {"registered": "ints"}
    assert SubAgent.from_dict(stored, {"ints": list[int]}) == agent
