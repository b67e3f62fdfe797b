"""A trace as one HTML file that opens anywhere: no server, no network, nothing to install."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

import msgspec

from subagent.trace.meter import meter
from subagent.trace.reading import Trace

_SCRIPTS = ("lisp.js", "model.js", "parts.js", "timeline.js", "page.js")


def html_report(trace: Trace, *, title: str | None = None) -> str:
    """The report of a trace as the text of an HTML page.

    What the trace holds stands in it as data; the page's policy allows its own script and style and no connection.

    Args:
        trace: what `load` gives. title: the heading; by default the trace's label or file name.
    """
    label = next((note["label"] for note in trace.notes if note.get("label")), None)
    heading = title or label or trace.path.name
    metered = meter(trace)
    data = {
        "title": heading,
        "complete": trace.complete,
        "damaged": len(trace.damaged),
        "payloads": trace.has_payloads,
        "records": trace.records,
        "meter": {**msgspec.structs.asdict(metered), "text": metered.text()},
    }
    script = "\n".join(_part(name) for name in _SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = _part("page.html")
    for slot, text in (
        ("TITLE", _escaped(heading)),
        ("POLICY", f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"),
        ("STYLE", _part("page.css")),
        ("SCRIPT", script),
        ("DATA", _harmless(msgspec.json.encode(data, enc_hook=repr).decode())),  # last: it may hold anything
    ):
        page = page.replace(f"%%{slot}%%", text, 1)
    return page


def _part(name: str) -> str:
    return files("subagent.trace.report").joinpath(name).read_text(encoding="utf-8")


def _harmless(json: str) -> str:
    """JSON in which nothing can end the script element that holds it."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
