"""What is looked for in a ruleset."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.condition_trees import find_rule, used_lists, walk, walk_wanted
from handover_rules.errors import UsageError
from tests.handover_rules.engine.building import ruleset_of

RULES = """\
rules:
  - id: asked
    when: {any: [{turns: {at_least: 2}}, {not: {all: [{lang: es}, {not: {lang: en}}]}}]}
    then: handover
"""
MANY = "rules:\n" + "".join(f"  - {{id: rule-{n}, when: {{phrase: w{n}}}, then: handover}}\n" for n in range(100))


def test_a_rule_by_its_id(tmp_path: Path) -> None:
    ruleset = ruleset_of(MANY, tmp_path)
    assert find_rule(ruleset, "rule-7") is ruleset.rules[7]


@pytest.mark.parametrize(
    ("rules", "name", "said"),
    [
        (RULES, "askd", "the ruleset has no rule 'askd'; did you mean `asked`?"),
        (RULES, "x", "the ruleset has no rule 'x'; known here: `asked`"),
        (MANY, "x", "the ruleset has no rule 'x'"),
    ],
)
def test_a_rule_that_is_not_there(tmp_path: Path, rules: str, name: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        find_rule(ruleset_of(rules, tmp_path), name)
    assert str(error.value) == said


def test_conditions_from_the_outside_in_with_what_each_is_wanted_to_be(tmp_path: Path) -> None:
    when = ruleset_of(RULES, tmp_path).rules[0].when
    found = [(type(condition).__name__, wanted) for condition, wanted in walk_wanted(when)]
    assert found == [
        ("Any", True),
        ("Turns", True),
        ("Not", True),
        ("All", False),
        ("Lang", False),
        ("Not", False),
        ("Lang", True),
    ]
    assert list(walk(when)) == [condition for condition, _ in walk_wanted(when, False)]


LISTS = """\
phrases: {sure: [certainly], person: [human, <staff>], staff: [clerk], gone: [robot, <parts>], parts: [bolt]}
offers: {open_for: 10m, yes: ["<sure>"]}
rules:
  - {id: asked, when: {phrase: a}, unless: [{not: {whole: "no <person>"}}], then: handover}
"""


def test_lists_are_used_by_phrases_and_by_way_of_others(tmp_path: Path) -> None:
    assert used_lists(ruleset_of(LISTS, tmp_path)) == {"person", "staff"}


def test_what_accepts_an_offer_uses_lists_where_a_rule_asks_for_it(tmp_path: Path) -> None:
    accepts = "  - {id: accepted, when: {accepted_offer: true}, then: handover}\n"
    assert used_lists(ruleset_of(LISTS + accepts, tmp_path)) == {"sure", "person", "staff"}
