"""The texts that a model reads, from `prompts/*.md`.

A file has a metadata head between two `---` lines (name, purpose, max_bytes), then its text. A text may be split into
sections by lines of the form `== name ==`. Slots look like `{{name}}`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

_PACKAGE = Path(__file__).resolve().parent.parent
_HEADING = re.compile(r"^== ([a-z_]+) ==$", re.MULTILINE)
_SLOT = re.compile(r"\{\{([a-z_]+)\}\}")


class Prompt(msgspec.Struct, frozen=True):
    """One file. `sections` is empty when the text has no headings."""

    name: str
    purpose: str
    max_bytes: int
    text: str
    sections: dict[str, str]


def folder() -> Path:
    """Where the files are: inside the package when installed, at the top of a checkout otherwise."""
    packed = _PACKAGE / "_prompts"
    return packed if packed.is_dir() else _PACKAGE.parent / "prompts"


@cache
def prompt(name: str) -> Prompt:
    """The prompt `name`.

    Raises:
        ValueError: the file lacks its head, or the head a field.
    """
    text = (folder() / f"{name}.md").read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    if match is None:
        raise ValueError(f"prompts/{name}.md must begin with a metadata head between two --- lines")
    head = dict(line.split(": ", 1) for line in match.group(1).splitlines())
    missing = {"name", "purpose", "max_bytes"} - set(head)
    if missing:
        raise ValueError(f"the head of prompts/{name}.md lacks {', '.join(sorted(missing))}")
    body = match.group(2).strip()
    parts = _HEADING.split(body)
    sections = {title: part.strip() for title, part in zip(parts[1::2], parts[2::2], strict=True)}
    return Prompt(head["name"], head["purpose"], int(head["max_bytes"]), body, sections)


def render(name: str, section: str | None = None, /, **slots: object) -> str:
    """The text of a prompt or of one of its sections with its slots filled. Filled text is not searched for slots.

    Raises:
        KeyError: there is no such section, or a slot is not given.
    """
    source = prompt(name)
    text = source.text if section is None else source.sections[section]
    return _SLOT.sub(lambda match: str(slots[match.group(1)]), text)


def say(language: str, name: str, section: str, /, **slots: object) -> str:
    """`render(name, section)` for programs of a language: PTC-JSON has some sections of its own, as `name_section` of
    `prompts/json.md`."""
    own = f"{name}_{section}"
    if language == "ptc-json" and own in prompt("json").sections:
        return render("json", own, **slots)
    return render(name, section, **slots)


@cache
def names() -> tuple[str, ...]:
    """The names of all prompts, sorted."""
    return tuple(sorted(path.stem for path in folder().glob("*.md")))
