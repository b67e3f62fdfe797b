"""`--prelude FILE`: namespaces written in PTC-Lisp that programs find beside the language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ptc_lisp
from subagent.cli.exits import CliError


def load_preludes(files: Sequence[str]) -> ptc_lisp.Prelude | None:
    """The preludes of some files in one, None without files.

    Raises CliError for a file that cannot be read or is no prelude.
    """
    if not files:
        return None
    try:
        return ptc_lisp.bundle_preludes([ptc_lisp.compile_prelude(_text(name), name=name) for name in files])
    except ptc_lisp.PreludeError as error:
        raise CliError(str(error)) from None


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CliError(f"--prelude {name}: the file is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise CliError(f"--prelude {name}: cannot be read: {getattr(error, 'strerror', error)}") from None
