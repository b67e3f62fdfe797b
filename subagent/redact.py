"""Secrets that the host registers, and their removal from everything that is recorded about runs."""

from __future__ import annotations

import base64
import re
import threading
from typing import Any
from urllib.parse import quote

import msgspec

REDACTED = "[redacted]"
SHORTEST = 6


class Secrets:
    """A set of texts that must not be written. Safe to use from several threads.

    A secret is found as it is, percent-encoded, in base64 (on its own) and as JSON writes it.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}
        self._pattern: re.Pattern[str] | None = None
        self._raw: tuple[bytes, ...] = ()
        self._lock = threading.Lock()

    def register(self, *secrets: str) -> None:
        """Adds secrets.

        Raises:
            ValueError: one is shorter than 6 characters; removing it would tear other texts apart.
        """
        for secret in secrets:
            if len(secret) < SHORTEST:
                raise ValueError(f"a secret has at least {SHORTEST} characters, got one of {len(secret)}")
        with self._lock:
            self._known |= {secret: _forms(secret) for secret in secrets}
            self._rebuild()

    def forget(self, *secrets: str) -> None:
        """Takes secrets out again; unknown ones are ignored."""
        with self._lock:
            for secret in secrets:
                self._known.pop(secret, None)
            self._rebuild()

    def text(self, text: str) -> str:
        """The text with each secret replaced by `[redacted]`."""
        pattern = self._pattern
        return text if pattern is None else pattern.sub(REDACTED, text)

    def value(self, value: Any) -> Any:
        """JSON-shaped data with secrets replaced in all its texts, keys included. Bytes keep their length."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, bytes):
            return self._bytes(value)
        if isinstance(value, msgspec.Struct):
            return self.value({name: getattr(value, name) for name in value.__struct_fields__})
        return value

    def _bytes(self, data: bytes) -> bytes:
        # Encoded values state the length of their texts: a replacement of another length would break them.
        for raw in self._raw:
            data = data.replace(raw, b"*" * len(raw))
        return data

    def _rebuild(self) -> None:
        forms = {form for forms in self._known.values() for form in forms}
        longest_first = sorted(forms, key=len, reverse=True)
        self._raw = tuple(form.encode() for form in longest_first)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None


def _forms(secret: str) -> tuple[str, ...]:
    raw = secret.encode()
    forms = [
        secret,
        quote(secret, safe=""),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        msgspec.json.encode(secret).decode()[1:-1],
    ]
    return tuple(dict.fromkeys(forms))


SECRETS = Secrets()
"""The secrets of this process: traces, telemetry and the log of events leave them out."""
