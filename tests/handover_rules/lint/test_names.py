"""Names that are declared and used nowhere."""

from __future__ import annotations

from tests.handover_rules.lint.conftest import Finding

USED = """
hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}
queues: {general: {skills: [support]}, urgent: {skills: [support]}}
thresholds: {local: 0.8}
detectors:
  local: {kind: linear, cost: 1, model: model.json}
  ai: {kind: openai, cost: 100, model: gpt, prompt: ask.j2}
phrases: {person: [human, <staff>], staff: [clerk], affirm: [yes please]}
offers: {yes: [<affirm>]}
rules:
  - id: one
    when: {any: [{phrase: <person>}, {score: {of: local, at_least: $local}}, {hours: office}]}
    then: handover
    set: {queue: general}
    do: [tell]
  - {id: unsure, priority: 20, when: {phrase: help}, then: ask}
  - {id: accepted, priority: 90, when: {accepted_offer: true}, then: handover}
actions:
  tell:
    - agent.assign: {queue: urgent}
    - slack.post: {text: "{% if scores.ai is not none %}{{ scores.ai }}{% endif %}"}
""".replace("[yes please]", '["yes please"]')


def test_everything_is_used(found: Finding) -> None:
    assert found(USED) == []


def test_everything_is_declared_for_nothing(found: Finding) -> None:
    rules, actions = USED.index("rules:"), USED.index("actions:")
    text = USED[:rules].replace("offers: {yes: [<affirm>]}", "") + (
        "rules: [{id: one, when: {phrase: agent}, then: handover}]\n" + USED[actions:].replace("scores.ai", "rule.id")
    )
    unused = [name for code, name in found(text) if code == "W318"]
    assert unused == ["office", "general", "local", "local", "ai", "person", "staff", "affirm", "tell"]


def test_hours_tell_a_reply_that_the_business_is_closed(found: Finding) -> None:
    text = """
    hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}
    rules: [{id: one, when: {phrase: agent}, then: handover, do: [tell]}]
    actions:
      tell:
        - reply: {nobody: You are next., closed: We open at nine.}
    """
    assert found(text) == []
    assert found(text.replace(", closed: We open at nine.", "")) == [("W318", "office")]


def test_a_template_chooses_among_queues(found: Finding) -> None:
    text = """
    queues: {vip: {skills: [a]}, general: {skills: [a]}, other: {skills: [a]}}
    rules: [{id: one, when: {phrase: agent}, then: handover, do: [go]}]
    actions:
      go:
        - agent.assign: {queue: "{{ 'vip' if contact.lead_score > 50 else 'general' }}"}
    """
    assert found(text) == [("W318", "other")]
    # Whose name this is, nobody knows before the rule fires.
    assert found(text.replace("'vip' if contact.lead_score > 50 else 'general'", "rule.owner")) == []
