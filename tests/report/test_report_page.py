"""The HTML report in a real browser."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def page(browser: Any, reports: dict[str, Path]) -> Any:
    """Opens a report by name; afterwards nothing may have been fetched and no script may have failed."""

    def show(name: str, width: int = 1300, height: int = 900) -> Any:
        browser.set_window_size(width, height)
        browser.get_log("performance")
        browser.get(reports[name].as_uri())
        return browser

    yield show
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in urls if not url.startswith(("file:", "data:"))] == []


def _text(browser: Any, selector: str) -> str:
    return browser.find_element("css selector", selector).text


def _labels(browser: Any) -> list[str]:
    return [e.text for e in browser.find_elements("css selector", ".row .label") if e.is_displayed()]


def _keys(browser: Any, *keys: str) -> None:
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def _click(browser: Any, label: str) -> None:
    rows = browser.find_elements("css selector", ".row .label")
    next(row for row in rows if row.text == label).click()


def test_the_head_sums_the_run_up(page: Any) -> None:
    browser = page("nested")
    assert _text(browser, "#title") == "what tea costs"
    assert _text(browser, "#status") == "ok"
    figures = _text(browser, "#figures").split("\n")
    told = dict(zip(figures[::2], figures[1::2], strict=True))
    assert (told["runs"], told["turns"], told["tool calls"], told["errors"]) == ("4", "7", "12", "2")
    assert not browser.find_element("id", "warning").is_displayed()


def test_the_tree_nests_runs_turns_programs_and_calls(page: Any) -> None:
    browser = page("nested")
    labels = _labels(browser)
    assert labels[0] == "till"
    assert labels.count("check") == 3
    assert labels.count("checker") == 3
    assert labels.count("price_of") == 9
    levels = {e.get_attribute("aria-level") for e in browser.find_elements("css selector", "[role=treeitem]")}
    assert levels == {"1", "2", "3", "4", "5", "6", "7", "8"}


def test_a_program_stands_beside_its_error_with_a_caret(page: Any) -> None:
    browser = page("nested")
    _click(browser, "(let [x 1]")
    detail = _text(browser, "#detail")
    assert "parse_error" in detail
    assert "never closed" in detail
    assert "hint: add" in detail
    assert browser.find_element("css selector", "pre.program .wrong").text == "("
    assert browser.find_element("css selector", "pre.program .t-call").text == "let"


def test_a_program_stands_beside_its_value_and_calls(page: Any) -> None:
    browser = page("nested")
    _click(browser, "(def prices (pmap #(tool/price_of {:item %}) data/items))")
    detail = _text(browser, "#detail")
    assert "{:sum 7.7}" in detail
    assert detail.count('{"item":"tea"}') == 2
    browser.find_element("css selector", "#detail td a").click()
    assert "Price of one item in euros." in _text(browser, "#detail")


def test_what_a_program_printed_cannot_become_markup(page: Any) -> None:
    browser = page("nested")
    _click(browser, "turn 2")
    assert "</script><script>" in _text(browser, "#detail")
    assert browser.title == "what tea costs"
    assert browser.find_elements("css selector", "#detail img") == []


def test_keys_walk_the_tree(page: Any) -> None:
    browser = page("nested")
    _click(browser, "till")
    _keys(browser, "j", "j")
    assert _text(browser, "[aria-selected=true] > .row .label") == "<lambda>"
    _keys(browser, "\ue013")  # up
    assert _text(browser, "[aria-selected=true] > .row .label") == "turn 1"
    before = len(_labels(browser))
    _keys(browser, "\ue012")  # left: close
    assert len(_labels(browser)) == before - 2
    _keys(browser, "\ue014")  # right: open
    assert len(_labels(browser)) == before
    _keys(browser, "e")
    assert "parse_error" in _text(browser, "#detail")
    _keys(browser, "e")
    assert "type_error" in _text(browser, "#detail")
    _keys(browser, "?")
    assert browser.find_element("id", "help").is_displayed()
    _keys(browser, "\ue00c")
    assert not browser.find_element("id", "help").is_displayed()


def test_search_finds_marks_and_jumps(page: Any) -> None:
    browser = page("nested")
    _click(browser, "till")
    _keys(browser, "/")
    browser.switch_to.active_element.send_keys("cake")
    assert _text(browser, "#hits").endswith("found")
    browser.switch_to.active_element.send_keys("\ue007")
    first = browser.current_url
    browser.switch_to.active_element.send_keys("\ue007")
    assert browser.current_url != first
    assert {m.text.lower() for m in browser.find_elements("css selector", "#detail mark")} <= {"cake"}
    assert browser.find_elements("css selector", ".row.hit")
    browser.switch_to.active_element.send_keys("\ue00c")
    assert browser.find_elements("css selector", ".row.hit, #detail mark") == []


def test_light_and_dark(page: Any) -> None:
    browser = page("nested")

    def ground() -> str:
        return browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    before = ground()
    browser.find_element("id", "theme").click()
    assert ground() != before


def test_a_narrow_screen_needs_no_sideways_scrolling(page: Any) -> None:
    browser = page("nested", width=420, height=800)
    _click(browser, "(let [x 1]")
    width, inner = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= inner
    nav, article = (browser.find_element("tag name", name).rect for name in ("nav", "article"))
    assert nav["y"] + nav["height"] <= article["y"] + 1


def test_five_thousand_events_stay_quick(page: Any, reports: dict[str, Path]) -> None:
    assert reports["large"].stat().st_size > 500_000  # made before the clock starts
    started = time.monotonic()
    browser = page("large")
    assert _text(browser, "#status") == "ok"
    assert time.monotonic() - started < 30
    program = next(e for e in browser.find_elements("css selector", ".row") if "tool/double" in e.text)
    program.find_element("css selector", ".twist").click()
    assert len(browser.find_elements("css selector", ".dot.tool")) == 2600
    _keys(browser, "/")
    browser.switch_to.active_element.send_keys("2598")
    assert "found" in _text(browser, "#hits")


def test_a_trace_that_was_cut_off_says_so(page: Any) -> None:
    browser = page("bare")
    assert "not complete" in _text(browser, "#warning")
    assert "without payloads" in _text(browser, "#warning")
    assert _text(browser, "#status") in {"not finished", "failed"}
    browser.switch_to.active_element.send_keys("e")
    assert "unbound_var" in _text(browser, "#detail")
