"""Row 44: every shape in which models have been seen to send a program."""

import pytest

from ptc_lisp import FaultKind
from subagent.loop.extract import extract_program

PROGRAM = '(return (count "a b"))'

REPLIES = {
    "tagged clojure": f"```clojure\n{PROGRAM}\n```",
    "tagged lisp": f"```lisp\n{PROGRAM}\n```",
    "tagged ptc-lisp": f"```ptc-lisp\n{PROGRAM}\n```",
    "capital tag and prose around": f"Sure! Here it is:\n\n```Clojure\n{PROGRAM}\n```\nHope this helps.",
    "tag in braces": f"```{{.clojure}}\n{PROGRAM}\n```",
    "indented in a list": f"1. do this\n   ```clojure\n   {PROGRAM}\n   ```",
    "tildes": f"~~~clojure\n{PROGRAM}\n~~~",
    "longer fence": f"````clojure\n{PROGRAM}\n````",
    "one line": f"```clojure {PROGRAM}```",
    "untagged": f"```\n{PROGRAM}\n```",
    "wrong tag": f"```python\n{PROGRAM}\n```",
    "tagged wins over untagged": f"```\n(data)\n```\n```clojure\n{PROGRAM}\n```",
    "example output beside it": f'```clojure\n{PROGRAM}\n```\nOutput:\n```json\n{{"a": 1}}\n```',
    "element": f"<clojure>\n{PROGRAM}\n</clojure>",
    "element with attributes": f'<program lang="clj">{PROGRAM}</program>',
    "fence closed by an element": f"```clojure\n{PROGRAM}\n</clojure>\nmore",
    "fence never closed": f"```clojure\n{PROGRAM}",
    "raw": f"  {PROGRAM}\n",
    "raw with a closing fence": f"{PROGRAM}\n```",
    "raw with a closing fence and prose": f"{PROGRAM}\n```\nThis counts.",
    "raw after a comment": f"; counting\n{PROGRAM}",
    "windows lines": f"```clojure\r\n{PROGRAM}\r\n```\r\n",
    "invisible characters": '\ufeff```clojure\n(return\u00a0(count\u200b "a b"))\n```',
    "the same program twice": f"```clojure\n{PROGRAM}\n```\nor\n```clojure\n{PROGRAM}\n```",
    "an empty block before it": f"```clojure\n```\n```clojure\n{PROGRAM}\n```",
    "thinking": f"<think>maybe ```clojure\n(no)\n``` hm</think>```clojure\n{PROGRAM}\n```",
    "thinking without its opening": f"maybe (no)</think>\n{PROGRAM}",
    "raw with prose below": f"{PROGRAM}\n\nThis counts the characters.",
    "attributes behind the tag": f'```clojure title="a" {{.numbered}}\n{PROGRAM}\n```',
    "smart quotes": "```clojure\n(return (count \u201ca b\u201d))\n```",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
def test_row_44_the_program_is_found(reply):
    program = extract_program(reply).program
    assert program is not None
    assert program.removeprefix("; counting\n") == PROGRAM


@pytest.mark.parametrize(
    "reply,words",
    [
        ("", "the reply is empty"),
        (" \n ", "the reply is empty"),
        ("I cannot do that.", "holds no program"),
        ("```python\nprint(1)\n```", "holds no program"),
        ("<think>I will write (return 1)", "the reply is empty"),
        ("```clojure\n\n```", "holds no program"),
    ],
)
def test_row_44_a_reply_without_a_program(reply, words):
    fault = extract_program(reply).fault
    assert fault is not None
    assert fault.kind is FaultKind.NO_PROGRAM
    assert words in fault.message


def test_row_44_two_different_programs_are_counted_and_none_is_chosen():
    extracted = extract_program("```clojure\n(a)\n```\nthen\n```clojure\n(b)\n```")
    assert extracted.program is None
    assert extracted.fault is not None
    assert extracted.fault.kind is FaultKind.MULTIPLE_PROGRAMS
    assert extracted.fault.details == {"count": 2}


@pytest.mark.parametrize("reply", ["```clojure\n(def rows (map", "(def rows (map", "Let me think about"])
def test_a_cut_reply_says_that_it_was_cut(reply):
    fault = extract_program(reply, cut=True).fault
    assert fault is not None
    assert fault.kind is FaultKind.NO_PROGRAM
    assert "cut off" in fault.message


def test_a_cut_reply_whose_program_is_whole_is_used():
    assert extract_program("```clojure\n(return 1)\n```\nThis is beca", cut=True).program == "(return 1)"


def test_typographic_quotes_inside_a_string_stay():
    reply = '```clojure\n(str "\u201cquoted\u201d don\u2019t \\" \u201c" \u2018x)\n```'
    assert extract_program(reply).program == '(str "\u201cquoted\u201d don\u2019t \\" \u201c" \'x)'


def test_a_raw_reply_may_begin_with_a_discarded_form():
    assert extract_program("#_first (return 1)").program == "#_first (return 1)"


MARKDOWN = '(return "Run:\n```bash\nls\n```\nDone; all of it.")'


@pytest.mark.parametrize("tag", ["clojure", ""])
def test_a_fence_inside_of_a_string_ends_no_block(tag):
    reply = f"Here:\n```{tag}\n{MARKDOWN}\n```\nThat is it."
    assert extract_program(reply).program == MARKDOWN


def test_a_string_without_an_end_ends_with_its_block():
    reply = '```clojure\n(str "a)\n```\nIt says "a".'
    assert extract_program(reply).program == '(str "a)'


def test_names_below_a_bare_program_are_part_of_it():
    program = "(def total 1)\n\n(def Rate 2)\n\ntotal"
    assert extract_program(program).program == program
    text = '(return "One.\n\nTwo words here.")'
    assert extract_program(text).program == text
