"""Planned actions with their templates filled in, and which of a reply's texts the customer gets.

What cannot be filled in does not stop the others: a person who was promised is worth more than a complete text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from handover_rules.decision import Decision, PlannedAction
from handover_rules.messages import Message
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Score, Signal
from handover_rules.templates import render
from handover_rules.text import words

__all__ = [
    "Situation",
    "Values",
    "fill_in",
    "language_of_reply",
    "reply_template",
    "situation",
    "template_values",
    "warm_up",
]

# What became of looking for an agent; `closed` where nobody can be there.
Situation: TypeAlias = Literal["assigned", "nobody", "closed"]

Values: TypeAlias = Mapping[str, object]

# Fewer words than this tell no language.
_TELLING_WORDS = 3


def template_values(
    ruleset: Ruleset,
    decision: Decision,
    signals: Mapping[str, Signal],
    message: Message,
    *,
    conversation: Values,
    contact: Values,
    agent: Values | None = None,
) -> dict[str, object]:
    """The variables of `templates.VARIABLES`. A score that nobody gave is None."""
    rule = next((rule for rule in ruleset.rules if rule.id == decision.rule), None)
    said = {name: signals.get(name) for name in ruleset.detectors}
    values: dict[str, object] = {
        "message": {
            "id": message.id,
            "text": message.text,
            "language": message.language,
            "channel": message.channel,
        },
        "conversation": conversation,
        "contact": contact,
        "rule": {
            "id": decision.rule,
            "why": rule.why if rule else "",
            "priority": rule.priority if rule else None,
            "owner": rule.owner if rule else "",
        },
        "decision": {
            "outcome": decision.outcome,
            "reason": decision.reason,
            "confidence": decision.confidence,
            "priority": decision.settings.priority,
            "queue": decision.settings.queue,
            "sla": None if decision.settings.sla is None else _span(decision.settings.sla),
            "topic": decision.settings.topic,
            "tags": list(decision.tags),
        },
        "scores": {name: signal.value if isinstance(signal, Score) else None for name, signal in said.items()},
    }
    return values if agent is None else {**values, "agent": agent}


def fill_in(action: PlannedAction, values: Values) -> dict[str, object]:
    """The action's parameters with every template rendered. Raises TemplateFailed, naming the action's place."""
    return {name: _filled(value, values, f"{action.place}: {name}") for name, value in action.params.items()}


def _filled(value: object, values: Values, where: str) -> object:
    if isinstance(value, str):
        return render(value, values, where)
    if isinstance(value, Mapping):
        return {name: _filled(part, values, f"{where}.{name}") for name, part in value.items()}
    return value


def situation(ruleset: Ruleset, now: datetime, *, assigned: bool) -> Situation:
    """Whether somebody took the conversation, nobody is free, or the business is closed: outside all of its hours."""
    if assigned:
        return "assigned"
    local = now.astimezone(ZoneInfo(ruleset.time_zone))
    closed = ruleset.hours and not any(hours.include(local) for hours in ruleset.hours.values())
    return "closed" if closed else "nobody"


def reply_template(reply: PlannedAction, situation: Situation, language: str | None, default: str) -> str | None:
    """The text for what happened, in the customer's language if there is one, else in the default one.

    A reply without a text for `closed` says what it says where nobody is free; None is a reply that says nothing.
    """
    fallbacks: dict[Situation, tuple[str, ...]] = {
        "assigned": ("assigned", "text"),
        "nobody": ("nobody", "text"),
        "closed": ("closed", "nobody", "text"),
    }
    texts = next((reply.params[name] for name in fallbacks[situation] if name in reply.params), None)
    if isinstance(texts, Mapping):
        chosen = texts.get(language) or texts.get(default)
        return str(chosen if chosen is not None else next(iter(texts.values())))
    return None if texts is None else str(texts)


def language_of_reply(message: Message, earlier: str, default: str) -> str:
    """The language to answer in: as the message says, else as it and what the customer said `earlier` are written.

    A word or two tell nothing, so for those it is the default. The first call reads a model: see `warm_up`.
    """
    if message.language:
        return message.language
    said = f"{earlier} {message.text}"
    if len(words(said)) < _TELLING_WORDS:
        return default
    from handover_rules.engine.language import detect_language

    return detect_language(said) or default


def warm_up(ruleset: Ruleset) -> None:
    """Read what telling a reply's language needs (most of a second), if the ruleset has replies."""
    if any(action.kind == "reply" for actions in ruleset.actions.values() for action in actions):
        language_of_reply(Message("warm-up", "a text that is long enough"), "", ruleset.default_language)


_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def _span(span: timedelta) -> str:
    """As rule files write it: `15m`, `2h`, `1d`; in seconds where it is no whole number of minutes."""
    for unit, length in _UNITS.items():
        if not span % length:
            return f"{span // length}{unit}"
    return f"{int(span.total_seconds())}s"
