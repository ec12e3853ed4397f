"""Templates that can meet a score that nobody gave, and customers' words that leave the house as they are."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding, Linting

AI = "{score: {of: ai, at_least: 0.7}}"
EITHER = f"{{any: [{{phrase: agent}}, {AI}]}}"


def rules(action: str, when: str = EITHER) -> str:
    return f"""
detectors:
  ai: {{kind: openai, cost: 100, model: gpt, prompt: ask.j2}}
rules:
  - {{id: one, when: {when}, then: handover, do: [tell]}}
actions:
  tell:
    - {action}
"""


@pytest.mark.parametrize(
    ("template", "meant"),
    [
        ("sure: {{ scores.ai }}", "scores.ai"),
        ("sure: {{ scores['ai'] }}", None),
        ("{{ (scores.ai - 0.5) | round(2) }}", "scores.ai"),
        ("{% if scores.ai > 0.5 %}sure{% endif %}", "scores.ai"),
        ("{{ '%.1f' | format(decision.confidence) }}", "decision.confidence"),
        ("{{ decision.confidence - 0.5 }}", "decision.confidence"),
        ("{{ scores.ai | default(0) }}", "scores.ai"),
        ("{{ scores.ai | default(0, boolean=false) }}", "scores.ai"),
    ],
)
def test_a_score_that_may_not_be_there(found: Finding, template: str, meant: str | None) -> None:
    text = rules(f'webhook.post: {{event: handover, data: {{score: "{template}"}}}}')
    assert [(code, name if meant else None) for code, name in found(text)] == [("W506", meant)]


@pytest.mark.parametrize(
    "template",
    [
        "{% if scores.ai is not none %}{{ scores.ai }}{% endif %}",
        "{% if scores.ai %}{{ scores.ai }}{% else %}no score{% endif %}",
        "{{ scores.ai if scores.ai is not none else 'no score' }}",
        "{{ scores.ai or 'no score' }}",
        "{% if not scores.ai %}no score{% else %}{{ scores.ai }}{% endif %}",
        "{% if scores.ai is not none and scores.ai > 0.5 %}sure{% endif %}",
        "{{ scores.ai | default('no score', true) }}",
        "{{ scores.ai | default('no score', boolean=true) }}",
        "{{ decision.reason and scores.ai or 'no score' }}",
        "{% if contact.name and scores.ai %}{{ scores.ai }}{% endif %}",
        "{% if none != scores.ai %}{{ scores.ai }}{% endif %}",
        "{% if scores.ai != none %}{{ scores.ai }}{% endif %}",
        "{% if scores.ai == none %}no score{% else %}{{ scores.ai }}{% endif %}",
        "{% set score = scores.ai %}{% if score %}{{ score }}{% endif %}",
        "{{ decision.confidence }}",  # shown as nothing
        "{{ decision.reason }}",
    ],
)
def test_a_score_that_is_asked_for(found: Finding, template: str) -> None:
    assert found(rules(f'webhook.post: {{event: handover, data: {{score: "{template}"}}}}')) == []


@pytest.mark.parametrize(
    "when",
    [
        AI,
        f"{{all: [{{phrase: agent}}, {AI}]}}",
        f"{{not: {AI}}}",
        f"{{any: [{AI}, {{not: {{score: {{of: ai, at_least: 0.2}}}}}}]}}",
    ],
)
def test_a_score_without_which_the_rule_does_not_fire(found: Finding, when: str) -> None:
    text = rules("task.create: {title: 'sure: {{ scores.ai - 0 }} {{ decision.confidence - 0 }}'}", when)
    assert "W506" not in [code for code, _ in found(text)]


@pytest.mark.parametrize(
    ("action", "raw"),
    [
        ("slack.post: {text: 'says {{ message.text }}'}", True),
        ("slack.post: {text: 'says {{ message.text | upper }}'}", True),
        ("slack.post: {text: '{% set said = message.text %}{{ said }}'}", True),
        ("webhook.post: {event: handover, data: {text: '{{ message.text }}'}}", True),
        ("slack.post: {text: 'says {{ message.text | redact }}'}", False),
        ("slack.post: {text: 'says {{ message.text | redact | upper }}'}", False),
        ("slack.post: {text: '{{ message }}'}", True),
        ("slack.post: {text: '{% filter redact %}{{ message.text }}{% endfilter %}'}", False),
        ("slack.post: {text: 'says {{ message.text | length }} letters in {{ message.language }}'}", False),
        ("slack.post: {text: '{% if message.text %}says something{% endif %}'}", False),
        ("slack.post: {text: \"asks: {{ '?' in message.text }}, {{ message.text is string }}\"}", False),
        ("webhook.post: {event: handover, data: {text: '{{ message.text | redact }}'}}", False),
        ("lead.create: {trigger: '{{ message.text }}'}", False),  # the CRM is ours
    ],
)
def test_what_leaves_the_house(found: Finding, action: str, raw: bool) -> None:
    assert [code for code, _ in found(rules(action))] == (["W508"] if raw else [])


@pytest.mark.parametrize(
    ("template", "code", "column"),
    [
        ("{{ message.text | redact }} {{ message.text }}", "W508", 31),
        ("{{ message.text }} {{ message.text | redact }}", "W508", 3),
        ("{% if scores.ai %}{{ scores.ai }}{% endif %} {{ scores.ai }}", "W506", 48),
    ],
)
def test_the_use_that_is_meant_is_pointed_at(linting: Linting, template: str, code: str, column: int) -> None:
    (problem,) = (one for one in linting(rules(f"slack.post: {{text: '{template}'}}")).problems if one.code == code)
    assert problem.place.column == len("    - slack.post: {text: '") + column + 1


@pytest.mark.parametrize(
    "rest",
    ["when: {all: [{phrase: agent}, {not: {unavailable: ai}}]}", "when: {phrase: agent}, unless: [{unavailable: ai}]"],
)
def test_a_detector_that_is_not_unavailable_has_a_score(found: Finding, rest: str) -> None:
    text = rules("task.create: {title: 'sure: {{ scores.ai - 0 }}'}").replace(f"when: {EITHER}", rest)
    assert "W506" not in [code for code, _ in found(text)]
