"""`stay` rules that keep the bot going although the same message asks for a person."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding, Linting


def rules(stay: str, request: str) -> str:
    return (
        f"rules:\n  - {{id: stays, priority: 90, {stay}, then: stay}}\n  - {{id: asked, {request}, then: handover}}\n"
    )


def test_a_veto_of_a_request(found: Finding, linting: Linting) -> None:
    rules = """
    rules:
      - {id: only-asking, priority: 90, when: {phrase: "are you a bot"}, then: stay}
      - {id: asked, when: {phrase: "talk to a human"}, then: handover}
    """
    assert found(rules) == [("W315", "only-asking")]
    (veto,) = (problem for problem in linting(rules).problems if problem.code == "W315")
    assert "`are you a bot talk to a human`" in veto.message
    assert found(rules.replace('{phrase: "are you a bot"}', '{whole: "are you a bot"}')) == []
    assert found(rules.replace("then: stay", 'unless: [{phrase: "human"}], then: stay')) == []
    assert found(rules.replace("priority: 90, ", "priority: 10, ")) == []
    # "thanks" is no part of a message that says nothing but "human".
    assert found(rules.replace('{phrase: "talk to a human"}', "{whole: human}")) == []
    # Nobody asks for a person in Spanish and in English at once.
    elsewhere = rules.replace('{phrase: "are you a bot"}', '{all: [{phrase: "are you a bot"}, {lang: es}]}')
    assert found(elsewhere.replace('{phrase: "talk to a human"}', "{all: [{lang: en}, {phrase: human}]}")) == []


@pytest.mark.parametrize(
    ("stay", "request_"),
    [
        # The request does not fire there.
        ('when: {phrase: "real estate agent"}', 'when: {phrase: agent}, unless: [{phrase: "real estate agent"}]'),
        ('when: {all: [{phrase: "a bot"}, {lang: en}]}', "when: {phrase: agent}, unless: [{lang: en}]"),
        (
            "when: {phrase: a bot}, unless: [{not: {lang: de}}]",
            "when: {phrase: agent}, unless: [{not: {lang: en}}]",
        ),
        # Such a message holds nothing else.
        ("when: {regex: '^(ok|thanks)$'}", "when: {phrase: agent}"),
        # A veto on purpose.
        ("when: {channel: sandbox}", "when: {phrase: agent}"),
        ("when: {customer: {status: blocked}}", "when: {phrase: agent}"),
        ("when: {field: {path: data.type, is: sticker}}", "when: {phrase: agent}"),
        ('when: {whole: "an agent"}', "when: {phrase: agent}"),
        # Both orders are spared.
        (
            'when: {phrase: thx}, unless: [{phrase: "agent ... thx"}, {phrase: "thx ... agent"}]',
            "when: {phrase: agent}",
        ),
    ],
)
def test_what_is_no_veto(found: Finding, stay: str, request_: str) -> None:
    assert "W315" not in [code for code, _ in found(rules(stay, request_))]


@pytest.mark.parametrize(
    ("stay", "request_", "message"),
    [
        ('when: {all: [{lang: en}, {phrase: "a bot"}]}', "when: {phrase: agent}", "a bot agent"),
        ('when: {phrase: "a bot"}', "when: {all: [{lang: en}, {phrase: agent}]}", "a bot agent"),
        ("when: {phrase: agent}", 'when: {whole: "agent please"}', "agent please"),
        ('when: {phrase: thx}, unless: [{phrase: "thx agent"}]', "when: {phrase: agent}", "agent thx"),
        (
            'when: {all: [{phrase: ["are you", "is this"]}, {phrase: ["a bot", "a robot"]}]}',
            "when: {all: [{phrase: [speak, talk]}, {phrase: [agent, human]}]}",
            "are you a bot speak agent",
        ),
    ],
)
def test_the_example_is_decided_by_both(linting: Linting, stay: str, request_: str, message: str) -> None:
    (problem,) = (one for one in linting(rules(stay, request_)).problems if one.code == "W315")
    assert problem.message.endswith(f"`{message}`")


def test_a_request_that_a_rule_before_decides(found: Finding) -> None:
    text = rules("when: {phrase: a bot}", "when: {phrase: agent please}")
    assert found(text) == [("W315", "stays")]
    before = "  - {id: first, priority: 95, when: {phrase: agent}, then: handover}\n"
    assert found(text.replace("rules:\n", "rules:\n" + before)) == [("W312", "asked")]
