"""Placeholders: the Mustache subset, its errors, and references in place of values."""

from datetime import UTC, datetime

import pytest

from ptc_lisp.signature import parse
from subagent import ScriptedLLM, SubAgent
from subagent.prompting.mustache import TemplateError, template
from subagent.prompting.template import filled, misfit


def render(source, missing="error", **values):
    return template(source).render(values, missing=missing)


@pytest.mark.parametrize(
    "source,values,text",
    [
        ("a {{x}} b", {"x": 1}, "a 1 b"),
        ("{{ x.y.z }}", {"x": {"y": {"z": "deep"}}}, "deep"),
        ("{{a-b}} {{c_d}}", {"a_b": 1, "c-d": 2}, "1 2"),
        ("{{x}}", {"x": None}, ""),
        ("{{x}}{{y}}", {"x": True, "y": 2.5}, "true2.5"),
        ("{{x}}", {"x": datetime(2024, 1, 31, tzinfo=UTC)}, "2024-01-31T00:00:00+00:00"),
        ("{{x}}", {"x": [1, {"a": "b"}]}, '[1,{"a":"b"}]'),
        ("{{x}}", {"x": "{{y}}"}, "{{y}}"),
        ("a{{! no }}b", {}, "ab"),
        ("{{#xs}}<{{.}}>{{/xs}}", {"xs": [1, "b"]}, "<1><b>"),
        ("{{#xs}}{{n}}{{m}},{{/xs}}", {"xs": [{"n": 1}, {"n": 2}], "m": "!"}, "1!,2!,"),
        ("{{#x}}in {{y}}{{/x}}", {"x": {"y": 2}}, "in 2"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": True}, "yes"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": []}, "no"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": None}, "no"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": 0}, "yes"),
        ("a\n{{#xs}}\n- {{.}}\n{{/xs}}\nb", {"xs": [1, 2]}, "a\n- 1\n- 2\nb"),
        ("a\n  {{! gone }}  \nb", {}, "a\nb"),
        ("a {{#x}}\nb{{/x}}\nc", {"x": 1}, "a \nb\nc"),
        ("{{#a}}{{#b}}{{c}}{{/b}}{{/a}}", {"a": [{"b": [{"c": 1}]}, {"b": []}]}, "1"),
    ],
)
def test_the_subset(source, values, text):
    assert template(source).render(values) == text


@pytest.mark.parametrize(
    "source,words",
    [
        ("ok\n {{#x}}", r"\{\{#x\}\} is never closed \(line 2, column 2\)"),
        ("{{/x}}", r"closes nothing: no section is open \(line 1, column 1\)"),
        ("{{#x}}{{/y}}", r"\{\{/y\}\} closes nothing: \{\{#x\}\} is open \(line 1, column 7\)"),
        ("a\nb {{x", r"\{\{ is never closed \(line 2, column 3\)"),
        ("{{a b}}", "is no placeholder"),
        ("{{> part}}", "is no placeholder"),
        ("{{{x}}}", "is no placeholder"),
        ("{{#x}}" * 21 + "{{/x}}" * 21, "sections nest deeper than 20"),
    ],
)
def test_what_cannot_be_read_says_where(source, words):
    with pytest.raises(TemplateError, match=words):
        template(source)


def test_a_missing_name_is_an_error_or_stays():
    with pytest.raises(
        TemplateError, match=r"\{\{ y \}\} refers to nothing that is given \(line 2, column 1\)"
    ):
        render("a\n{{ y }}", x=1)
    assert render("a {{ y }} {{x.z}} {{#q}}no{{/q}}", missing="keep", x={}) == "a {{ y }} {{x.z}} "


def test_twenty_levels_are_read():
    assert template("{{#x}}" * 20 + "{{y}}" + "{{/x}}" * 20).render({"x": True, "y": 1}) == "1"


INPUTS = "(name :string, who {first :string, tags [:string]}, rows [{id :int}], more :any, flag :bool, n :int?) -> :int"


def fields():
    return {field.name: field.type for field in parse(INPUTS).params}


@pytest.mark.parametrize(
    "text,words",
    [
        ("{{name}} {{who.first}} {{more.x.y}}", None),
        ("{{#rows}}{{id}} {{name}}{{/rows}}", None),
        ("{{#flag}}{{name}}{{/flag}}{{^n}}none{{/n}}", None),
        ("{{#who.tags}}{{.}}{{/who.tags}}", None),
        ("{{#more}}{{anything}}{{/more}}", None),
        ("{{nmae}}", "{{nmae}} refers to nothing; did you mean {{name}}?"),
        ("{{who.frist}}", "{{who.frist}}: who has no field frist; did you mean {{first}}?"),
        ("{{name.x}}", "{{name.x}}: name has no fields"),
        (
            "{{#name}}x{{/name}}",
            "{{#name}} is a section over a string, which is neither a list nor can it be missing",
        ),
        ("{{#rows}}{{idd}}{{/rows}}", "{{idd}} refers to nothing; did you mean {{id}}?"),
    ],
)
def test_tags_must_fit_the_declared_inputs(text, words):
    assert misfit(text, fields()) == words


def test_programs_get_references_and_a_task_may_quote_braces():
    assert (
        filled("Sum {{ xs }} of {{who.first}}: {{a b}} {{#x}}.")
        == "Sum data/xs of (:first data/who): {{a b}} {{#x}}."
    )
    SubAgent("Sum {{xs}}{{! or so }}.")
    with pytest.raises(
        ValueError, match=r"SubAgent\.prompt: \{\{#xs\}\} needs a value, and programs read values"
    ):
        SubAgent("{{#xs}}{{.}}{{/xs}}")


@pytest.mark.parametrize(
    "prompt, context, shown",
    [
        ("{{#rows}}{{id}}{{note}};{{/rows}}", {"rows": [{"id": 1, "note": "n"}, {"id": 2}]}, "1n;2;"),
        ("{{#rows}}{{id}} {{city}};{{/rows}}", {"rows": [{"id": 1}], "city": "Oslo"}, "1 Oslo;"),
        ("{{#who}}{{name}}{{/who}}{{^rows}}none{{/rows}}", {"who": {"name": "Al"}, "rows": []}, "Alnone"),
        ("{{#rows}}{{id}}{{/rows}}!", {"rows": []}, "!"),
        (
            "{{#rows}}{{#tags}}{{.}} {{kind}},{{/tags}}{{/rows}}",
            {"rows": [{"tags": ["a"], "kind": 1}]},
            "a 1,",
        ),
        ("{{#rows.inner}}{{id}}{{/rows.inner}}", {"rows": {"inner": [{"id": 3}]}}, "3"),
    ],
)
def test_an_agent_fills_sections_with_the_rows_of_its_context(prompt, context, shown):
    llm = ScriptedLLM(["ok"])
    assert SubAgent(prompt, mode="text").run(llm=llm, context=context).value == "ok"
    assert llm.requests[0].messages[0].content == shown


def test_a_name_that_no_row_has_is_told():
    agent = SubAgent("{{#rows}}{{idd}}{{/rows}}", mode="text", llm=ScriptedLLM(["ok"]))
    with pytest.raises(ValueError, match=r"\{\{idd\}\} refers to nothing; did you mean \{\{id\}\}\?"):
        agent.run(context={"rows": [{"id": 1}]})


def test_declared_inputs_that_are_left_out_are_empty():
    llm = ScriptedLLM(["ok"])
    agent = SubAgent(
        "{{who}} {{#note}}({{note}}){{/note}}{{note}}.",
        mode="text",
        signature="(who :string, note :string?) -> :string",
    )
    agent.run(llm=llm, context={"who": "Al"})
    assert llm.requests[0].messages[0].content == "Al ."


def test_a_comment_takes_its_line_with_it():
    assert "a\nb" in SubAgent("a\n  {{! to do }}\nb{{! more }}").preview_prompt().user


def test_braces_in_a_task_leave_the_sections_of_the_prompt_alone():
    llm = ScriptedLLM(["ok"])
    agent = SubAgent("Rows:\n\n{{#rows}}{{id}};{{/rows}}", mode="text", llm=llm)
    agent.run("What is {{#x}}, {{who}}?\n\nAnd {{", context={"rows": [{"id": 1}], "who": "Al"})
    assert llm.requests[0].messages[0].content == "Rows:\n\n1;\n\nWhat is {{#x}}, Al?\n\nAnd {{"
