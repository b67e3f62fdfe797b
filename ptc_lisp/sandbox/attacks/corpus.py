"""The attempts, as the TOML files beside this one describe them."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Literal

import msgspec

Area = Literal["language", "kernel", "frames"]
Control = Literal["anybody", "root", "some", "nobody"]


class Attempt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attempt; the heads of the files explain the fields."""

    area: Area
    group: str
    name: str
    code: str
    repeat: tuple[str, int] | None = None
    ends: tuple[str, ...] = ()
    value: str = ""
    limits: dict[str, int] = {}
    prelude: bool = False
    control: Control = "anybody"
    through: int | None = None
    kind: str = "worker_crashed"

    @property
    def text(self) -> str:
        """The program. `repeat`: a text so many times, a %d in it is the number, then the code."""
        if self.repeat is None:
            return self.code
        part, times = self.repeat
        many = (part % n for n in range(times)) if "%d" in part else (part for _ in range(times))
        return "".join(many) + self.code


def attempts(area: Area) -> list[Attempt]:
    """All attempts of an area, in the order of its file."""
    text = resources.files("ptc_lisp.sandbox.attacks").joinpath(f"{area}.toml").read_text(encoding="utf-8")
    return [
        msgspec.convert({"area": area, "group": group, "name": name, **fields}, Attempt)
        for group, table in tomllib.loads(text).items()
        for name, fields in table.items()
    ]
