"""`handover suggest`: phrases from missed messages, with what they would do, in their place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from typer.testing import Result

from eval.dataset import read_dataset
from eval.decisions import decide_all
from eval.learning.evidence import hear
from eval.learning.suggest import suggest
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from tests.eval.learning.conftest import RULES, write

Run = Callable[..., Result]


def _found(run: Run, *arguments: object) -> dict[str, Any]:
    result = run("suggest", "--data", "data.jsonl", *arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_phrase_is_counted_on_the_half_that_it_was_mined_on_and_on_the_other(run: Run, folder: Path) -> None:
    found = _found(run)
    assert (found["missed"], found["positives"], found["left_to_the_bot"]) == (10, 14, 40)
    (one,) = found["suggestions"]
    assert one["phrase"] == "arrange a callback"
    mined, held_out = one["mined"], one["held_out"]
    assert mined["caught_of_missed"]["hits"] == mined["caught_of_missed"]["n"] == mined["groups"]
    assert held_out["caught_of_missed"]["hits"] == held_out["caught_of_missed"]["n"] > 0
    assert mined["caught_of_missed"]["n"] + held_out["caught_of_missed"]["n"] == 10
    assert mined["false_alarms_per_1000"]["hits"] == held_out["false_alarms_per_1000"]["hits"] == 0
    assert mined["false_alarms_per_1000"]["n"] + held_out["false_alarms_per_1000"]["n"] == 40
    effect = found["effect"]
    assert (effect["right"], effect["wrong"]) == (10, 0)
    assert effect["right_held_out"] == held_out["caught_of_missed"]["n"]


def test_false_alarms_are_per_thousand_in_json_as_on_the_terminal(run: Run, folder: Path) -> None:
    found = _found(run)["suggestions"][0]["held_out"]["false_alarms_per_1000"]
    assert found["value"] == 0.0
    assert found["high"] > 1
    assert f"[0.0, {found['high']:.1f}]" in run("suggest", "--data", "data.jsonl").stdout


def test_the_output_is_yaml_and_says_where_it_belongs(run: Run, folder: Path) -> None:
    result = run("suggest", "--data", "data.jsonl")
    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout) == ["arrange a callback"]
    assert "# asked: paste behind rules/shop.yaml:9\n" in result.stdout
    assert "\n            - arrange a callback\n" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert (folder / "rules" / "shop.yaml").read_text() == RULES


def test_apply_writes_the_phrases_and_names_the_tests_that_they_break(run: Run, folder: Path) -> None:
    broken = RULES + "    tests:\n      - {say: do not arrange a callback, expect: none}\n"
    (folder / "rules" / "shop.yaml").write_text(broken, encoding="utf-8")
    result = run("suggest", "--data", "data.jsonl", "--apply")
    assert result.exit_code == 0, result.output
    text = (folder / "rules" / "shop.yaml").read_text()
    assert text == broken.replace("- a human\n", "- a human\n            - arrange a callback\n")
    assert "# FAILED by-channel: expected none, and it was handover by `asked`" in result.stdout
    again = run("suggest", "--data", "data.jsonl")
    assert "Nothing to propose: no message was missed." in again.stdout


def test_what_the_rules_keep_back_is_not_counted_as_handed_over(run: Run, folder: Path) -> None:
    rules = folder / "rules" / "shop.yaml"
    rules.write_text(RULES.replace("phrase: no human", 'phrase: ["no human", soon, tomorrow]'), encoding="utf-8")
    effect = _found(run)["effect"]
    assert effect["right"] == 8


def test_a_rule_can_be_named(run: Run, folder: Path) -> None:
    rules = folder / "rules" / "shop.yaml"
    other = "  - id: other\n    when:\n      phrase:\n        - sos\n    then: handover\n"
    rules.write_text(RULES + other, encoding="utf-8")
    (one,) = _found(run, "--rule", "other")["suggestions"]
    assert (one["rule"], one["line"]) == ("other", 26)
    for rule, message in (("othr", "did you mean `other`"), ("by-channel", "does not have a list under `phrase:`")):
        result = run("suggest", "--data", "data.jsonl", "--rule", rule)
        assert isinstance(result.exception, UsageError)
        assert message in str(result.exception)


def test_what_is_as_usual_among_the_others_is_not_proposed(run: Run, folder: Path) -> None:
    rows = [{"text": f"where is {name}", "label": label} for label in (0, 1) for name in "abcdefghij"]
    write(folder / "data.jsonl", rows)
    result = run("suggest", "--data", "data.jsonl")
    assert result.exit_code == 0, result.output
    assert "Nothing worth proposing" in result.stdout


def test_chance_is_not_proposed(run: Run, folder: Path) -> None:
    """Two messages of two groups share words that none of ten others has: that is no evidence yet."""
    rows = [{"text": f"{name} is quite late", "label": 1} for name in ("bus", "train", "tram", "coach")]
    write(folder / "data.jsonl", rows + [{"text": f"a {name} or two", "label": 0} for name in "abcdefgh"])
    result = run("suggest", "--data", "data.jsonl")
    assert "Nothing worth proposing" in result.stdout


_OTHERS = [{"text": f"how {what} is a {name}", "label": 0} for name in "abcdefgh" for what in ("old", "big", "dear")]


def test_one_message_that_was_pasted_twenty_times_is_no_evidence(run: Run, folder: Path) -> None:
    """Nor is it confirmed by its copies in the other half: they are all in one."""
    write(folder / "data.jsonl", [*_OTHERS, *[{"text": "The lift is stuck again!", "label": 1}] * 20])
    found = _found(run)
    assert found["missed"] == 20
    assert (found["patterns_tried"], found["suggestions"]) == (0, [])


def test_one_conversation_is_no_evidence(run: Run, folder: Path) -> None:
    """A customer who says it again and again, in other words each time."""
    rows = [{"text": f"the lift is stuck {number}", "label": 1} for number in range(20)]
    write(folder / "data.jsonl", _OTHERS + rows)
    assert _found(run)["suggestions"]
    talk = [{**row, "conversation_id": "c", "turn": number} for number, row in enumerate(rows)]
    write(folder / "data.jsonl", _OTHERS + talk)
    found = _found(run)
    assert (found["patterns_tried"], found["suggestions"]) == (0, [])


def test_what_is_right_is_counted_in_groups(run: Run, folder: Path) -> None:
    """Twelve callers of whom one pastes, and three who want something else: that is not nine in ten."""
    callers = [{"text": f"the lift is stuck {number}", "label": 1} for number in range(24)]
    callers += [{"text": "the lift is stuck 0", "label": 1}] * 100
    write(folder / "data.jsonl", _OTHERS + callers)
    assert _found(run)["suggestions"]
    askers = [{"text": f"what if the lift is stuck {number}", "label": 0} for number in range(10)]
    write(folder / "data.jsonl", _OTHERS + callers + askers)
    assert _found(run)["suggestions"] == []


def test_data_without_a_person_needed_is_refused(run: Run, folder: Path) -> None:
    write(folder / "data.jsonl", [{"text": "hello", "label": 0}])
    result = run("suggest", "--data", "data.jsonl")
    assert isinstance(result.exception, UsageError)


def test_the_list_that_finds_messages_of_the_same_kind_is_the_one_to_add_to(folder: Path) -> None:
    known = [{"text": f"ein mensch {n}", "label": 1, "language": "de"} for n in "abcde"]
    missed = [{"text": f"ruf mich an {n}", "label": 1, "language": "de"} for n in "abcdefghijklmnop"]
    others = [{"text": f"wie alt ist {n}{m}", "label": 0, "language": "de"} for n in "abcdef" for m in "abcdef"]
    write(folder / "data.jsonl", known + missed + others)
    ruleset, dataset = load_ruleset("rules"), read_dataset(["data.jsonl"])
    messages = hear(dataset, decide_all(ruleset, dataset, {}, Path("answers.jsonl")), "strict")
    found = suggest(ruleset, messages, most=3)
    assert {one.target.last.place.line for one in found.suggestions} == {11}
    assert found == suggest(ruleset, messages, most=3)


def test_a_phrase_that_stands_alone_keeps_others_out_of_the_file_but_not_out_of_the_output(
    run: Run, folder: Path
) -> None:
    rules = folder / "rules" / "shop.yaml"
    alone = "ruleset: shop\nrules:\n  - {id: asked, when: {phrase: human}, then: handover}\n"
    rules.write_text(alone, encoding="utf-8")
    result = run("suggest", "--data", "data.jsonl")
    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout) == ["arrange a callback"]
    assert "this phrase is no item of a list" in result.stderr
    assert isinstance(run("suggest", "--data", "data.jsonl", "--apply").exception, UsageError)
    assert rules.read_text(encoding="utf-8") == alone
