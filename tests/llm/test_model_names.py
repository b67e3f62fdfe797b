# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportPrivateImportUsage=false
"""Aliases, registries, lists of models and routers."""

import sys
from pathlib import Path

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_server import Failure, Reply, serve

from subagent import SubAgent
from subagent.llm import (
    FallbackLLM,
    LiteLLM,
    LLMError,
    LLMErrorKind,
    LLMRequest,
    Message,
    ModelRegistry,
    RetryPolicy,
    ScriptedLLM,
    UnknownModelError,
    resolve,
    with_retries,
)

REQUEST = LLMRequest(system="", messages=(Message("user", "hi"),))


@pytest.mark.parametrize(
    "name,found",
    [
        ("haiku", "anthropic/claude-haiku-4-5"),
        ("openrouter:haiku", "openrouter/anthropic/claude-haiku-4.5"),
        ("anthropic:claude-opus-4-1", "anthropic/claude-opus-4-1"),
        ("openai/gpt-4.1-mini", "openai/gpt-4.1-mini"),
        ("bedrock/arn:aws:bedrock:eu", "bedrock/arn:aws:bedrock:eu"),
    ],
)
def test_row_89_aliases_providers_and_full_names(name, found):
    assert ModelRegistry().find(name) == found
    assert resolve(name).model == found


def test_row_89_an_unknown_alias_lists_the_known_ones():
    with pytest.raises(UnknownModelError, match=r"no model alias hiku; did you mean haiku\?.*sonnet"):
        ModelRegistry().find("hiku")


def test_row_89_an_alias_that_a_provider_lacks_says_who_has_it():
    with pytest.raises(UnknownModelError, match="the alias haiku is not known at groq; it is at anthropic"):
        resolve("groq:haiku")


@pytest.mark.real_llm  # nothing leaves this machine: the client refuses, or asks a server on loopback
def test_row_89_a_bare_name_that_nobody_knows_lists_the_aliases():
    with pytest.raises(LLMError) as caught:
        anyio.run(LiteLLM("hiku", api_key="k").complete, REQUEST)
    assert caught.value.kind is LLMErrorKind.BAD_REQUEST
    assert "haiku" in (caught.value.hint or "")


def test_the_default_provider_decides_where_an_alias_has_several():
    assert ModelRegistry(default_provider="openrouter").find("haiku").startswith("openrouter/")
    assert ModelRegistry(default_provider="openrouter").find("anthropic:haiku").startswith("anthropic/")


def test_own_aliases_name_models_and_objects():
    scripted = ScriptedLLM(["x"])
    registry = ModelRegistry({"fast": {"openai": "tiny"}, "mine": scripted})
    assert registry.find("fast") == "openai/tiny"
    assert resolve("mine", registry) is scripted
    assert resolve("mine", {"mine": scripted}) is scripted
    assert registry.aliases()["mine"] == ()
    with pytest.raises(UnknownModelError, match="write mine alone"):
        registry.find("openai:mine")


def test_names_that_only_litellm_knows_pass_through():
    assert resolve("gpt-4o").model == "gpt-4o"
    assert resolve("ft:gpt-4o-mini:org::id").model == "ft:gpt-4o-mini:org::id"


def test_the_next_model_answers_when_one_fails():
    with serve([Failure(500)]) as broken, serve([Reply("from the second")]) as sound:
        first = LiteLLM("openai/one", api_base=broken.url, api_key="k")
        second = LiteLLM("openai/two", api_base=sound.url, api_key="k")
        llm = with_retries(resolve([first, second]), RetryPolicy(max_attempts=2, base_delay_ms=1))
        response = anyio.run(llm.complete, REQUEST)
    assert (response.content, response.model, response.attempts) == ("from the second", "two", 3)
    assert len(broken.requests) == 2


def test_when_all_fail_the_last_error_counts_every_attempt():
    bad = LLMError(LLMErrorKind.BAD_REQUEST, "no")
    worse = LLMError(LLMErrorKind.AUTHENTICATION, "no key")
    with pytest.raises(LLMError, match="no key") as caught:
        anyio.run(FallbackLLM([ScriptedLLM([bad]), ScriptedLLM([worse])]).complete, REQUEST)
    assert caught.value.attempts == 2


def test_a_model_may_be_asked_again_behind_another():
    error = LLMError(LLMErrorKind.SERVER, "busy")
    twice = ScriptedLLM([error, "at last"])
    response = anyio.run(FallbackLLM([twice, ScriptedLLM([error]), twice]).complete, REQUEST)
    assert (response.content, response.attempts) == ("at last", 3)


def test_an_agent_takes_a_list_of_models_and_counts_their_calls():
    failing = ScriptedLLM([LLMError(LLMErrorKind.CONTEXT_WINDOW, "too long")])
    step = SubAgent(max_turns=1).run("Go", llm=[failing, ScriptedLLM(["```clojure\n(return 7)\n```"])])
    assert (step.value, step.usage.llm_requests) == (7, 2)


def test_an_empty_list_of_models_is_refused():
    with pytest.raises(ValueError, match="empty list"):
        resolve([])


@pytest.mark.real_llm  # nothing leaves this machine: the client refuses, or asks a server on loopback
def test_a_router_of_litellm_is_a_model():
    import litellm  # noqa: PLC0415 - slow to import

    with serve([Reply("routed", completion_tokens=5)]) as server:
        deployment = {"model": "openai/tiny", "api_base": server.url, "api_key": "k"}
        router = litellm.Router(model_list=[{"model_name": "main", "litellm_params": deployment}])
        response = anyio.run(resolve(router).complete, REQUEST)
        two = litellm.Router(
            model_list=[{"model_name": name, "litellm_params": deployment} for name in ("a", "b")]
        )
        with pytest.raises(ValueError, match=r"model groups a, b: name one with LiteLLM"):
            resolve(two)
        named = anyio.run(LiteLLM("b", router=two).complete, REQUEST)
    assert (response.content, response.usage.output_tokens, named.content) == ("routed", 5, "routed")


@pytest.mark.parametrize("backoff,waits", [("linear", (0.1, 0.2, 0.3)), ("constant", (0.1, 0.1, 0.1))])
def test_waits_grow_as_the_policy_says(backoff, waits):
    policy = RetryPolicy(max_attempts=9, base_delay_ms=100, backoff=backoff)
    for attempt, full in enumerate(waits, start=1):
        delay = policy.delay_s(attempt, LLMError(LLMErrorKind.SERVER, "x"))
        assert delay is not None
        assert full / 2 <= delay <= full


def test_a_policy_can_name_the_errors_to_retry():
    policy = RetryPolicy(retry_on=(LLMErrorKind.BAD_REQUEST,))
    assert policy.delay_s(1, LLMError(LLMErrorKind.BAD_REQUEST, "x")) is not None
    assert policy.delay_s(1, LLMError(LLMErrorKind.RATE_LIMIT, "x")) is None
    with pytest.raises(ValueError, match="no kind 'often'; kinds are"):
        RetryPolicy(retry_on=("often",))
    with pytest.raises(ValueError, match='backoff must be one of "exponential"'):
        RetryPolicy(backoff="slowly")
