"""Exceptions reach other processes as they are."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import ptc_lisp
from ptc_lisp import Fault, FaultKind, Phase, PtcError
from ptc_lisp.prelude.parts import Flaw, PreludeError
from ptc_lisp.prelude_store.errors import PreludeStoreError
from ptc_lisp.signature import ConversionError, SignatureError
from subagent import LLMError, LLMErrorKind
from subagent.prompting.mustache import TemplateError


@pytest.mark.parametrize(
    "error",
    [
        PtcError(Fault(FaultKind.TIMEOUT, Phase.RUN, "too long", hint="do less")),
        SignatureError("expected a type", text="{a int}", position=3, hint="a type starts with a colon"),
        ConversionError(("return.a: expected int", "return.b: missing")),
        LLMError(LLMErrorKind.SERVER, "no", hint="wait", status=503, retry_after_s=1.5, attempts=3),
        TemplateError("unclosed", 2, 7),
        PreludeError(
            Flaw(reason="invalid_source", message="no namespace", hint="begin with (ns name)"), "crm"
        ),
        PreludeStoreError("not_found", "there is no crm", "look with list()", id="crm"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_is_the_same_after_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.args) == (type(error), str(error), error.args)
    assert vars(again) == vars(error)


def fail():
    return ptc_lisp.run("(nope)").unwrap()


def test_a_process_pool_hands_on_the_fault():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(PtcError) as caught:
        pool.submit(fail).result()
    assert caught.value.fault.kind == "unbound_var"
