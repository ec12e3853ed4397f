"""Suggestions in their places, and what they change there."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.dataset import read_dataset
from eval.learning.evidence import Half, Heard
from eval.learning.placing import Effect, add_suggestion, effect, place
from eval.learning.suggest import Counted, Suggestion
from eval.learning.targets import Target
from handover_rules.condition_trees import alternatives
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Phrases, Ruleset
from tests.eval.learning.conftest import RULES, write

NOTHING = Counted(None, 0, None)
SECOND = """\
rules:
  - id: second
    when:
      phrase:
        - somebody
    then: handover
"""


@pytest.fixture
def ruleset(folder: Path) -> Ruleset:
    """Three lists in two files."""
    (folder / "rules" / "second.yaml").write_text(SECOND, encoding="utf-8")
    return load_ruleset("rules")


def _suggestion(ruleset: Ruleset, rule: str, number: int, phrase: str) -> Suggestion:
    """A phrase for the list of that number of a rule."""
    (found,) = (one for one in ruleset.rules if one.id == rule)
    lists = [one for one in alternatives(found.when) if isinstance(one, Phrases)]
    return Suggestion(phrase, Target(rule, lists[number].phrases[-1]), NOTHING, NOTHING)


def test_every_phrase_stands_behind_the_last_one_of_its_list(folder: Path, ruleset: Ruleset) -> None:
    wanted = [("asked", 1, "ruf an"), ("second", 0, "soul"), ("asked", 0, "call me"), ("asked", 0, "ring me")]
    placed = place(Path("rules"), ruleset, [_suggestion(ruleset, *one) for one in wanted])
    texts = {edit.name: edit.text for edit in placed.edits}
    first = RULES.replace("- a human\n", "- a human\n            - call me\n            - ring me\n")
    behind = "            # Nobody says more.\n"
    assert texts == {
        "rules/shop.yaml": first.replace(behind, behind + "            - ruf an\n"),
        "rules/second.yaml": SECOND.replace("- somebody\n", "- somebody\n        - soul\n"),
    }
    assert (folder / "rules" / "shop.yaml").read_text() == RULES
    for edit in placed.edits:
        edit.write()
    assert load_ruleset("rules").hash == placed.ruleset.hash


def test_a_phrase_that_cannot_be_used_leaves_everything_as_it_is(ruleset: Ruleset) -> None:
    with pytest.raises(UsageError, match="nothing is written"):
        place(Path("rules"), ruleset, [_suggestion(ruleset, "asked", 0, "call <nobody>")])


def test_in_a_draft_the_list_is_found_wherever_it_stands_now(ruleset: Ruleset) -> None:
    suggestion = _suggestion(ruleset, "asked", 0, "call me")
    draft = "# Mine.\n\n" + RULES.replace("- a human\n", "- a human\n            - a soul\n")
    edit = add_suggestion(Path("rules"), suggestion, {"rules/shop.yaml": draft})
    assert edit.text == draft.replace("- a soul\n", "- a soul\n            - call me\n")
    with pytest.raises(UsageError, match="does not have the phrase `a human` any more"):
        add_suggestion(Path("rules"), suggestion, {"rules/shop.yaml": RULES.replace("- a human\n", "- soul\n")})
    with pytest.raises(UsageError, match="the text has errors"):
        add_suggestion(Path("rules"), suggestion, {"rules/shop.yaml": RULES + "nonsense: 1\n"})


def test_the_effect_counts_what_is_handed_over_and_was_not(folder: Path) -> None:
    write(folder / "data.jsonl", [{"text": str(n), "label": n % 2} for n in range(12)])
    rows = read_dataset([folder / "data.jsonl"]).files[0].rows
    halves: list[Half] = ["mined", "mined", "held out"] * 4
    new = {1, 3, 5, 8}

    def heard(handed_over: set[int]) -> list[Heard]:
        return [
            Heard(row, (row.text,), row.id, handover=number in handed_over, half=half)
            for number, (row, half) in enumerate(zip(rows, halves, strict=True))
        ]

    # The message 0 was handed over before, 11 is no longer: neither is new.
    assert effect(heard({0, 11}), heard({0} | new)) == Effect(right=3, wrong=1, right_held_out=1, wrong_held_out=1)
