"""The rules of one run, as data: everything that `decide` may know about a definition. Holds no callables but a pure one, the
token counter of a Compaction."""

from __future__ import annotations

from typing import Any, Literal, cast, get_args

import msgspec

from ptc_lisp.signature import Validation
from subagent.loop.plan import PlanStep
from subagent.messages import Grammar
from subagent.prompting.preview import Language

Mode = Literal["program", "text"]
Transport = Literal["content", "tool_call"]
MemoryStrategy = Literal["strict", "rollback"]
OnBudget = Literal["fail", "return_partial"]
Repair = Literal["suggest", "apply"]
FreshStart = Literal["never", "repeated", "failed"]
Completion = Literal["implicit", "explicit"]
LanguageProfile = Literal["compact", "full", "minimal"]
Reference = Literal["common", "full", "none"]


class LanguageSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the system text says about the language.

    profile: "compact", "full", "minimal", or a text of your own in their place.
    reference: which functions are listed: "common", "full" (all, with their usage), "none"; None: as the profile has it.
    journal: whether `task` and `step-done` are explained; None: if the agent has a journal or a plan.

    Raises:
        ValueError: a field is unusable; the message names field and value.
    """

    profile: str = "compact"
    reference: Reference | None = None
    journal: bool | None = None

    def __post_init__(self) -> None:
        profiles = get_args(LanguageProfile)
        if self.profile not in profiles and len(str(self.profile).split()) < _FEW_WORDS:
            listed = ", ".join(f'"{profile}"' for profile in profiles)
            raise ValueError(
                f"LanguageSpec.profile must be one of {listed}, or a text of your own, got {self.profile!r}"
            )
        if self.reference not in (None, *get_args(Reference)):
            raise ValueError(
                f'LanguageSpec.reference must be "common", "full", "none" or None, got {self.reference!r}'
            )
        if self.journal not in (None, True, False):
            raise ValueError(f"LanguageSpec.journal must be True, False or None, got {self.journal!r}")

    @property
    def own_words(self) -> bool:
        """Whether the profile is a text of the host."""
        return self.profile not in get_args(LanguageProfile)


_FEW_WORDS = 2  # a single word is a misspelt profile


def language_spec(given: object) -> LanguageSpec:
    """The LanguageSpec that is meant by a profile, a text, or a pair of one of them and a dict of the other fields.

    Raises:
        ValueError, TypeError: it is none of these, or a field is unusable.
    """
    if isinstance(given, LanguageSpec):
        return given
    if isinstance(given, str):
        return LanguageSpec(given)
    match given:
        case [str() as profile, {**more}] if set(more) <= {"reference", "journal"}:
            return LanguageSpec(profile, **cast("dict[str, Any]", more))
        case _:
            raise TypeError(
                'a profile ("compact", "full", "minimal"), a text, LanguageSpec(...), or a pair such as '
                f'("compact", {{"reference": "none"}}) is wanted, got {given!r}'
            )


class FormatOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the model is shown after a turn, and where. In characters, except items, depth and names.

    context_in_system: put tools and data into the system text, which providers cache between turns and runs.
    minimal_turn_info: do not mention the number of turns after each turn, only before the last one.
    history_max_bytes: a result with a longer encoding is not kept as `*1`; a program that reads it gets a fault that says
        where the value is, if it was kept under a name. None: all are kept.

    Raises:
        ValueError: a limit is below 1; the message names field and value.
    """

    max_chars: int = 512
    max_items: int = 10
    max_depth: int = 4
    memory_chars: int = 160
    memory_names: int = 20
    error_chars: int = 1_200
    kept_chars: int = 600
    tool_result_chars: int = 16_000
    context_in_system: bool = False
    minimal_turn_info: bool = False
    history_max_bytes: int | None = 1 << 20

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name in ("context_in_system", "minimal_turn_info"):
                if not isinstance(value, bool):
                    raise ValueError(f"FormatOptions.{name} must be True or False, got {value!r}")
            elif value is None and name == "history_max_bytes":
                continue
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"FormatOptions.{name} must be at least 1, got {value!r}")


class Compaction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When and how the conversation is shortened for the model.

    strategy: "trim" drops the middle.
    turns: shorten after this many turns; None: regardless of turns.
    tokens: shorten when the conversation is estimated to have this many; None: regardless of tokens.
    keep_recent_turns: turns that are kept, each with the model's message and everything that answered it.
    keep_initial_user: whether the task is kept too.
    token_counter: a function that counts the tokens of a text and is deterministic; None: four characters per token.

    Raises:
        ValueError: a number is below 1, or the strategy unknown; the message names field and value.
    """

    strategy: Literal["trim"] = "trim"
    turns: int | None = 8
    tokens: int | None = None
    keep_recent_turns: int = 3
    keep_initial_user: bool = True
    token_counter: Any = None

    def __post_init__(self) -> None:
        if self.token_counter is not None and not callable(self.token_counter):
            given = type(self.token_counter).__name__
            raise ValueError(f"Compaction.token_counter must be a function of a text, got {given}")
        if self.strategy != "trim":
            raise ValueError(f'Compaction.strategy must be "trim", got {self.strategy!r}')
        for name in ("turns", "tokens", "keep_recent_turns"):
            value = getattr(self, name)
            if value is None and name != "keep_recent_turns":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"Compaction.{name} must be a whole number of at least 1, got {value!r}")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """See the fields of `SubAgent` of the same names. Others:

    depth: counts from 0, the outermost agent. keys: those of the rows of each table in the context.
    native_tools: the tools that the model may call itself (OpenAI function format). native_names: the tools' names by the
    names that the model reads.
    verify: the host looks at every answer. answer_notes: what fields of the answer mean or may be, by path; answer_values:
    all that they may be.
    program_schema: the JSON Schema that programs in PTC-JSON are kept to, in replies or calls.
    """

    agent: str
    signature: str | None = None
    max_turns: int = 5
    retry_turns: int = 0
    completion: Completion = "implicit"
    language_spec: LanguageSpec = LanguageSpec()
    thinking: bool = False
    output_format: str | None = None
    mode: Mode = "program"
    language: Language = "ptc-lisp"
    transport: Transport = "content"
    mission_timeout_ms: int | None = None
    max_tool_calls: int | None = None
    memory_limit_bytes: int | None = None
    memory_strategy: MemoryStrategy = "strict"
    on_budget_exceeded: OnBudget = "fail"
    compaction: Compaction | None = None
    context_ref_bytes: int | None = None
    float_precision: int | None = None
    repair: Repair = "suggest"
    fresh_start: FreshStart = "repeated"
    validation: Validation = "enabled"
    allow_effects: tuple[str, ...] = ("read", "idempotent")
    plan: tuple[PlanStep, ...] = ()
    journaling: bool = False
    depth: int = 0
    max_depth: int = 3
    tool_names: tuple[str, ...] = ()
    keys: dict[str, tuple[str, ...]] = {}
    options: dict[str, Any] = {}
    constraint: Grammar | None = None
    native_tools: tuple[dict[str, Any], ...] = ()
    native_names: dict[str, str] = {}
    cache: bool = False
    verify: bool = False
    answer_notes: dict[str, str] = {}
    answer_values: dict[str, tuple[Any, ...]] = {}
    program_schema: dict[str, Any] | None = None
    format: FormatOptions = FormatOptions()

    @property
    def value_is_answer(self) -> bool:
        """Whether the value of a program's last form ends the run, without `(return …)`."""
        return self.completion == "implicit" and self.max_turns == 1

    @property
    def single_shot(self) -> bool:
        """Whether there is one turn and nothing after it: its fault is the fault of the run."""
        return self.max_turns == 1 and self.retry_turns == 0
