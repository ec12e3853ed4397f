"""Checks of actions and the templates in them."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]


def _text(template: str) -> str:
    return f"actions:\n  tell_the_team:\n    - slack.post:\n        text: {template}"


def _done(action: str, rest: str = "") -> str:
    rule = "rules:\n  - id: asked-for-a-person\n    when: {phrase: agent}\n    then: handover\n    do: [take_over]"
    return f"{rest}{rule}\nactions:\n  take_over:\n    - {action}"


def _scored(template: str) -> str:
    ai = "{kind: openai, cost: 100, model: gpt-3.5-turbo, prompt: prompts/handover.j2}"
    when = "{any: [{phrase: agent}, {score: {of: ai, at_least: 0.7}}]}"
    done = _done(f"slack.post: {{text: {template}}}", f"detectors:\n  ai: {ai}\n")
    return done.replace("{phrase: agent}", when)


def _reply(texts: str) -> str:
    return _done(f"reply:\n        {texts}")


CHECKS = (
    Check(
        "E501",
        "unknown-action-list",
        "An unknown action list",
        """`do:` names lists of the section `actions:`. Without it the customer would be promised a person, and nobody
        would be told.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    do: [take-over]
actions:
  take_over:
    - bot.disable: {}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    do: [take_over]
actions:
  take_over:
    - bot.disable: {}
""",
    ),
    Check(
        "E502",
        "unknown-action",
        "An unknown action",
        """What can be done is a fixed set, so that each action can be retried and undone; `webhook.post` reaches
        everything else.""",
        "actions:\n  take_over:\n    - bot.off: {}",
        "actions:\n  take_over:\n    - bot.disable: {}",
    ),
    Check(
        "E503",
        "unreadable-template",
        "A template that cannot be read",
        """`{{ ... }}` fills in a value, `{% if ... %} ... {% endif %}` makes a choice; each needs both of its brackets.
        Templates are Jinja2, without what needs other files.""",
        _text('"{{ contact.phone }: {{ message.text | redact }}"'),
        _text('"{{ contact.phone }}: {{ message.text | redact }}"'),
    ),
    Check(
        "E504",
        "unknown-variable",
        "An unknown variable",
        """A value that is not there cannot be sent. `agent` is known only where somebody was assigned: in a reply's
        text `assigned`.""",
        _text('"{{ contact.phon }}: {{ message.text | redact }}"'),
        _text('"{{ contact.phone }}: {{ message.text | redact }}"'),
    ),
    Check(
        "E505",
        "unknown-filter",
        "An unknown filter",
        """Behind a `|` stands what is done to a value. `redact` takes phone numbers, cards and addresses out of a text
        that goes to other systems; the rest are Jinja2's own.""",
        _text('"{{ message.text | redacted }}"'),
        _text('"{{ message.text | redact }}"'),
    ),
    Check(
        "W506",
        "unknown-score",
        "A score that may not be there",
        """A detector is asked only where it matters, and may be unable to answer. The text then has a gap, or, where it
        calculates with the score, cannot be filled in at all.""",
        _scored('"the AI is {{ scores.ai }} sure"'),
        _scored('"{% if scores.ai is not none %}the AI is {{ scores.ai }} sure{% else %}a phrase{% endif %}"'),
    ),
    Check(
        "W507",
        "reply-without-language",
        "A reply lacks a language",
        """Other replies of the ruleset speak the language, so there are customers who write in it. They would be
        answered in the default language.""",
        _reply("assigned: {en: Somebody is with you., es: Ya le atienden.}\n        nobody: {en: You are next.}"),
        _reply(
            "assigned: {en: Somebody is with you., es: Ya le atienden.}\n"
            "        nobody: {en: You are next., es: Usted es el siguiente.}"
        ),
    ),
    Check(
        "W508",
        "raw-text-outside",
        "A customer's words leave the house as they are",
        """Slack and webhooks belong to other companies, and messages hold card numbers and addresses. `redact` leaves
        out e-mail addresses, accounts and long numbers.""",
        _done("slack.post: {text: '{{ message.text }}'}"),
        _done("slack.post: {text: '{{ message.text | redact }}'}"),
    ),
)
