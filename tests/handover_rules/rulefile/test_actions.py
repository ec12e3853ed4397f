"""Actions and their parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handover_rules.rulefile.actions import ACTIONS
from handover_rules.ruleset import Action

HEAD = "ruleset: shop\nqueues: {general: {}}\ndetectors: {ai: {kind: linear, cost: 1, model: model.json}}\n"


def action(look: Any, text: str) -> Action:
    """The only action of a list, which must have no problem."""
    examined = look(f"{HEAD}actions: {{tell: [{text}]}}\n")
    assert examined.problems == ()
    (read,) = examined.ruleset.actions["tell"]
    assert isinstance(read, Action)
    return read


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("{contact.update: {lead_status: qualified, add_score: 25}}", {"lead_status": "qualified", "add_score": 25.0}),
        ('{lead.create: {priority: high, trigger: "{{ rule.id }}"}}', {"priority": "high", "trigger": "{{ rule.id }}"}),
        ("{activity.log: {type: a, title: b, metadata: {c: d}}}", {"type": "a", "title": "b", "metadata": {"c": "d"}}),
        ("{task.create: {title: Reply, due_in: 15m}}", {"title": "Reply", "due_in": timedelta(minutes=15)}),
        ("{bot.disable: {}}", {}),
        ("{agent.assign: {queue: general}}", {"queue": "general"}),
        ('{agent.assign: {queue: "{{ decision.queue }}"}}', {"queue": "{{ decision.queue }}"}),
        ('{slack.post: {text: "{{ scores.ai }}"}}', {"text": "{{ scores.ai }}"}),
        ('{teams.post: {text: "{{ rule.id }}"}}', {"text": "{{ rule.id }}"}),
        (
            '{email.send: {to: care@shop.example, subject: "{{ rule.id }}", text: b}}',
            {"to": "care@shop.example", "subject": "{{ rule.id }}", "text": "b"},
        ),
        ("{webhook.post: {event: handover, data: {a: b}}}", {"event": "handover", "data": {"a": "b"}}),
        ("{reply: {text: Hello}}", {"text": "Hello"}),
        (
            '{reply: {assigned: {en: "{{ agent.id }}"}, nobody: a}}',
            {"assigned": {"en": "{{ agent.id }}"}, "nobody": "a"},
        ),
    ],
)
def test_good_actions(look: Any, text: str, params: dict[str, object]) -> None:
    read = action(look, text)
    assert dict(read.params) == params
    assert read.kind in ACTIONS


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("bot.disable", ["E105"]),
        ("{bot.disable: }", ["E113"]),
        ("{bot.disable: {now: true}}", ["E103"]),
        ("{bot.disble: {}}", ["E502"]),
        ("{slack.pst: {txt: '{{ mesage }}'}}", ["E502", "E103", "E504"]),
        ("{}", ["E302"]),
        ("{bot.disable: {}, reply: {text: x}}", ["E302"]),
        ("{activity.log: {}}", ["E106", "E106"]),
        ("{contact.update: {add_score: lots}}", ["E107"]),
        ("{agent.assign: {queue: billing}}", ["E307"]),
        ("{reply: {}}", ["E106"]),
        ("{reply: {text: a, closed: b}}", ["E302"]),
        ("{reply: {nobody: '{{ agent.name }}'}}", ["E504"]),
        ("{reply: {assigned: {English: hello}}}", ["E115"]),
        ("{slack.post: {text: '{{ scores.other }}'}}", ["E401"]),
        ("{slack.post: {text: '{{ contact.password }}'}}", ["E504"]),
        ("{slack.post: {text: '{{ message.text | html }}'}}", ["E505"]),
        ("{slack.post: {text: '{% if %}'}}", ["E503"]),
        ("{email.send: {to: '{{ contact.name }}', subject: a, text: b}}", ["E107"]),
        ("{email.send: {to: 'a@b.example, c@d.example', subject: a, text: b}}", ["E107"]),
        ("{slack.post: {text: {{ message.text }}}}", ["E101"]),
    ],
)
def test_bad_actions(look: Any, text: str, codes: list[str]) -> None:
    problems = look(f"{HEAD}actions: {{tell: [{text}]}}\n").problems
    assert [problem.code for problem in problems] == codes


def test_caret_is_under_the_word_in_the_template_and_not_in_the_text(look: Any) -> None:
    (problem,) = look(f"{HEAD}actions:\n  tell:\n    - slack.post: {{text: 'mesage {{{{ mesage }}}}'}}\n").problems
    assert (problem.place.line, problem.place.column, problem.place.length) == (6, 37, 6)


def test_agent_is_explained_where_nobody_is_assigned(look: Any) -> None:
    (problem,) = look(f"{HEAD}actions: {{tell: [{{reply: {{closed: '{{{{ agent.name }}}}'}}}}]}}\n").problems
    assert problem.hint == "`agent` is known only where somebody was assigned: in the text `assigned`"
