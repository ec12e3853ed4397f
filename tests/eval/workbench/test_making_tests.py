"""*Evaluation*: a wrong message becomes a rule test."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.eval.learning.conftest import RULES, write
from tests.eval.workbench.front_door import open_page

ROWS = [
    {"text": "ein mensch bitte", "label": 1, "language": "de", "category": "explicit_request"},
    {"text": "a human please", "label": 1, "language": "en", "category": "explicit_request"},
    {"text": "a real person", "label": 1, "language": "en", "category": "explicit_request"},
    {"text": "is a human error likely", "label": 0, "language": "en", "category": "none"},
]
SECOND = """\
  - id: second
    priority: 95
    when: {phrase: ["ein mensch"]}
    then: handover
"""


@pytest.fixture
def rules(folder: Path) -> Path:
    """The file of a ruleset that misses one message and takes another one for a request."""
    write(folder / "datasets" / "messages" / "shop.jsonl", ROWS)
    rules = folder / "rules" / "shop.yaml"
    rules.write_text(RULES + SECOND, encoding="utf-8")
    return rules


def _button(shown: AppTest) -> AppTest:
    next(button for button in shown.button if button.label == "Make this a rule test").click().run()
    assert not shown.exception
    return shown


def _rule(shown: AppTest) -> str:
    return str(next(box for box in shown.selectbox if box.label == "Rule").value)


def test_a_missed_message_becomes_a_failing_test_of_the_rule_for_its_kind(rules: Path) -> None:
    shown = open_page("evaluation")
    assert _rule(shown) == "asked"
    shown = _button(shown)
    assert "      - {say: a real person, given: {lang: en}, expect: handover}\n" in rules.read_text(encoding="utf-8")
    assert "Written to rules/shop.yaml, from line 18 on." in [done.value for done in shown.success]
    assert any("expected handover, and it was none" in code.value for code in shown.code)


def test_what_others_should_not_read_is_named(rules: Path) -> None:
    warning = "The test holds a number or an address: replace it before you commit."
    shown = _button(open_page("evaluation"))
    assert warning not in [said.value for said in shown.warning]
    missed = {"text": "call 0151 23456789", "label": 1, "language": "en"}
    write(rules.parent.parent / "datasets" / "messages" / "shop.jsonl", [missed, ROWS[3]])
    shown = _button(open_page("evaluation"))
    assert warning in [said.value for said in shown.warning]
    assert "call 0151 23456789" in rules.read_text(encoding="utf-8")


def test_a_test_that_is_there_is_not_written_again(rules: Path) -> None:
    shown = _button(_button(open_page("evaluation")))
    assert rules.read_text(encoding="utf-8").count("a real person") == 1
    assert any("has this test already" in error.value for error in shown.error)


def test_another_rule_can_be_chosen(rules: Path) -> None:
    shown = open_page("evaluation")
    next(box for box in shown.selectbox if box.label == "Rule").select("second").run()
    _button(shown)
    assert rules.read_text(encoding="utf-8").endswith(
        "    tests:\n      - {say: a real person, given: {lang: en}, expect: handover}\n"
    )


def test_a_false_alarm_becomes_a_test_of_the_rule_that_decided(rules: Path) -> None:
    rules.write_text((RULES + SECOND).replace("            - a human\n", "            - human\n"), encoding="utf-8")
    write(rules.parent.parent / "datasets" / "messages" / "shop.jsonl", [ROWS[3], ROWS[1]])
    shown = open_page("evaluation")
    assert _rule(shown) == "asked"
    _button(shown)
    assert "      - {say: is a human error likely, given: {lang: en}, expect: none}\n" in rules.read_text(
        encoding="utf-8"
    )


def test_a_message_of_a_kind_that_no_rule_decides_goes_to_the_rule_of_its_language(rules: Path) -> None:
    missed = {"text": "ruft mich an", "label": 1, "language": "de", "category": "contact_request"}
    write(rules.parent.parent / "datasets" / "messages" / "shop.jsonl", [missed, ROWS[0], ROWS[1], ROWS[1]])
    assert _rule(open_page("evaluation")) == "second"
