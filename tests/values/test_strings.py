"""Text by grapheme cluster, with `regex`'s `\\X` semantics written down as cases, and the laws of slicing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp.values.strings import (
    grapheme_count,
    grapheme_index,
    grapheme_offset,
    grapheme_slice,
    graphemes,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PIECES = [
    "a", "é", "e\u0301", FAMILY, "\U0001f1e9\U0001f1ea", "\r\n", "\n", "\u1100\u1161\u11a8", "각", "\u0915\u094d\u0937\u093f",
    "\u2764\ufe0f", "\U0001f44d\U0001f3fd", "漢", "я", "\u200b", "1\ufe0f\u20e3",
]  # fmt: skip
TEXT = st.lists(
    st.sampled_from([*PIECES, "\u0301", "\u200d", "\U0001f1eb", "\u102b", "\u0600"]), max_size=8
).map("".join)


@pytest.mark.parametrize("piece", PIECES)
def test_one_cluster_is_one_character(piece):
    assert graphemes(piece) == [piece]
    assert graphemes(f"x{piece}y") == ["x", piece, "y"]


@pytest.mark.parametrize(
    "text, parts",
    [
        ("", []),
        ("\n\u0301", ["\n", "\u0301"]),
        ("\U0001f1e9\U0001f1ea\U0001f1eb", ["\U0001f1e9\U0001f1ea", "\U0001f1eb"]),
        ("\u0600a", ["\u0600a"]),
        ("\u0301a", ["\u0301", "a"]),
        ("\u0e01\u0e33", ["\u0e01\u0e33"]),
        ("a\u200db", ["a\u200d", "b"]),
        ("\U0001f469\u200d\u200d\U0001f469", ["\U0001f469\u200d\u200d", "\U0001f469"]),
        ("\u0915\u094d\u0e33\u0937", ["\u0915\u094d\u0e33", "\u0937"]),
    ],
)
def test_where_clusters_break(text, parts):
    assert graphemes(text) == parts


@given(TEXT, st.integers(0, 9), st.integers(0, 9))
def test_slices_are_slices_of_the_clusters(text, start, end):
    parts = graphemes(text)
    assert "".join(parts) == text
    assert grapheme_count(text) == len(parts)
    assert grapheme_slice(text, start, end) == "".join(parts[start:end])
    assert grapheme_slice(text, start) == "".join(parts[start:])


@given(TEXT, st.integers(0, 9))
def test_offset_and_index_are_inverse(text, index):
    offset = grapheme_offset(text, index)
    assert text[:offset] == grapheme_slice(text, 0, index)
    assert grapheme_index(text, offset) == min(index, grapheme_count(text))


def test_taking_a_long_text_apart_stays_fast():
    text = "e\u0301" * 20_000
    assert [grapheme_slice(text, i, i + 1) for i in range(0, 20_000, 100)] == ["e\u0301"] * 200
    assert grapheme_count("é" * 1_000_000) == 1_000_000
