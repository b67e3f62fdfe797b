"""Code that is made anew, to lie together, does what it did. Where it lies is up to the allocator: benchmarks count the pages."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from ptc_lisp.sandbox.worker import compact

def make(n):
    def add(x):
        return [x + i for i in range(n)]
    return add

def fail():
    raise ValueError("here")

def all_of_it():
    return make(3)(1)

many = [bytes(size) for size in range(400, 4000, 7) for _ in range(3)]
del many[::2]
codes = compact.codes_of(all_of_it)
assert [code.co_name for code in codes] == ["all_of_it", "make", "add", "<listcomp>"][:len(codes)], codes
add = make(3)
before = all_of_it.__code__, make.__code__
assert compact.lay_together([*codes, fail.__code__]) >= 3
assert before[0] is not all_of_it.__code__ and before[0].co_consts == all_of_it.__code__.co_consts
assert all_of_it() == [1, 2, 3] == make(3)(1) == add(1)
assert all(sys.getsizeof(f.__code__) > 512 for f in (all_of_it, make, fail))
try:
    fail()
except ValueError as error:
    assert error.__traceback__.tb_next.tb_lineno == fail.__code__.co_firstlineno + 1
compact.use_fresh_pools()
print("done")
"""


def test_code_is_made_anew_large_enough_to_lie_together_and_does_what_it_did():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr


TWINS = """
import sys
from types import ModuleType
from ptc_lisp.sandbox.worker import compact

class Base:
    def who(self):
        return "base"

class Thing(Base):
    def who(self, *, loud: bool = False) -> str:
        "Says who."
        return super().who() + "!" * loud

    also = who

def of(x: int, y=2):
    "Adds."
    return x + y

of.note = "kept"
other = ModuleType("other")
other.of, sys.modules["other"] = of, other
held = [of]
names = ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__", "__kwdefaults__", "__defaults__", "__dict__")
before = {f: [getattr(f, name) for name in names] for f in (of, Thing.who)}
thing = Thing()

def all_of_it():
    return of(1), thing.who(loud=True)

compact.lay_together(compact.codes_of(all_of_it))
assert all_of_it() == (3, "base!") and thing.also() == "base"
assert other.of is of and of is not held[0] and held[0](1) == 3
assert Thing.who is Thing.also and Thing.who not in before
assert [[getattr(f, name) for name in names] for f in (of, Thing.who)] == list(before.values())
print("done")
"""


def test_functions_are_made_anew_where_a_name_leads_to_them():
    done = subprocess.run([sys.executable, "-c", TWINS], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr
