"""Changing a threshold in the text of a rule file."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.edit import set_threshold
from handover_rules.rulefile.replacement import replace_threshold

NEW = {"value": 0.82, "goal": "precision >= 0.95", "low95": 0.951, "high95": None, "detector": "local@3b77e0"}


def changed(before: str, name: str = "local", **values: object) -> str:
    return replace_threshold(before, name, values or NEW).text  # type: ignore[arg-type]


def test_a_number_becomes_braces_and_comments_stay() -> None:
    before = "# top\nthresholds:\n  ai: 0.7 # the AI\n  local: 0.90   # the model\nrules: []\n"
    assert changed(before) == (
        "# top\nthresholds:\n  ai: 0.7 # the AI\n"
        "  local: {value: 0.82, goal: precision >= 0.95, low95: 0.951, detector: local@3b77e0}   # the model\n"
        "rules: []\n"
    )


def test_values_in_braces_are_replaced_and_others_stay_as_typed() -> None:
    before = "thresholds: {ai: .70, local: {env: LOCAL_T, value: .900, high95: 2, data: 'a@1'}}\n"
    assert changed(before) == (
        "thresholds: {ai: .70, local: {value: 0.82, env: LOCAL_T, goal: precision >= 0.95, low95: 0.951, "
        "data: 'a@1', detector: local@3b77e0}}\n"
    )


def test_lines_are_replaced_taken_away_and_added() -> None:
    before = (
        "thresholds:\n  local: # of the model\n    # how sure\n    value: 0.9 # was 0.8\n    high95: 3 # old\n"
        "    env: LOCAL_T\n\n  # next\n  ai: 0.7\n"
    )
    assert changed(before) == (
        "thresholds:\n  local: # of the model\n    # how sure\n    value: 0.82 # was 0.8\n"
        "    env: LOCAL_T\n    goal: precision >= 0.95\n    low95: 0.951\n    detector: local@3b77e0\n\n"
        "  # next\n  ai: 0.7\n"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_a_missing_last_one_stay(end: str) -> None:
    before = f"thresholds:{end}  local:{end}    value: 0.9"
    assert changed(before, value=0.5, data="x@1") == f"thresholds:{end}  local:{end}    value: 0.5{end}    data: x@1"


def test_the_lines_that_changed_are_told() -> None:
    found = replace_threshold(
        "a: 1\nthresholds:\n  local:\n    value: 0.9\n  ai: 0.7\n", "local", {"value": 0.5, "low95": 0.4}
    )
    assert (found.line, found.lines) == (4, ("    value: 0.5", "    low95: 0.4"))
    found = replace_threshold("thresholds:\n  ai: 0.1\n  local: 0.2\n", "local", {"value": 0.5})
    assert (found.line, found.lines) == (3, ("  local: {value: 0.5}",))


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        ("thresholds: {ai: 0.7}\n", "there is no threshold 'local'"),
        ("rules: []\n", "there is no threshold 'local'"),
        ("thresholds:\n  local: {value: 0.9, # sure\n    env: A}\n", "a comment inside the braces"),
    ],
)
def test_what_cannot_be_changed_is_said(before: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        changed(before)


def test_the_threshold_of_a_folder_of_files_is_changed_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("ruleset: shop\nthresholds: {ai: 0.5}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        "thresholds:\n  local: 0.9 # of the model\ndetectors: {local: {kind: linear, cost: 1, model: m.json}}\n"
        "rules: [{id: one, when: {score: {of: local, at_least: $local}}, then: handover}]\n",
        encoding="utf-8",
    )
    (tmp_path / "m.json").write_text("{}", encoding="utf-8")
    edit = set_threshold(tmp_path, "local", {"value": 0.25})
    edit.write()
    assert (Path(edit.name).name, edit.line, edit.lines) == ("b.yaml", 2, ("  local: {value: 0.25} # of the model",))
    assert load_ruleset(tmp_path).thresholds["local"].value == 0.25
    with pytest.raises(UsageError, match="there is no threshold 'other'; there are: ai, local"):
        set_threshold(tmp_path, "other", {"value": 0.25})
    with pytest.raises(UsageError, match="nothing is written"):
        set_threshold(tmp_path, "local", {"value": 25.0})
