r"""Regular expressions: Java's syntax, run by Python's `re`.

`compile_regex` translates what differs: `(?<name>…)`, `\p{…}`, `\h \v \R \z \Z`, `\Q…\E`, inline flags in the
middle of a pattern, character classes inside classes. What Python cannot do is refused with a message that says what
to write instead. As in Python, `\w`, `\d`, `\s` and `\b` follow Unicode, and `.` stops at `\n` only. A pattern that
takes for ever is stopped by the time limit of the run.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.types import Regex
from ptc_lisp.values.unicode_classes import category_class

MAX_PATTERN = 2_000
_MAX_GROUPS = 64  # nested; `re` compiles recursively

_HORIZONTAL = " \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000"
_VERTICAL = "\\n\\x0b\\f\\r\\x85\\u2028\\u2029"
_NOT_HORIZONTAL = "\\x00-\\x08\\n-\\x1f!-\\x9f\\xa1-\\u167f\\u1681-\\u180d\\u180f-\\u1fff\\u200b-\\u202e\\u2030-\\u205e\\u2060-\\u2fff\\u3001-\\U0010ffff"
_NOT_VERTICAL = "\\x00-\\t\\x0e-\\x84\\x86-\\u2027\\u202a-\\U0010ffff"
_SHORTHANDS = {"h": _HORIZONTAL, "H": _NOT_HORIZONTAL, "v": _VERTICAL, "V": _NOT_VERTICAL}

_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": "\\t-\\r ",
}
_POSIX_NEGATED = {
    "Lower": "\\x00-`{-\\U0010ffff",
    "Upper": "\\x00-@\\[-\\U0010ffff",
    "ASCII": "\\x80-\\U0010ffff",
    "Alpha": "\\x00-@\\[-`{-\\U0010ffff",
    "Digit": "\\x00-/:-\\U0010ffff",
    "Alnum": "\\x00-/:-@\\[-`{-\\U0010ffff",
    "Punct": "\\x00- 0-9A-Za-z\\x7f-\\U0010ffff",
    "Graph": "\\x00- \\x7f-\\U0010ffff",
    "Print": "\\x00-\\x1f\\x7f-\\U0010ffff",
    "Blank": "\\x00-\\x08\\n-\\x1f!-\\U0010ffff",
    "Cntrl": " -~\\x80-\\U0010ffff",
    "XDigit": "\\x00-/:-@G-`g-\\U0010ffff",
    "Space": "\\x00-\\x08\\x0e-\\x1f!-\\U0010ffff",
}
_CATEGORY_NAMES = {
    "IsAlphabetic": ("L", "Nl"),
    "IsLetter": ("L",),
    "IsDigit": ("Nd",),
    "IsUppercase": ("Lu",),
    "IsLowercase": ("Ll",),
    "IsPunctuation": ("P",),
    "IsWhite_Space": ("Z",),
    "IsControl": ("Cc",),
}
_SCRIPTS = {
    "Latin": "A-Za-z\\xaa\\xba\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02b8\\u1e00-\\u1eff\\u2c60-\\u2c7f\\ua722-\\ua7ff\\uff21-\\uff3a\\uff41-\\uff5a",
    "Greek": "\\u0370-\\u0373\\u0375-\\u0377\\u037a-\\u037d\\u037f\\u0384\\u0386\\u0388-\\u03e1\\u03f0-\\u03ff\\u1f00-\\u1fff",
    "Cyrillic": "\\u0400-\\u052f\\u1c80-\\u1c88\\u1d2b\\u2de0-\\u2dff\\ua640-\\ua69f",
    "Han": "\\u2e80-\\u2fd5\\u3005\\u3007\\u3021-\\u3029\\u3038-\\u303b\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufad9\\U00020000-\\U000323af",
    "Hiragana": "\\u3041-\\u3096\\u309d-\\u309f",
    "Katakana": "\\u30a1-\\u30fa\\u30fd-\\u30ff\\u31f0-\\u31ff\\uff66-\\uff6f\\uff71-\\uff9d",
    "Hangul": "\\u1100-\\u11ff\\u3131-\\u318e\\ua960-\\ua97c\\uac00-\\ud7a3\\ud7b0-\\ud7fb",
    "Arabic": "\\u0600-\\u0604\\u0606-\\u060b\\u060d-\\u061a\\u061e\\u0620-\\u063f\\u0641-\\u064a\\u0656-\\u066f\\u0671-\\u06dc\\u06de-\\u06ff\\u0750-\\u077f",
    "Hebrew": "\\u0591-\\u05f4\\ufb1d-\\ufb4f",
    "Thai": "\\u0e01-\\u0e3a\\u0e40-\\u0e5b",
    "Devanagari": "\\u0900-\\u0950\\u0955-\\u0963\\u0966-\\u097f",
}
_JAVA_FLAGS = {"i": "i", "m": "m", "s": "s", "x": "x", "u": "", "U": "", "d": ""}
_INLINE_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_GROUP_NAME = re.compile(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>")
_PROPERTY = re.compile(r"\{(\^?)([A-Za-z0-9_=]+)\}|([A-Z])")


def compile_regex(source: str, kind: FaultKind = FaultKind.TYPE_ERROR) -> Regex:
    """The Regex of a pattern as the program wrote it.

    Raises a Trap of `kind` for a pattern that is not valid, too long, or beyond what `re` can do.
    """
    if len(source) > MAX_PATTERN:
        raise Trap(
            kind,
            f"a regex may have {MAX_PATTERN:,} characters, this one has {len(source):,}",
            hint="look for plain text with includes? or index-of, or split the work over several patterns",
        )
    made = _compiled(source)
    if isinstance(made, Regex):
        return made
    message, hint = made
    raise Trap(
        kind, f'invalid regex #"{source if len(source) <= 80 else source[:80] + "..."}": {message}', hint=hint
    )


@lru_cache(maxsize=256)
def _compiled(source: str) -> Regex | tuple[str, str | None]:
    try:
        return Regex(source, re.compile(translate(source)))
    except _Refused as refused:
        return str(refused), refused.hint
    except re.error as error:
        return error.msg, _advice(error.msg)
    except (OverflowError, RecursionError):
        return "it repeats or nests too much", None


def translate(source: str) -> str:
    """Java's syntax as Python's. Raises _Refused (private to this module) for what Python lacks."""
    return _Translator(source).run()


class _Refused(Exception):  # noqa: N818 - it becomes a fault in compile_regex
    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class _Group:
    """An open group: the flag scopes that were opened in it, and whether blanks count."""

    __slots__ = ("flags", "verbose")

    def __init__(self, *, verbose: bool) -> None:
        self.flags: list[str] = []
        self.verbose = verbose


class _Translator:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.groups = [_Group(verbose=False)]

    def run(self) -> str:
        while self.at < len(self.source):
            self._step(self.source[self.at])
        if len(self.groups) > 1:
            raise _Refused("a ( is never closed", "write \\( for the character itself")
        self._close_flags()
        return "".join(self.out)

    def _step(self, char: str) -> None:
        if char == "\\":
            self.out.append(self._escape())
        elif char == "[":
            self.at += 1
            self.out.append(self._character_class())
        elif char == "(":
            self._open_group()
        elif char == ")":
            self._close_group()
        elif char == "|":
            self._alternative()
        elif char == "#" and self.groups[-1].verbose:
            end = self.source.find("\n", self.at)
            self.at = len(self.source) if end < 0 else end
        else:
            self.out.append(char)
            self.at += 1

    # groups and flags

    def _open_group(self) -> None:
        if len(self.groups) > _MAX_GROUPS:
            raise _Refused(f"groups are nested more than {_MAX_GROUPS} deep")
        verbose = self.groups[-1].verbose
        flags = _INLINE_FLAGS.match(self.source, self.at)
        name = _GROUP_NAME.match(self.source, self.at)
        if flags is not None:
            self.at = flags.end()
            self._flags(flags[1], flags[2] or "", scoped=flags[3] == ":")
            return
        if name is not None:
            self.out.append(f"(?P<{name[1]}>")
            self.at = name.end()
        elif self.source.startswith("(?", self.at):
            self.out.append("(?")
            self.at += 2
        else:
            self.out.append("(")
            self.at += 1
        self.groups.append(_Group(verbose=verbose))

    def _flags(self, on: str, off: str, *, scoped: bool) -> None:
        for flag in on + off:
            if flag not in _JAVA_FLAGS:
                raise _Refused(
                    f"there is no inline flag {flag}",
                    "flags are i (any case), m (lines), s (dot all), x (comments)",
                )
        added = "".join(dict.fromkeys(_JAVA_FLAGS[flag] for flag in on if flag not in off))
        removed = "".join(dict.fromkeys(_JAVA_FLAGS[flag] for flag in off))
        opener = f"(?{added}{'-' + removed if removed else ''}:"
        verbose = "x" not in removed and ("x" in added or self.groups[-1].verbose)
        self.out.append(opener)
        if scoped:
            self.groups.append(_Group(verbose=verbose))
        else:
            self.groups[-1].flags.append(opener)
            self.groups[-1].verbose = verbose

    def _close_group(self) -> None:
        if len(self.groups) == 1:
            raise _Refused("a ) closes nothing", "write \\) for the character itself")
        self._close_flags()
        self.groups.pop()
        self.out.append(")")
        self.at += 1

    def _close_flags(self) -> None:
        self.out.append(")" * len(self.groups[-1].flags))

    def _alternative(self) -> None:
        # A flag set in the middle of a group holds for its later alternatives too.
        flags = self.groups[-1].flags
        self.out.append(")" * len(flags) + "|" + "".join(flags))
        self.at += 1

    # characters

    def _escape(self) -> str:
        """The translation of the escape at `at`, outside of a class."""
        char = self._escaped_char()
        if char in _SHORTHANDS:
            return f"[{_SHORTHANDS[char]}]"
        if char in "pP":
            return f"[{self._property(char)}]"
        if char == "R":
            return f"(?>\\r\\n|[{_VERTICAL}])"
        if char == "z":
            return "\\Z"
        if char == "Z":
            return "(?=\\n?\\Z)"
        if char == "k":
            name = re.compile(r"<(\w+)>").match(self.source, self.at)
            if name is None:
                raise _Refused("\\k needs a group name", "write \\k<name> after a group (?<name>...)")
            self.at = name.end()
            return f"(?P={name[1]})"
        if char in "GX":
            raise _Refused(f"\\{char} is not supported")
        return self._common_escape(char)

    def _escaped_char(self) -> str:
        if self.at + 1 >= len(self.source):
            raise _Refused(
                "it ends with a single backslash",
                'a regex literal reads \\\\ as one backslash: to match the character itself write #"\\\\\\\\"',
            )
        char = self.source[self.at + 1]
        self.at += 2
        return char

    def _common_escape(self, char: str) -> str:
        if char == "Q":
            end = self.source.find("\\E", self.at)
            text = self.source[self.at :] if end < 0 else self.source[self.at : end]
            self.at = len(self.source) if end < 0 else end + 2
            return re.escape(text)
        if char == "E":
            return ""
        if char == "e":
            return "\\x1b"
        if char == "c":
            return self._control()
        if char == "x" and self.source.startswith("{", self.at):
            return self._braced_code()
        return "\\" + char

    def _control(self) -> str:
        letter = self.source[self.at : self.at + 1]
        if not letter or not letter.isascii():
            raise _Refused("\\c needs an ASCII letter", "\\cA is the control character U+0001")
        self.at += 1
        return f"\\x{ord(letter.upper()) ^ 64:02x}"

    def _braced_code(self) -> str:
        end = self.source.find("}", self.at)
        digits = self.source[self.at + 1 : end]
        if end < 0 or re.fullmatch("0*[0-9a-fA-F]{1,6}", digits) is None or int(digits, 16) > 0x10FFFF:
            raise _Refused("\\x{...} needs a hexadecimal code point")
        self.at = end + 1
        return f"\\U{int(digits, 16):08x}"

    def _property(self, letter: str) -> str:
        found = _PROPERTY.match(self.source, self.at)
        if found is None:
            raise _Refused(
                f"\\{letter} needs a property", "write \\p{L} (letters), \\p{Lu}, \\p{Nd}, \\p{Punct} ..."
            )
        self.at = found.end()
        negated = (letter == "P") != bool(found[1])
        return _property_class(found[2] or found[3], negated=negated)

    def _character_class(self) -> str:
        """The class whose `[` was just passed, with its brackets."""
        negated = self.source.startswith("^", self.at)
        self.at += negated
        return f"[{'^' if negated else ''}{self._class_items()}]"

    def _class_items(self) -> str:
        parts: list[str] = []
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "]" and parts:
                self.at += 1
                return "".join(parts)
            if self.source.startswith("&&", self.at):
                raise _Refused(
                    "class intersection && is not supported",
                    "put a lookahead before the class: (?![xyz])[a-z] instead of [a-z&&[^xyz]]",
                )
            parts.append(self._class_item(char))
        raise _Refused("a [ is never closed", "write \\[ for the character itself")

    def _class_item(self, char: str) -> str:
        if char == "\\":
            escaped = self._escaped_char()
            if escaped in _SHORTHANDS:
                return _SHORTHANDS[escaped]
            return self._property(escaped) if escaped in "pP" else self._common_escape(escaped)
        self.at += 1
        if char == "[":
            if self.source.startswith((":", "^"), self.at):
                raise _Refused(
                    "a POSIX or negated class inside a class is not supported",
                    "write \\p{Alpha}, \\p{Digit} ... for [:alpha:]; write \\[ for the character itself",
                )
            return self._class_items()
        # Python reads pairs of these in a class as set operations.
        return (
            "\\" + char if char in "&|~]" or (char == "-" and self.source.startswith("-", self.at)) else char
        )


def _property_class(name: str, *, negated: bool) -> str:
    table = _POSIX_NEGATED if negated else _POSIX
    if name in table:
        return table[name]
    if name in _CATEGORY_NAMES:
        return category_class(*_CATEGORY_NAMES[name], negated=negated)
    bare = name.removeprefix("Is").rpartition("=")[2]
    if bare in _SCRIPTS:
        if not negated:
            return _SCRIPTS[bare]
        raise _Refused(f"\\P{{{name}}} is not supported for scripts", f"write [^\\p{{{name}}}]")
    found = category_class("L" if bare in {"L1", "LC"} else bare, negated=negated) if len(bare) <= 2 else ""
    if not found:
        raise _Refused(
            f"there is no property {name}",
            "known: L Lu Ll N Nd P S Z, Alpha Digit Alnum Upper Lower Punct Space, IsLatin IsGreek IsHan ...",
        )
    return found


def _advice(message: str) -> str | None:
    if message.startswith("look-behind"):
        return "a lookbehind must match a fixed number of characters here"
    if message.startswith("nothing to repeat"):
        return "write \\* \\+ \\? for the characters themselves"
    if message.startswith("bad escape"):
        return "remove the backslash, or double it for a literal backslash"
    return None
