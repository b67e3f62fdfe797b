"""Hints from a second look: when they are given, and above all when they are not."""

from __future__ import annotations

import pytest

from ptc_lisp.analyzer import advice_order
from ptc_lisp.analyzer.advice import ADVISED, advise
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader import read
from ptc_lisp.values.functions import Builtin

DATA = frozenset({"orders", "order_lines"})


def hint(
    source: str, underlined: str, kind: FaultKind = FaultKind.TYPE_ERROR, who: str | None = None
) -> str | None:
    start = source.index(underlined)
    details = {} if who is None else {"function": who, "argument": 1}
    trap = Trap(kind, "…", hint="as it was", start=start, end=start + len(underlined), details=details)
    return advise(trap, read(source), source, DATA)


@pytest.mark.parametrize(
    "source, who",
    [
        ("(map inc 5)", "map"),
        ("(get 5 :a)", "get"),
        ("(reduce f init coll)", "reduce"),
        ("(map f xs)", "map"),
        ("(assoc x 1 2)", "assoc"),
        ("(+ [1] 2)", "+"),
        ('(map inc ["a"])', "inc"),
        ("(take n xs)", "take"),
        ("(sum-by :a xs)", "sum-by"),
        ("(merge {:a 1} :b)", "merge"),
    ],
)  # fmt: skip
def test_nothing_is_proposed_where_the_order_may_be_right(source: str, who: str) -> None:
    assert hint(source, source, who=who) is None


def test_the_one_argument_that_stands_wrong_moves() -> None:
    source = "(assoc :a 1 {})"
    assert hint(source, source, who="assoc") == "the arguments are in a wrong order: (assoc {} :a 1)"
    source = "(assoc :a (f 1) {})"  # (f 1) may be the map
    assert hint(source, source, who="assoc") is None
    source = "(get :a m)"
    assert hint(source, source, who="get") == "the arguments are swapped: (get m :a)"


def test_a_long_proposal_is_cut() -> None:
    source = f"(map [{' '.join(map(str, range(100)))}] :total)"
    proposal = hint(source, source, who="map")
    assert proposal is not None
    assert len(proposal) < 170
    assert proposal.endswith("…")


def test_threading_advice_is_for_the_step_and_only_when_the_other_arrow_fits() -> None:
    assert "use ->>" in (hint("(-> xs (filter odd?))", "(filter odd?)", who="filter") or "")
    assert "as-> $ (map :a $)" in (hint("(-> xs (map :a) count)", "(map :a)", who="map") or "")
    assert "use -> for this step" in (hint("(->> m (assoc :a 1) keys)", "(assoc :a 1)", who="assoc") or "")
    assert hint("(->> 5 (map inc))", "(map inc)", who="map") is None
    assert hint("(-> (filter odd? 5) first)", "(filter odd? 5)", who="filter") is None


def test_an_operator_in_the_middle_comes_first() -> None:
    assert hint("(a > b)", "(a > b)", FaultKind.NOT_CALLABLE) == "the operator comes first: (> a b)"
    assert hint("(a != b)", "a", FaultKind.UNBOUND_VAR) == "the operator comes first: (not= a b)"
    assert hint("(sort > xs)", "(sort > xs)", FaultKind.ARITY_ERROR) is None
    assert hint("(+ - 1)", "(+ - 1)", FaultKind.ARITY_ERROR) is None
    assert (
        hint("(f #(:n < 3) xs)", "(f #(:n < 3) xs)", FaultKind.ARITY_ERROR)
        == "the operator comes first: #(< (:n %) 3)"
    )


def test_a_name_that_the_context_lacks_explains_a_nil() -> None:
    found = hint("(inc (:n data/ordrs))", "(inc (:n data/ordrs))", who="inc")
    assert found == "data/ordrs does not exist, so it is nil; did you mean `data/orders`?"
    assert hint("(inc (:n data/order-lines))", "(inc (:n data/order-lines))", who="inc") is None
    trap = Trap(FaultKind.ARITY_ERROR, "…", start=0, end=3, phase=Phase.ANALYZE)
    assert advise(trap, read("(a data/none)"), "(a data/none)", DATA) is None


def test_a_fault_without_a_hint_shows_how_the_builtin_is_used() -> None:
    source = "(let [v 5] (keys v))"
    trap = bad_arg("keys", 1, "a map", 5)
    trap.start, trap.end = source.index("(keys"), len(source) - 1
    assert advise(trap, read(source), source, DATA) == "usage: (keys m)"


def test_places_that_are_no_forms_are_no_trouble() -> None:
    for start, end in ((0, 1), (3, 4), (None, None), (0, 99), (6, 8)):
        for kind in sorted(ADVISED):
            trap = Trap(kind, "…", hint="as it was", start=start, end=end)
            assert advise(trap, read("(f x) ()"), "(f x) ()", DATA) is None


def test_the_advice_knows_only_parameters_that_exist() -> None:
    entries = [entry for entry in REGISTRY.by_ref.values() if isinstance(entry, Builtin)]
    used = {name for entry in entries for usage in entry.params for name in usage.split()}
    used |= {f"{entry.name} {name}" for entry in entries for usage in entry.params for name in usage.split()}
    assert [name for name in advice_order._TAKES if name not in used and f"{name}s" not in used] == []
