"""The worker's side: from the definitions of a prelude to core programs and to what is known of its exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ptc_lisp.analyzer import AnalysisFailed, Env, analyze
from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import walk
from ptc_lisp.faults import Trap
from ptc_lisp.prelude.needs import Needs, needs_of
from ptc_lisp.prelude.parts import Export, Library, Namespace
from ptc_lisp.prelude.reading import Definition, FlawFound, Reading, Section
from ptc_lisp.reader.forms import Form, ListForm, SymbolForm

Contract = Callable[[str], Any]
"""From the text of a signature to (parameters or None for any, its data). Raises ValueError."""


class Program(NamedTuple):
    """A namespace and its definitions as a core program."""

    namespace: Namespace
    core: n.Program


def build(text: str, contract: Contract | None = None) -> list[Program]:
    """The namespaces of a source, in order; each sees those before it. contract: reads signatures; without it they are left
    out. Raises FlawFound; NeedsParser as the reader does."""
    reading = Reading(text)
    built: list[Program] = []
    libraries: dict[str, Library] = {}
    known: dict[str, Needs] = {}
    for section in reading.sections():
        core = _analysed(reading, section, libraries)
        _only_what_can_be_kept(reading, section, core)
        known |= needs_of(section.name, core, _declared(section), known)
        namespace = _described(reading, section, core, known, contract)
        libraries[section.name] = Library(namespace)
        built.append(Program(namespace, core))
    return built


def _analysed(reading: Reading, section: Section, libraries: Mapping[str, Library]) -> n.Program:
    forms: list[Form] = [d.form for d in section.definitions]
    later = [
        SymbolForm(section.place.start, section.place.end, d.symbol)
        for d in section.definitions
        if not d.constant
    ]
    at = section.place
    declared = ListForm(at.start, at.end, (SymbolForm(at.start, at.end, "declare"), *later))
    try:
        return analyze([declared, *forms] if later else forms, Env(libraries=libraries))
    except AnalysisFailed as failed:
        first = failed.traps[0]
        raise reading.from_trap(
            "compile_error", first, _inside(section, first), len(failed.traps) - 1
        ) from None


def _inside(section: Section, trap: Trap) -> str | None:
    """The ref of the definition that a fault is in."""
    for definition in section.definitions:
        if trap.start is not None and definition.place.start <= trap.start < definition.place.end:
            return definition.ref
    return None


def _only_what_can_be_kept(reading: Reading, section: Section, core: n.Program) -> None:
    """Functions of a prelude depend on their arguments, their namespace and the run, not on what ran before."""
    for definition, node in zip(section.definitions, definitions_of(core), strict=True):
        ref = definition.ref
        for inner in walk(node.value):
            found = None
            if isinstance(inner, n.Def):
                found = f"def {inner.name} inside of {ref}: a function of a prelude cannot define names"
            elif isinstance(inner, n.HistoryRef):
                found = f"*{inner.index} in {ref}: earlier results belong to the program that calls it"
            elif isinstance(inner, n.Global) and inner.optional:
                found = f"{inner.name} in {ref} is not defined"
            if found is not None:
                place = SymbolForm(inner.start, inner.end, "")
                raise reading.flaw(
                    "unrecognized_node", found, place, "bind it with let, or pass it as an argument", ref
                )


def _declared(section: Section) -> dict[str, Needs]:
    """What the metadata of the definitions says, by ref."""
    return {
        d.ref: Needs(
            frozenset(d.facts.get("requires", ())),
            frozenset({d.facts["effect"]} if "effect" in d.facts else ()),
        )
        for d in section.definitions
    }


def definitions_of(core: n.Program) -> list[n.Def]:
    """The definitions of a namespace."""
    return [form for form in core.forms if isinstance(form, n.Def)]


def _described(
    reading: Reading,
    section: Section,
    core: n.Program,
    known: Mapping[str, Needs],
    contract: Contract | None,
) -> Namespace:
    visibility = section.facts.get("visibility", "prompt")
    exports: list[Export] = []
    private: list[str] = []
    for definition, node in zip(section.definitions, definitions_of(core), strict=True):
        if definition.private:
            private.append(definition.symbol)
            continue
        exports.append(_export(reading, definition, node, visibility, known[definition.ref], contract))
    return Namespace(
        name=section.name,
        doc=section.doc,
        visibility=visibility,
        requires=section.facts.get("requires", ()),
        exports=tuple(exports),
        private=tuple(private),
    )


def _export(  # noqa: PLR0917 - private, called in one way
    reading: Reading,
    definition: Definition,
    node: n.Def,
    visibility: Any,
    needs: Needs,
    contract: Contract | None,
) -> Export:
    facts, place = definition.facts, definition.place
    arities = node.value.arities if not definition.constant and isinstance(node.value, n.Fn) else ()
    text = facts.get("signature")
    data = (
        None if text is None or contract is None else _contract(reading, definition, arities, text, contract)
    )
    return Export(
        ref=definition.ref,
        symbol=definition.symbol,
        kind="constant" if definition.constant else "function",
        arities=tuple(sorted(len(a.params) for a in arities if a.rest is None)),
        variadic=min((len(a.params) for a in arities if a.rest is not None), default=None),
        usages=tuple(" ".join(a.shown) for a in arities),
        doc=definition.doc,
        visibility=facts.get("visibility", visibility),
        effect=facts.get("effect", needs.effect),
        requires=tuple(sorted(needs.requires)),
        provider_ref=facts.get("provider-ref"),
        signature=text,
        contract=data,
        source=reading.text[place.start : place.end],
    )


def _contract(
    reading: Reading,
    definition: Definition,
    arities: tuple[n.FnArity, ...],
    text: str,
    contract: Contract,
) -> Any:
    ref = definition.ref

    def wrong(message: str, hint: str | None) -> FlawFound:
        return reading.flaw("invalid_signature", message, definition.place, hint, ref)

    try:
        count, data = contract(text)
    except ValueError as error:
        message, _, hint = str(error).partition("\nhint: ")
        raise wrong(f"the signature of {ref}: {message}", hint or None) from None
    if definition.constant:
        raise wrong(f"{ref} is a constant, which has no signature", "leave it out")
    if len(arities) != 1 or arities[0].rest is not None:
        hint = "leave the signature out, or take one map of options"
        raise wrong(f"{ref} takes a varying number of arguments", hint)
    if count is not None and count != len(arities[0].params):
        message = f"the signature of {ref} has {count} parameters, the function {len(arities[0].params)}"
        raise wrong(message, "name each parameter once, in order")
    return data
