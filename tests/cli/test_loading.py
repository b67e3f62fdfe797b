"""Files become data with stable types, or one message with file, line, fault and remedy."""

from __future__ import annotations

import pytest

from subagent.cli.loading import DataError, load_data, typed


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "cells,expected",
    [
        (["1", "-2", "", "+3"], [1, -2, None, 3]),
        (["1", "2.5", ""], [1.0, 2.5, None]),
        (["1e3", ".5", "5."], [1000.0, 0.5, 5.0]),
        (["true", "FALSE", ""], [True, False, None]),
        (["true", "1"], ["true", "1"]),
        (["007", "12"], ["007", "12"]),
        (["e5", "1"], ["e5", "1"]),
        (["nan", "1"], ["nan", "1"]),
        (["123456789012345678901", "1"], ["123456789012345678901", "1"]),
        (["-", "."], ["-", "."]),
        (["", ""], [None, None]),
        (["a", "", "1"], ["a", None, "1"]),
        ([], []),
    ],
)
def test_a_column_has_one_type(cells, expected):
    assert typed(cells) == expected
    assert [type(value) for value in typed(cells)] == [type(value) for value in expected]


def test_each_format(tmp_path):
    write(tmp_path, "a.csv", '\ufeffid,name,paid\r\n1,"Smith, J",true\r\n\r\n2,,false\r\n')
    write(tmp_path, "b.tsv", "x\ty\n1\t2\n")
    write(tmp_path, "c.json", '{"deep": [1, 2.5, null]}')
    write(tmp_path, "d.jsonl", '{"x": 1}\n\n{"x": 2}\n')
    data = load_data([f"{path.stem}={path}" for path in sorted(tmp_path.iterdir())])
    assert data == {
        "a": [{"id": 1, "name": "Smith, J", "paid": True}, {"id": 2, "name": None, "paid": False}],
        "b": [{"x": 1, "y": 2}],
        "c": {"deep": [1, 2.5, None]},
        "d": [{"x": 1}, {"x": 2}],
    }


@pytest.mark.parametrize(
    "content", ["x;y\n1;a,b\n", "x\ty\n1\ta,b\n", 'x,y\n1,"a,b"\n', '"x";"y"\r\n"1";"a,b"\r\n']
)
def test_cells_of_a_csv_file_may_be_parted_otherwise(tmp_path, content):
    assert load_data([f"t={write(tmp_path, 'a.csv', content)}"]) == {"t": [{"x": 1, "y": "a,b"}]}


def test_a_comma_in_the_header_decides(tmp_path):
    path = write(tmp_path, "a.csv", "x;z,y\n1,2\n")
    assert load_data([f"t={path}"]) == {"t": [{"x;z": 1, "y": 2}]}


@pytest.mark.parametrize("char", ["\u2028", "\x0b", "\x0c", "\x85", "\x1e"])
def test_only_newlines_end_a_row(tmp_path, char):
    path = write(tmp_path, "a.csv", f"id,text\r\n1,a{char}b\r\n2,c\r")
    assert load_data([f"t={path}"]) == {"t": [{"id": 1, "text": f"a{char}b"}, {"id": 2, "text": "c"}]}


def test_a_quoted_cell_may_hold_lines(tmp_path):
    path = write(tmp_path, "a.csv", 'id,text\n1,"two\nlines"\n')
    assert load_data([f"t={path}"]) == {"t": [{"id": 1, "text": "two\nlines"}]}


@pytest.mark.parametrize(
    "name,content,place,what",
    [
        ("a.csv", "x,y\n1,2\n3\n", ":3:", "1 cell where the header names 2"),
        ("a.csv", "", ":1:", "must name the columns"),
        ("a.csv", "x,x\n1,2\n", ":1:", "'x' is there twice"),
        ("a.csv", "x,\n1,2\n", ":1:", "a column has no name"),
        ("a.csv", b"x\ncaf\xe9\n", ":2:", "not UTF-8"),
        ("a.csv", 'x\n"open\n', ":2:", "broken quoting"),
        ("a.json", '{"x": 1,\n "y": }', ":2:7:", "not valid JSON"),
        ("a.json", "", ":1:1:", "not valid JSON"),
        ("a.json", "[" * 100_000, ":1:", "nested too deeply"),
        ("a.jsonl", '{"x": 1}\n{"x": \n', ":2:", "not valid JSON"),
        ("a.xlsx", "x", "", "the ending .xlsx is not known"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path, name, content, place, what):
    path = write(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        load_data([f"t={path}"])
    assert str(caught.value).startswith(f"{path}{place}")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    "specs,what",
    [
        (["orders.csv"], "write name=file"),
        (["=orders.csv"], "is no name"),
        (["1x=a.json"], "is no name"),
        (["a=missing.json"], "cannot be read: No such file"),
    ],
)
def test_a_wrong_option_says_how_it_is_written(specs, what):
    with pytest.raises(DataError, match=what):
        load_data(specs)


def test_a_name_given_twice(tmp_path):
    path = write(tmp_path, "a.json", "1")
    with pytest.raises(DataError, match="given twice"):
        load_data([f"a={path}", f"a={path}"])
