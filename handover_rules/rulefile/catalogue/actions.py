"""Checks of actions and the templates in them."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]


def _text(template: str) -> str:
    return f"actions:\n  tell_the_team:\n    - slack.post:\n        text: {template}"


CHECKS = (
    Check(
        "E501",
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
        "An unknown action",
        """What can be done is a fixed set, so that each action can be retried and undone; `webhook.post` reaches
        everything else.""",
        "actions:\n  take_over:\n    - bot.off: {}",
        "actions:\n  take_over:\n    - bot.disable: {}",
    ),
    Check(
        "E503",
        "A template that cannot be read",
        """`{{ ... }}` fills in a value, `{% if ... %} ... {% endif %}` makes a choice; each needs both of its brackets.
        Templates are Jinja2, without what needs other files.""",
        _text('"{{ contact.phone }: {{ message.text }}"'),
        _text('"{{ contact.phone }}: {{ message.text }}"'),
    ),
    Check(
        "E504",
        "An unknown variable",
        """A value that is not there cannot be sent. `agent` is known only where somebody was assigned: in a reply's
        text `assigned`.""",
        _text('"{{ contact.phon }}: {{ message.text }}"'),
        _text('"{{ contact.phone }}: {{ message.text }}"'),
    ),
    Check(
        "E505",
        "An unknown filter",
        """Behind a `|` stands what is done to a value. `redact` takes phone numbers, cards and addresses out of a text
        that goes to other systems; the rest are Jinja2's own.""",
        _text('"{{ message.text | redacted }}"'),
        _text('"{{ message.text | redact }}"'),
    ),
)
