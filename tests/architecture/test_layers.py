"""Who may import whom. The table is the architecture; a change to it is a decision, not a repair."""

from __future__ import annotations

CORE_VALUES = "source faults limits values"
LANGUAGE = f"{CORE_VALUES} signature reader core analyzer builtins json_dsl runtime"

# room → rooms it may import. A room is the longest listed prefix of a module's name (without `ptc_lisp.`).
LANGUAGE_ROOMS = {
    "_version": "",
    "_loading": "",
    "source": "",
    "faults": "source",
    "fault_text": "source faults",
    "fault_make": "source faults",
    "limits": "faults",
    "prelude.parts": "source faults",  # what they are, for everybody who looks names up
    "prelude.compiling": f"{CORE_VALUES} prelude.parts sandbox",  # the host's side: it asks a worker
    "prelude.contracts": f"{CORE_VALUES} signature prelude.parts",  # in workers, around calls of exports
    "prelude": f"{CORE_VALUES} core reader analyzer builtins fault_make prelude.parts",  # the worker's side: texts to core programs
    "values": "source faults core",  # a closure carries its core node
    "core": "source values",
    "signature": "source faults values",
    "reader": "source faults values",
    "analyzer": "source faults values core reader builtins prelude.parts",
    "builtins": "source faults values core prelude.parts",
    "json_dsl": "source faults values core analyzer.state analyzer.suggest json_dsl",
    "json_dsl.running": f"{CORE_VALUES} core analyzer.state json_dsl session signature tool step",  # the host's side of it
    "runtime": "source faults limits values core builtins prelude.parts",
    "runtime.machine": f"{CORE_VALUES} core builtins runtime analyzer fault_make",  # takes program texts
    "runtime.fronts": f"{CORE_VALUES} core runtime reader analyzer json_dsl fault_make",  # and their languages
    "sandbox": f"{CORE_VALUES} signature tool step prelude.parts sandbox.attacks.campaign",
    "sandbox.attacks.campaign": f"{CORE_VALUES} signature tool step prelude.parts prelude.compiling sandbox",
    "sandbox.attacks.raw_worker": f"{CORE_VALUES} sandbox",  # a worker too: it gives up what workers give up
    "sandbox.worker": f"{LANGUAGE} sandbox language prelude",
    "sandbox.worker.warm": f"ptc_lisp {LANGUAGE} sandbox language prelude",  # looks for every module there is
    "tool": f"{CORE_VALUES} signature",
    "prelude_store": f"{CORE_VALUES} prelude tool",  # versions of preludes; knows no agent
    "step": f"{CORE_VALUES}",
    "session": f"{CORE_VALUES} _loading signature sandbox tool step prelude.parts prelude.compiling",
    "language": f"{LANGUAGE}",
    "reference": "language json_dsl",
    "": f"{CORE_VALUES} _loading _version signature sandbox session tool step prelude prelude_store",
}

# What `subagent` may see of the language: its public modules, and faults as data and as words.
PUBLIC_LANGUAGE = {
    "ptc_lisp",
    "ptc_lisp.fault_text",
    "ptc_lisp.faults",
    "ptc_lisp.json_dsl",
    "ptc_lisp.language",
    "ptc_lisp.signature",
    "ptc_lisp.testing",
}

# Inside `subagent`: the loop is pure, so it may know neither drivers nor providers nor the command line.
AGENT_ROOMS_FORBIDDEN = {
    "loop": "drive llm cli demo trace tools",
    "llm": "loop drive cli demo tools prompting",
    "prompting": "drive llm cli demo",
    "drive": "cli demo",
    "events": "loop drive llm cli demo tools prompting",
    "tools": "cli demo",
    "demo": "loop drive prompting",
    "testing": "loop drive cli demo tools prompting",
}


def room_of(name: str, table) -> str:
    inner = name.partition(".")[2]
    return max((room for room in table if inner == room or inner.startswith(f"{room}.") or not room), key=len)


def test_language_rooms_import_only_what_the_table_allows(modules):
    known = set(modules)
    wrong = []
    for name, module in modules.items():
        if not name.startswith("ptc_lisp"):
            continue
        room = room_of(name, LANGUAGE_ROOMS)
        allowed = LANGUAGE_ROOMS[room].split()
        for target in sorted(module.imports(known, at_load=False)):
            inner = target.partition(".")[2]
            same = room_of(target, LANGUAGE_ROOMS) == room
            if not same and not any(inner == a or inner.startswith(f"{a}.") for a in allowed):
                wrong.append(f"{name} imports {target}: {room or 'ptc_lisp'} may import {allowed}")
    assert not wrong, "\n".join(wrong)


def test_the_language_does_not_know_the_agent(modules):
    known = set(modules)
    wrong = [
        f"{name} imports {target}"
        for name, module in modules.items()
        if name.startswith("ptc_lisp")
        for target in module.imports(known, at_load=False)
        if target.startswith("subagent")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_agent_sees_only_the_public_modules_of_the_language(modules):
    known = set(modules)
    wrong = [
        f"{name} imports {target}"
        for name, module in modules.items()
        if name.startswith("subagent")
        for target in sorted(module.imports(known, at_load=False))
        if target.startswith("ptc_lisp") and not any(_inside(target, public) for public in PUBLIC_LANGUAGE)
    ]
    assert not wrong, "\n".join(wrong)


def _inside(target: str, public: str) -> bool:
    """`ptc_lisp.signature.parse` is the public room signature; `ptc_lisp.session` is not `ptc_lisp`."""
    return target == public or (public != "ptc_lisp" and target.startswith(f"{public}."))


def test_agent_rooms_keep_their_distance(modules):
    known = set(modules)
    wrong = []
    for name, module in modules.items():
        room = name.split(".")[1] if name.startswith("subagent.") else ""
        forbidden = AGENT_ROOMS_FORBIDDEN.get(room, "").split()
        for target in sorted(module.imports(known, at_load=False)):
            parts = target.split(".")
            if parts[0] == "subagent" and len(parts) > 1 and parts[1] in forbidden:
                wrong.append(f"{name} imports {target}")
    assert not wrong, "\n".join(wrong)


def test_no_import_cycles(modules):
    known = set(modules)
    graph = {name: module.imports(known, at_load=True) & known for name, module in modules.items()}
    assert find_cycle(graph) == []


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one cycle in order, or []."""
    done: set[str] = set()
    for start, targets in graph.items():
        path: list[str] = []
        stack = [(start, iter(sorted(targets)))] if start not in done else []
        while stack:
            name, rest = stack[-1]
            if not path or path[-1] != name:
                path.append(name)
            following = next(rest, None)
            if following is None:
                done.add(name)
                path.pop()
                stack.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                stack.append((following, iter(sorted(graph[following]))))
    return []


def test_the_cycle_finder_finds_cycles():
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
