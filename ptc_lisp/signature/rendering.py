"""Types back to text."""

from __future__ import annotations

from ptc_lisp.signature.types import Field, ListOf, Primitive, Signature, Type

_SAMPLES: dict[str, str] = {
    "string": '"..."',
    "int": "3",
    "float": "2.5",
    "bool": "true",
    "keyword": ":name",
    "map": "{:key 1}",
    "any": '"anything"',
    "datetime": '(parse "2024-01-31T00:00:00Z")',
}


def render(subject: Signature | Type, *, kebab: bool = False) -> str:
    """The text of a signature or type, as `parse` reads it; `kebab` writes names with `-` as programs do.

    A signature without parameters is shown as `-> type`.
    """
    if not isinstance(subject, Signature):
        return _type(subject, kebab=kebab)
    returns = _type(subject.returns, kebab=kebab)
    if subject.open_params:
        return f"-> {returns}"
    return f"({_fields(subject.params, kebab=kebab)}) -> {returns}"


def sample(kind: Type, *, optional: bool = True) -> str:
    """A value of a type as a program writes it; without `optional`, records have their required fields only."""
    if isinstance(kind, Primitive):
        return _SAMPLES[kind.name]
    if isinstance(kind, ListOf):
        return f"[{sample(kind.item, optional=optional)}]"
    fields = [field for field in kind.fields if optional or not field.type.optional]
    return "{" + " ".join(f":{field.name} {sample(field.type, optional=optional)}" for field in fields) + "}"


def _type(kind: Type, *, kebab: bool) -> str:
    if isinstance(kind, Primitive):
        text = f":{kind.name}"
    elif isinstance(kind, ListOf):
        text = f"[{_type(kind.item, kebab=kebab)}]"
    else:
        text = f"{{{_fields(kind.fields, kebab=kebab)}}}"
    return f"{text}?" if kind.optional else text


def _fields(fields: tuple[Field, ...], *, kebab: bool) -> str:
    return ", ".join(
        f"{field.name.replace('_', '-') if kebab else field.name} {_type(field.type, kebab=kebab)}"
        for field in fields
    )
