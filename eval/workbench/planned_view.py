"""What a decision sets going, for an example contact: what the CRM, the team and the customer would get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import streamlit as st

from handover_rules.decision import PlannedAction
from handover_rules.errors import TemplateFailed
from handover_rules.messages import Message
from handover_rules.planned import Situation, Values, fill_in, language_of_reply, reply_template, template_values
from handover_rules.ruleset import Ruleset
from handover_rules.settle import Settled
from handover_rules.templates import render

__all__ = ["draw_planned"]

_CONTACT = {"phone": "+1 202 555 0142", "name": "Maria Example", "lead_status": "new", "lead_score": 10}
_AGENT = {"id": "a1", "name": "Alex", "email": "alex@shop.example"}
_CONVERSATION = {"id": "example", "epoch": 1, "since": "2026-03-02T10:30:00+00:00"}

# Who gets it, and what it is called there.
_PLACES: Mapping[str, tuple[str, str]] = {
    "contact.update": ("CRM", "Contact"),
    "lead.create": ("CRM", "New lead"),
    "activity.log": ("CRM", "Activity"),
    "task.create": ("CRM", "Task"),
    "bot.disable": ("Team", "The bot goes quiet."),
    "agent.assign": ("Team", "An agent is looked for"),
    "slack.post": ("Team", "Slack"),
    "teams.post": ("Team", "Microsoft Teams"),
    "email.send": ("Team", "E-mail"),
    "webhook.post": ("Team", "Webhook"),
    "reply": ("Customer", "Reply"),
}
_SITUATIONS: Mapping[Situation, str] = {
    "assigned": "Somebody takes it",
    "nobody": "Nobody is free",
    "closed": "The office is closed",
}


def draw_planned(ruleset: Ruleset, settled: Settled, message: Message, earlier: str) -> None:
    """Draw the settings and the actions of a decision; `earlier` is what the customer said before.

    An action that cannot be filled in is shown as such, and the others all the same.
    """
    decision = settled.decision
    values = template_values(
        ruleset,
        decision,
        settled.signals,
        message,
        conversation=_CONVERSATION,
        contact=_CONTACT,
        agent=_AGENT,
    )
    settings = {
        "priority": decision.settings.priority,
        "queue": decision.settings.queue,
        "answer within": _span(decision.settings.sla),
        "topic": decision.settings.topic,
    }
    said = [f"{name} **{value}**" for name, value in settings.items() if value]
    if said:
        st.markdown("Set: " + " · ".join(said))
    if not decision.actions:
        st.caption("No action is planned.")
        return
    st.caption(f"Shown for an example contact: {_CONTACT['name']}, {_CONTACT['phone']}. Nothing is carried out.")
    by_place = {
        place: [action for action in decision.actions if _PLACES[action.kind][0] == place]
        for place in ("Customer", "Team", "CRM")
    }
    left, right = st.columns(2)
    for column, place in ((left, "Customer"), (right, "Team"), (st.container(), "CRM")):
        if by_place[place]:
            with column, st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{place}**")
                for action in by_place[place]:
                    _draw(action, ruleset, values, message, earlier)


def _draw(action: PlannedAction, ruleset: Ruleset, values: Values, message: Message, earlier: str) -> None:
    try:
        if action.kind == "reply":
            language = language_of_reply(message, earlier, ruleset.default_language)
            for when, text in _replies(action, values, language, ruleset.default_language):
                st.caption(when)
                st.text(text)
        else:
            st.caption(_PLACES[action.kind][1])
            filled = fill_in(action, values)
            if filled:
                st.text(str(filled["text"]) if set(filled) == {"text"} else " · ".join(_parts(filled)))
    except TemplateFailed as error:
        st.error(str(error))


def _replies(action: PlannedAction, values: Values, language: str, default: str) -> Iterator[tuple[str, str]]:
    """What the customer reads, for each thing that can have happened; once where it is always the same."""
    texts = {
        name: render(text, values, str(action.place))
        for situation, name in _SITUATIONS.items()
        if (text := reply_template(action, situation, language, default)) is not None
    }
    if len(set(texts.values())) == 1:
        yield "In every case", next(iter(texts.values()))
    else:
        yield from texts.items()


def _parts(params: Mapping[str, object]) -> Iterator[str]:
    """What is filled in, in words; nothing of what stays empty, such as a confidence where no score took part."""
    for name, value in params.items():
        if isinstance(value, Mapping):
            yield from _parts(value)
        elif value is not None and value != "":
            shown = (
                _span(value) if isinstance(value, timedelta) else f"{value:g}" if isinstance(value, float) else value
            )
            yield f"{name.replace('_', ' ')}: {shown}"


def _span(span: timedelta | None) -> str:
    """In words: `1 h 30 min`."""
    if span is None:
        return ""
    days, minutes = divmod(int(span.total_seconds()) // 60, 24 * 60)
    parts = [(days, "d"), (minutes // 60, "h"), (minutes % 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or f"{int(span.total_seconds())} s"
