"""Long texts in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subagent import ScriptedLLM, SubAgent
from subagent.chunks import by_chars, by_lines, by_tokens


def test_lines_with_an_overlap():
    text = "".join(f"line {n}\n" for n in range(5))
    chunks = by_lines(text, 3, overlap=1)
    assert [chunk.text.split("\n")[:-1] for chunk in chunks] == [
        ["line 0", "line 1", "line 2"],
        ["line 2", "line 3", "line 4"],
    ]
    assert [(chunk.index, chunk.start, chunk.end) for chunk in chunks] == [(0, 0, 21), (1, 14, 35)]


def test_characters_and_tokens():
    assert list(map(str, by_chars("abcdefgh", 4, overlap=1))) == ["abcd", "defg", "gh"]
    assert list(map(str, by_chars("abcd", 4, overlap=3))) == ["abcd"]
    words = "one two three four five six"
    assert list(map(str, by_tokens(words, 2, counter=lambda word: 1))) == [
        "one two ",
        "three four ",
        "five six",
    ]
    assert [str(chunk) for chunk in by_tokens("x" * 40 + " y", 2)] == ["x" * 40 + " ", "y"]
    assert by_lines("", 3) == by_chars("", 3) == by_tokens("", 3) == []


@given(
    st.text(max_size=80),
    st.integers(1, 9),
    st.integers(0, 8),
    st.sampled_from([by_lines, by_chars, by_tokens]),
)
def test_the_pieces_cover_the_text_and_say_where_they_are(text, size, overlap, split):
    chunks = split(text, size, overlap=min(overlap, size - 1))
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    ends = [0, *(chunk.end for chunk in chunks)]
    assert all(chunk.start <= end < chunk.end for chunk, end in zip(chunks, ends, strict=False))
    assert ends[-1] == len(text)


@pytest.mark.parametrize(
    "size, overlap, words", [(0, 0, "size must be at least 1"), (2, 2, "from 0 to size - 1")]
)
def test_impossible_sizes_are_refused(size, overlap, words):
    with pytest.raises(ValueError, match=words):
        by_lines("a", size, overlap=overlap)


def test_programs_read_chunks_as_maps():
    llm = ScriptedLLM(["```clojure\n(return (map (juxt :index :text) data/pieces))\n```"])
    step = SubAgent().run("go", llm=llm, context={"pieces": by_lines("a\nb\n", 1)})
    assert step.value == [[0, "a\n"], [1, "b\n"]]


def test_no_piece_only_repeats_the_one_before():
    text = f"{'a' * 11} {'b' * 11} {'c' * 20}"
    assert [chunk.text for chunk in by_tokens(text, 6, overlap=3)] == [text[:24], text[24:]]
