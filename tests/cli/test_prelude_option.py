"""`--prelude FILE` of `ptc run`, `ptc eval`, `ptc check` and `ptc repl`."""

from __future__ import annotations

import pytest

CRM = '(ns crm "Customers.")\n(defn twice "Doubles." [x] (* 2 x))\n(def limit 20)\n'


@pytest.fixture(autouse=True)
def files(tmp_path):
    (tmp_path / "crm.clj").write_text(CRM)
    (tmp_path / "shop.clj").write_text("(ns shop) (defn price [x] x)")
    (tmp_path / "broken.clj").write_text("(ns broken)\n(defn f [x] (incc x))")


def test_programs_call_exports(ptc_process):
    done = ptc_process(
        "eval", "[(crm/twice 4) (shop/price crm/limit)]", "-p", "crm.clj", "--prelude", "shop.clj"
    )
    assert (done.returncode, done.stdout) == (0, "[8 20]\n")


def test_an_agent_calls_exports(ptc, tmp_path):
    (tmp_path / "replies.txt").write_text("```clojure\n(return (crm/twice 21))\n```")
    done = ptc("run", "Twice 21?", "-p", "crm.clj", "--llm", "scripted:replies.txt")
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


def test_check_knows_exports(ptc):
    done = ptc("check", "(crm/twice)", "-p", "crm.clj")
    assert (done.returncode, "usage: (crm/twice x)" in done.stderr) == (1, True)


def test_the_repl_keeps_them(ptc):
    done = ptc(
        "repl", "-p", "crm.clj", stdin="(def a (crm/twice 2))\n(crm/twice a)\n:doc crm/twice\n(all-ns)\n"
    )
    assert "8\n" in done.stdout
    assert "(crm/twice x)\n  Doubles.\n" in done.stdout
    assert '"crm"]' in done.stdout


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["broken.clj"], "did you mean `inc`?"),
        (["missing.clj"], "missing.clj: cannot be read"),
        (["crm.clj", "crm.clj"], "two preludes declare the namespace crm"),
    ],
)
def test_files_that_are_no_preludes(ptc, names, says):
    done = ptc("eval", "1", *(part for name in names for part in ("-p", name)))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_ptc_json_has_no_preludes(ptc):
    done = ptc("eval", '{"program": 1}', "--json-dsl", "-p", "crm.clj")
    assert (done.returncode, "leave out --json-dsl" in done.stderr) == (2, True)
