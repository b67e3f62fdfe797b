"""Files of the user → values for `data/`: JSON, JSON lines, CSV and TSV. Every failure names file, line, fault and remedy.

    load_data(["orders=orders.csv", "shops=shops.json"]) → {"orders": [{…}, …], "shops": …}

A column of a CSV file has one type: bool, int, float or str, the narrowest that fits all of its cells. An empty cell is nil
in every column. Numbers with leading zeros and integers beyond 64 bits stay text, because they are identifiers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from subagent.wording import counted

NAME = re.compile(r"[A-Za-z_][\w.-]*")
INT = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})")
FLOAT = re.compile(r"[+-]?(?:(?:0|[1-9]\d{0,16})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
BOOLS = {"true": True, "false": False}


class DataError(Exception):
    """Input that cannot be used. The message is complete: file, line, what is wrong, what to do."""


def load_data(specs: Sequence[str]) -> dict[str, Any]:
    """Read all of `name=path`. Raises DataError for a bad spec, a name given twice or an unusable file."""
    found: dict[str, Any] = {}
    for spec in specs:
        name, path = split_spec(spec)
        if name in found:
            raise DataError(f"--data {spec}: the name {name} is given twice; every table needs its own name")
        found[name] = load_file(path)
    return found


def split_spec(spec: str) -> tuple[str, Path]:
    """`name=path` → (name, path)."""
    name, equals, path = spec.partition("=")
    if not equals or not path:
        raise DataError(f"--data {spec}: write name=file, for example --data orders=orders.csv")
    if not NAME.fullmatch(name):
        raise DataError(
            f"--data {spec}: {name!r} is no name; use letters, digits, - and _, starting with a letter"
        )
    return name, Path(path)


def load_file(path: Path) -> Any:
    """The value in one file; its suffix says how to read it."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path}: the ending {path.suffix or '(none)'} is not known; use one of {', '.join(READERS)}"
        )
    try:
        return reader(path, path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read: {error.strerror or error}; check the path and its permissions"
        ) from None


def read_json(path: Path, content: bytes) -> Any:
    """One JSON document."""
    return _decode(path, content, 1)


def read_jsonl(path: Path, content: bytes) -> list[Any]:
    """One JSON document per line; blank lines are skipped."""
    lines = content.split(b"\n")
    return [_decode(path, line, number) for number, line in enumerate(lines, 1) if line.strip()]


def read_csv(path: Path, content: bytes) -> list[dict[str, Any]]:
    """Rows of a file with a header line, parted by commas, or by semicolons or tabs where the header has no comma."""
    header = content.partition(b"\n")[0]
    other = next((mark for mark in (";", "\t") if mark.encode() in header), ",")
    return _read_separated(path, content, "," if b"," in header else other)


def read_tsv(path: Path, content: bytes) -> list[dict[str, Any]]:
    """Rows of a tab-separated file with a header line."""
    return _read_separated(path, content, "\t")


READERS: dict[str, Callable[[Path, bytes], Any]] = {
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_tsv,
}


def _decode(path: Path, content: bytes, first_line: int) -> Any:
    try:
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise DataError(f"{path}:{first_line}: this is nested too deeply to be read; flatten it") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        place = re.search(r"byte (\d+)", str(error))
        before = content[: int(place[1])] if place else content
        line = first_line + before.count(b"\n")
        column = len(before) - before.rfind(b"\n")
        reason = re.sub(r"\s*\(byte \d+\)$", "", str(error).removeprefix("JSON is malformed: "))
        raise DataError(
            f"{path}:{line}:{column}: this is not valid JSON: {reason}; mend the file at that place"
        ) from None


def _read_separated(path: Path, content: bytes, separator: str) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}:{line}: the text is not UTF-8; convert it, for example with iconv -t UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = _header(path, next(reader, []), separator)
        rows = list(_rows(path, reader, len(header)))
    except csv.Error as error:
        raise DataError(
            f"{path}:{reader.line_num}: broken quoting: {error}; close the quotes of that line"
        ) from None
    columns = [typed([row[index] for row in rows]) for index in range(len(header))]
    return [dict(zip(header, values, strict=True)) for values in zip(*columns, strict=True)]


def _header(path: Path, header: list[str], separator: str) -> list[str]:
    names = [name.strip() for name in header]
    if not any(names):
        raise DataError(
            f"{path}:1: the first line must name the columns, separated by {separator!r}; the file has none"
        )
    for name in names:
        if not name or names.count(name) > 1:
            what = f"the column name {name!r} is there twice" if name else "a column has no name"
            raise DataError(f"{path}:1: {what}; give every column its own name")
    return names


def _rows(path: Path, reader: Any, width: int) -> Iterable[list[str]]:
    for row in reader:
        if not row:
            continue  # a blank line
        if len(row) != width:
            raise DataError(
                f"{path}:{reader.line_num}: {counted(len(row), 'cell')} where the header names {width}; "
                "quote cells that hold the separator, or mend the line"
            )
        yield row


def typed(cells: list[str]) -> list[Any]:
    """One column in its narrowest type; empty cells become None."""
    filled = {cell for cell in cells if cell}
    if all(cell.lower() in BOOLS for cell in filled):
        return [BOOLS[cell.lower()] if cell else None for cell in cells]
    for pattern, convert in ((INT, int), (FLOAT, float)):
        if all(pattern.fullmatch(cell) for cell in filled):
            return [convert(cell) if cell else None for cell in cells]
    return [cell or None for cell in cells]
