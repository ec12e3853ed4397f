"""*Rules*: what the missed messages suggest, and how it gets into the editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.eval.learning.conftest import RULES, messages, write
from tests.eval.workbench.front_door import open_page


@pytest.fixture
def rules(folder: Path) -> Path:
    """The file of a ruleset that misses those who want a callback; beside it stands a file without rules."""
    write(folder / "datasets" / "messages" / "shop.jsonl", messages())
    (folder / "rules" / "actions.yaml").write_text("actions:\n  quiet:\n    - bot.disable: {}\n", encoding="utf-8")
    rules = folder / "rules" / "shop.yaml"
    rules.write_text(RULES, encoding="utf-8")
    return rules


def _put(shown: AppTest) -> AppTest:
    next(button for button in shown.button if button.label == "Put it into the editor").click().run()
    assert not shown.exception
    return shown


def test_the_suggested_phrases_are_listed_with_their_figures(rules: Path) -> None:
    shown = open_page("rules")
    assert not shown.exception
    table = next(frame.value for frame in shown.dataframe if "phrase" in frame.value)
    assert list(table["phrase"]) == ["arrange a callback"]
    assert list(table["rule"]) == ["asked"]
    assert table["held out: catches"][0].startswith("4 of 4 missed [51, 100 %] in 4 groups")
    assert table["held out: adds"][0].startswith("0 false alarms [0.0, ")


def test_a_phrase_goes_into_the_editor_and_not_into_the_file(rules: Path) -> None:
    shown = open_page("rules")
    shown.selectbox[0].select("rules/actions.yaml").run()
    shown = _put(shown)
    assert shown.selectbox[0].value == "rules/shop.yaml"
    assert shown.text_area[0].value == RULES.replace("- a human\n", "- a human\n            - arrange a callback\n")
    assert "`arrange a callback` stands in line 10 of rules/shop.yaml, and is not saved yet." in [
        done.value for done in shown.success
    ]
    assert rules.read_text(encoding="utf-8") == RULES
    assert any("10 become right, 0 become wrong" in said.value for said in shown.info)


def test_what_was_typed_before_is_kept(rules: Path) -> None:
    shown = open_page("rules")
    typed = "# Mine.\n" + RULES.replace("            - a human\n", "            - a human\n            - a soul\n")
    shown.text_area[0].set_value(typed).run()
    shown = _put(shown)
    assert shown.text_area[0].value == typed.replace("- a soul\n", "- a soul\n            - arrange a callback\n")


def test_a_text_that_cannot_take_the_phrase_is_left_alone(rules: Path) -> None:
    shown = open_page("rules")
    for typed, reason in ((RULES + "nonsense: 1\n", "has errors"), (RULES.replace("- a human", "- soul"), "any more")):
        shown.text_area[0].set_value(typed).run()
        shown = _put(shown)
        assert shown.text_area[0].value == typed
        assert any(reason in error.value and "is not in the editor" in error.value for error in shown.error)


def test_where_nothing_was_missed_nothing_is_suggested(rules: Path) -> None:
    rules.write_text(RULES.replace("- a human\n", "- a human\n            - callback\n"), encoding="utf-8")
    shown = open_page("rules")
    assert not shown.exception
    assert "Nothing to propose: no message was missed." in [caption.value for caption in shown.caption]
