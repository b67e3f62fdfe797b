"""`--tools module:attr` → tools by name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from subagent.cli.exits import CliError


def load_tools(specs: Sequence[str]) -> dict[str, Any]:
    """All tools that the options name. Raises CliError for what cannot be found or is no tool."""
    found: dict[str, Any] = {}
    for spec in specs:
        for name, tool in named(spec, load(spec)):
            if name in found:
                raise CliError(f"--tools {spec}: there is already a tool named {name}")
            found[name] = tool
    return found


def load(spec: str) -> Any:
    """The object at `module:attr`; modules of the current folder are found too."""
    module_name, colon, attribute = spec.partition(":")
    if not colon or not module_name or not attribute:
        raise CliError(f"--tools {spec}: write module:attribute, for example --tools shop.tools:find_order")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise CliError(f"--tools {spec}: importing {module_name} failed: {error}; install it") from None
        raise CliError(
            f"--tools {spec}: no module named {error.name}; looked in this folder and in sys.path"
        ) from None
    except Exception as error:  # noqa: BLE001 - the user's module may raise anything
        raise CliError(
            f"--tools {spec}: importing {module_name} raised {type(error).__name__}: {error}"
        ) from None
    for part in attribute.split("."):
        if not hasattr(value, part):
            raise CliError(f"--tools {spec}: {module_name} has no {attribute}")
        value = getattr(value, part)
    return value


def named(spec: str, value: Any) -> Iterable[tuple[str, Callable[..., Any]]]:
    """The tools in one object: a function, a list of functions, or a dict of name → function."""
    if isinstance(value, Mapping):
        pairs = [(str(name), tool) for name, tool in value.items()]
    else:
        tools = list(value) if isinstance(value, list | tuple) else [value]
        pairs = [(getattr(tool, "name", None) or getattr(tool, "__name__", ""), tool) for tool in tools]
    for name, tool in pairs:
        if not name or not (callable(tool) or hasattr(tool, "name")):
            raise CliError(
                f"--tools {spec}: {tool!r} is no function; name a function, or a list or dict of functions"
            )
    return pairs
