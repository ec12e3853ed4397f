"""Phrases that add nothing to those beside them."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding


def rules(*phrases: str, rest: str = "") -> str:
    lines = "\n".join(f"          - {phrase}" for phrase in phrases)
    return (
        f"{rest}rules:\n  - id: asked\n    when:\n      any:\n        - phrase:\n{lines}\n    then: handover\n".replace(
            "          - ", "            - "
        )
    )


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (["human", "talk to a human"], [("W211", "talk to a human")]),
        (["talk to a human", "human"], [("W211", "talk to a human")]),
        (["talk to a human", "Talk to a HUMAN!"], [("W210", "Talk to a HUMAN!")]),
        (["où est l’agent", "ou est l agent"], [("W210", "ou est l agent")]),
        (["(talk|speak) to us", "speak to us now"], [("W211", "speak to us now")]),
        (["talk to us", "speak to us", "(talk|speak) to us"], [("W211", "(talk|speak) to us")]),
        (["talk to us", "talk with us"], []),
        (["human", "humans"], []),
    ],
)
def test_phrases_of_a_rule(found: Finding, phrases: list[str], expected: list[tuple[str, str]]) -> None:
    assert found(rules(*phrases)) == expected


def test_a_phrase_that_is_found_through_a_list(found: Finding) -> None:
    lists = "phrases:\n  person: [human, agent]\n"
    assert found(rules("to (a|the) <person>", "talk to the agent", rest=lists)) == [("W211", "talk to the agent")]
    assert found(rules("to (a|the) <person>", "talk to the agents", rest=lists)) == []


def test_phrases_are_compared_where_one_of_them_is_enough(found: Finding) -> None:
    text = """
    rules:
      - id: asked
        when:
          any:
            - phrase: human
            - any: [{whole: "a human please"}]
            - all: [{lang: en}, {phrase: "talk to a human"}]
        unless:
          - phrase: fee
          - any: [{phrase: "the fee"}, {lang: es}]
        then: handover
    """
    # What stands beside `lang` may be there for its sake; `unless` is not compared with `when`.
    assert found(text) == [("W211", '"a human please"'), ("W211", '"the fee"')]


def test_entries_of_a_list_are_compared_as_they_are(found: Finding) -> None:
    text = """
    phrases:
      person:
        - human
        - human agent
        - HUMAN
        - (human|clerk)
    rules:
      - {id: asked, when: {phrase: "talk to <person>"}, then: handover}
    """
    assert found(text) == [("W211", "human"), ("W210", "HUMAN")]


def test_regexes_that_stand_twice(found: Finding) -> None:
    text = "rules: [{id: asked, when: {regex: ['agent', 'human', 'agent']}, then: handover}]"
    assert found(text) == [("W210", "'agent'")]


def test_an_any_within_other_conditions_is_compared(found: Finding) -> None:
    when = '{all: [{any: [{phrase: agent}, {phrase: "an agent"}]}, {lang: en}]}'
    assert found(f"rules: [{{id: a, when: {when}, then: handover}}]") == [("W211", '"an agent"')]
