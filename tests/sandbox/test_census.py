"""What an encoding would become in the host, judged before it is decoded."""

from __future__ import annotations

import random
import time

import pytest

from ptc_lisp.sandbox import census
from ptc_lisp.values import codec
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.types import kw

LEAVES = [None, True, 0, -7, 200, -200, 70_000, 1 << 40, 1 << 70, 1.5, "", "abc", "привет" * 3, "x" * 40, "é" * 300, kw("a"),
          kw("abc"), kw("a-long-keyword-of-some-thirty-five-letters")]  # fmt: skip


def grown(rng, depth):
    """(a random value, how many collections it holds)."""
    kind = rng.randrange(4) if depth else 0
    if kind == 0:
        return rng.choice(LEAVES), 0
    inner = [grown(rng, depth - 1) for _ in range(rng.choice((0, 1, 3, 20)))]
    items, count = [item for item, _ in inner], 1 + sum(count for _, count in inner)
    if kind == 1:
        return items, count
    if kind == 2:
        return {f"key {i}": item for i, item in enumerate(items)}, count
    return make_set(list(range(len(items)))), 1


@pytest.mark.parametrize("seed", range(40))
def test_the_count_is_exact_where_it_matters(seed):
    value, count = grown(random.Random(seed), 4)
    data = codec.encode([value])
    assert not census.is_too_much(data, count + 1)
    assert census.is_too_much(data, count)


def test_text_that_looks_like_collections_is_text():
    data = codec.encode(["привет, мир" * 10] * 20_000)
    assert not census.is_too_much(data, 10)


def test_honest_large_results_pass():
    rng = random.Random(1)
    rows = [{"id": i, "x": rng.random(), "name": f"n{i}", "tags": ["a", "b"]} for i in range(50_000)]
    assert not census.is_too_much(codec.encode(rows))


def test_announced_items_that_cannot_be_there_are_too_much():
    assert census.is_too_much(b"\xdd\x00\x0f\xff\xff" * 900 + b"\0" * (2 << 20))


def test_damaged_bytes_end_the_count():
    for head in range(256):
        assert isinstance(census.is_too_much(b"\x90\x90" + bytes([head]), 1), bool)


def test_loose_bytes_are_those_outside_of_texts():
    data = codec.encode(["x" * 1_000, [1, 2, 3], b"y" * 1_000])
    assert census.loose_bytes(data, 100) < 20
    assert census.loose_bytes(b"\x90" * 1_000, 100) > 100


def test_a_million_tokens_are_judged_quickly():
    data = codec.encode([[i, f"text {i}", 0.1] for i in range(300_000)])
    began = time.process_time()
    assert not census.is_too_much(data)
    assert time.process_time() - began < 5  # a tenth of that on an idle machine
