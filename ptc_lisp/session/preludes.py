"""The preludes of a session: compiled when the first program comes, and refused when a tool that they need is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from ptc_lisp.faults import Fault
from ptc_lisp.limits import Limits
from ptc_lisp.prelude.parts import Component, Export, Flaw, Prelude, PreludeError
from ptc_lisp.sandbox import wire

if TYPE_CHECKING:
    from ptc_lisp.prelude.compiling import Made
    from ptc_lisp.session.step_making import Language

Preludes: TypeAlias = Prelude | str | Sequence[Prelude | str]
"""What `prelude=` takes."""

_TOOL = "tool:"
_UPSTREAM = "upstream:"


class Attached:
    """What a session was given as `prelude`. Raises TypeError for what is none, ValueError for programs in PTC-JSON."""

    def __init__(self, given: Preludes, tools: Collection[str], language: Language = "ptc-lisp") -> None:
        if language == "ptc-json":
            raise ValueError(
                'prelude: PTC-JSON cannot call them: leave out language="ptc-json", or the prelude'
            )
        self._items = _items(given)
        self._tools = tools
        self._made: list[Made] = []
        self._prelude: Prelude | None = None
        self._fault: Fault | None = None
        self.exports: dict[str, Export] = {}
        self.key = ""  # tells it from all others, once it is compiled

    @property
    def is_settled(self) -> bool:
        """Whether `refusal` answers without waiting."""
        return self._prelude is not None or self._fault is not None

    def refusal(self, *, any_tool: bool = False) -> Fault | None:
        """Why no program can run with it. Compiles it first, if that was not done. any_tool: the tools are not known."""
        if not self.is_settled:
            try:
                self._settle()
            except PreludeError as error:
                self._fault = error.fault
        if self._fault is not None or any_tool:
            return self._fault
        return self._missing()

    @property
    def prelude(self) -> Prelude:
        """What is attached. Raises PreludeError when that cannot be compiled."""
        if self._prelude is None:
            self._settle()
        assert self._prelude is not None
        return self._prelude

    def attachments(self, limits: Limits) -> list[wire.Attachment]:
        """For a worker. The code is that for these limits; where it cannot be kept, the worker compiles the source."""
        return [
            wire.Attachment(component.namespaces, made.code, "" if made.code else component.source)
            for component, made in zip(self.prelude.components, self._code(limits.step_limit), strict=True)
        ]

    def _code(self, step_limit: int | None) -> list[Made]:
        if step_limit is None:
            return self._made
        from ptc_lisp.prelude.compiling import made  # noqa: PLC0415 - as in `_settle`

        return [made(each.source, each.name, step_limit) for each in self.prelude.components]

    def _settle(self) -> None:
        from ptc_lisp.prelude.compiling import bundle_preludes, made  # noqa: PLC0415 - most sessions have no prelude

        components = bundle_preludes(self._items).components
        self._made = [made(component.source, component.name) for component in components]
        # What came from elsewhere is believed as far as its source goes.
        self._prelude = Prelude(
            components=tuple(
                _of(component, made) for component, made in zip(components, self._made, strict=True)
            )
        )
        self.key = self._prelude.artifact_hash
        self.exports = {export.ref: export for export in self._prelude.exports}

    def _missing(self) -> Fault | None:
        lacking = [need for need in self.prelude.requires if not self._is_there(need)]
        if not lacking:
            return None
        users = {need: [e.ref for e in self.exports.values() if need in e.requires][:3] for need in lacking}
        said = ", ".join(f"{need} (for {', '.join(refs)})" if refs else need for need, refs in users.items())
        return PreludeError(
            Flaw(
                reason="prelude_attach_failed",
                message=f"it needs {said}, which this run does not have",
                hint='give the tools in tools=[...]; visibility="private" hides one from programs',
                details={"missing": lacking},
            )
        ).fault

    def _is_there(self, need: str) -> bool:
        if need.startswith(_TOOL):
            return need.removeprefix(_TOOL) in self._tools
        return need.startswith(_UPSTREAM)  # no runtime for them is attached: the call will say so


def _of(component: Component, made: Made) -> Component:
    if component.namespaces == made.namespaces:
        return component
    return Component(
        source=component.source,
        namespaces=made.namespaces,
        name=component.name,
        metadata=component.metadata,
    )


def _items(given: object) -> list[Prelude | str]:
    items = list(cast("Sequence[object]", given)) if isinstance(given, list | tuple) else [given]
    for item in items:
        if not isinstance(item, Prelude | str):
            raise TypeError(
                "prelude must be a Prelude, the source of one (str) or a list of them, "
                f"got {type(item).__name__}"
            )
    return cast("list[Prelude | str]", items)


async def arefusal(attached: Attached) -> Fault | None:
    """`Attached.refusal` for coroutines: others go on while it is compiled."""
    if not attached.is_settled:
        import anyio.to_thread  # noqa: PLC0415 - not needed by synchronous hosts

        return await anyio.to_thread.run_sync(attached.refusal)
    return attached.refusal()
