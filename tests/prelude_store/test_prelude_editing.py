"""A model that reads and writes preludes, by the namespace `prelude`."""

import pytest

from ptc_lisp import PreludeStore, Session
from subagent import ScriptedLLM, SubAgent

ONE = '(ns crm "Customers")\n(defn rate "In percent." [] 1)\n'
ALL = ["read", "idempotent", "write"]


@pytest.fixture
def store():
    store = PreludeStore()
    store.write("crm", ONE, {"reason": "first"})
    return store


@pytest.fixture
def desk(store):
    prelude, tools = store.editing(created_by="librarian", session_id="s1")
    with Session(prelude=prelude, tools=tools, allow_effects=ALL) as session:
        yield session


def test_reading(desk):
    assert desk.eval("(prelude/list)").value == [{"id": "crm", "versions": 1, "default": 1}]
    assert desk.eval('(prelude/source "crm")').value == ONE
    assert desk.eval('(:source (prelude/read "crm@1"))').value == ONE
    assert desk.eval('(map :version (prelude/history "crm"))').value == [1]
    assert desk.eval('(:source (first (prelude/history "crm")))').value is None
    assert "has no version 7" in desk.eval('(prelude/read "crm@7")').error.message


def test_writing_needs_the_checksum_of_the_latest_version(desk, store):
    source = '(str (prelude/source "crm") "(defn more [] 2)")'
    error = desk.eval(f'(prelude/write "crm" {source} nil "more")').error
    assert "stale_base" in error.message
    assert "prelude/read" in error.message
    made = desk.eval(f'(prelude/write "crm" {source} (:checksum (prelude/read "crm")) "more")')
    assert made.value["version"] == 2
    assert store.read("crm").metadata["created_by"] == "librarian"
    assert store.read("crm").public()["metadata"] == {
        "reason": "more",
        "parent_checksum": store.read("crm@1").checksum,
        "created_by": "librarian",
        "source_session_id": "s1",
    }
    assert desk.eval('(:version (prelude/set-default "crm" 1))').value == 1
    assert store.read("crm").version == 1


def test_a_source_with_a_fault_took_no_effect(desk, store):
    step = desk.eval('(prelude/write "new" "(ns new)\\n(defn f [] (nope))" nil "try")')
    assert "line 2" in step.error.message
    assert "nope" in step.error.message
    assert [call.name for call in step.tool_calls if call.took_effect] == []
    assert [entry.id for entry in store.list()] == ["crm"]


def test_writes_are_governed_by_allowed_effects_and_calls_name_their_export(store):
    prelude, tools = store.editing()
    with Session(prelude=prelude, tools=tools) as session:
        step = session.eval('(prelude/write "new" "(ns new)(def x 1)" nil "try")')
        assert step.error.kind == "effect_not_allowed"
        step = session.eval("(prelude/list)")
        assert [(call.name, call.origin) for call in step.tool_calls] == [
            ("prelude_store_list", "prelude/list")
        ]


def test_row_110_programs_cannot_call_the_tools_of_the_store(desk):
    assert not desk.eval("(tool/prelude_store_list {})").ok
    assert not desk.eval("(map tool/prelude_store_list [{}])").ok


def test_a_desk_may_be_narrow(store):
    store.write("secret", "(ns secret)(def x 1)")
    prelude, tools = store.editing(ids=["crm", "mine"], choose_default=False)
    with Session(prelude=prelude, tools=tools, allow_effects=ALL) as session:
        assert session.eval("(map :id (prelude/list))").value == ["crm"]
        assert not session.eval('(prelude/read "secret")').ok
        assert not session.eval('(prelude/write "other" "(ns other)(def x 1)" nil "x")').ok
        assert session.eval('(:version (prelude/write "mine" "(ns mine)(def x 1)" nil "x"))').value == 1
        assert not session.eval('(prelude/set-default "crm" 1)').ok


def test_row_111_a_model_improves_a_library_and_the_selection_of_older_agents_is_frozen(store):
    first = SubAgent(preludes=["crm"], prelude_store=store)
    prelude, tools = store.editing(created_by="librarian")
    wrong = '(ns crm \\"Customers\\")\\n(defn rate \\"In percent.\\" [] 1)\\n(defn net [x] (- x (* x (rat))))'
    right = wrong.replace("(rat)", "(/ (rate) 100)")
    llm = ScriptedLLM(
        [
            f'```clojure\n(def base (:checksum (prelude/read "crm")))\n(prelude/write "crm" "{wrong}" base "net")\n```',
            f'```clojure\n(def base (:checksum (prelude/read "crm")))\n(prelude/write "crm" "{right}" base "net")\n(return (prelude/history "crm"))\n```',
        ]
    )
    librarian = SubAgent(preludes=[prelude], tools=tools, allow_effects=ALL)
    step = librarian.run("Add a function for the net price.", llm=llm)
    assert step.ok, step
    assert [version["version"] for version in step.value] == [2, 1]
    told = llm.requests[1].messages[-1].content
    assert "rat" in told
    assert "line 3" in told
    assert "may have happened" not in told

    def answers(agent, program):
        return agent.run("x", llm=ScriptedLLM([f"```clojure\n(return {program})\n```"] * 5))

    second = SubAgent(preludes=["crm"], prelude_store=store)
    assert answers(second, "(crm/net 200)").value == 198
    assert not answers(first, "(crm/net 200)").ok
    assert answers(first, "(crm/rate)").value == 1
    assert first.prelude.source == ONE
