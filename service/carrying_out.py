"""Carrying out what a decision plans: CRM rows now, alerts and replies owed to the outbox, all in one transaction.

What the customer is told comes last and is chosen by what really happened: effect before promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, PlannedAction
from handover_rules.errors import TemplateFailed
from handover_rules.messages import Message
from handover_rules.planned import fill_in, reply_template, situation, template_values
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Signal
from handover_rules.templates import render
from service.assignment import Agent, assign
from service.mirroring import crm_rows
from service.outbox.owed import Owed, TargetName, enqueue
from service.store.conversations import Contact, Conversation, RowId
from service.store.crm import add_activity, add_lead, add_task, contact_of, update_contact
from service.store.tables import Tables

__all__ = ["Circumstances", "carry_out"]

_OUTSIDE: Mapping[str, TargetName] = {
    "slack.post": "slack",
    "teams.post": "teams",
    "email.send": "email",
    "webhook.post": "webhook",
    "reply": "reply",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision was about. `state` is the conversation's after it.

    `now` is the time of the message, which the rules were told, and `decided_at` the time on the clock, which is later
    where the message had to wait. `key` is unlike that of any other decision: what is owed outside is known by it.
    """

    conversation: Conversation
    state: ConversationState
    episode: RowId | None
    message: Message
    language: str
    decision: Decision
    signals: Mapping[str, Signal]
    now: datetime
    decided_at: datetime
    key: str


def carry_out(
    connection: Connection, tables: Tables, ruleset: Ruleset, configured: frozenset[str], about: Circumstances
) -> tuple[Contact | None, tuple[str, ...]]:
    """Carry out every planned action: the contact as it is then, and what could not be done, and why.

    One action that cannot be carried out does not stop the others. `configured` names the outbox targets that have an
    address.
    """
    carrying = _Carrying(connection, tables, ruleset, configured, about)
    actions = about.decision.actions
    # What goes outside speaks of what is here, so it is filled in when that is written.
    for inside in (True, False):
        for number, action in enumerate(actions):
            if (action.kind not in _OUTSIDE) == inside:
                carrying.attempt(action, number)
    carrying.mirror()
    return carrying.contact, tuple(carrying.problems)


class _Carrying:
    def __init__(
        self,
        connection: Connection,
        tables: Tables,
        ruleset: Ruleset,
        configured: frozenset[str],
        about: Circumstances,
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.ruleset = ruleset
        self.configured = configured
        self.about = about
        self.problems: list[str] = []
        self.agent: Agent | None = None
        self.contact = about.conversation.contact
        if about.decision.handover:
            self.contact = contact_of(connection, tables, about.conversation, about.now)

    def attempt(self, action: PlannedAction, number: int) -> None:
        """Carry out one action, or note why that cannot be done."""
        try:
            if action.kind == "reply":
                self._reply(action, number)
            else:
                self._act(action, fill_in(action, self._values()), number)
        except TemplateFailed as error:
            self.problems.append(f"{action.kind}: {error}")

    def mirror(self) -> None:
        """Owe the CRM rows of a handover to the CRM that has none of them, if there is one."""
        episode = self.about.episode if self.about.decision.handover else None
        if "supabase" in self.configured and episode is not None and self.contact is not None:
            rows = crm_rows(self.connection, self.tables, self.contact.id, episode)
            self._enqueue("crm", "supabase", "crm", rows)

    def _act(self, action: PlannedAction, params: Mapping[str, Any], number: int) -> None:
        about, settings = self.about, self.about.decision.settings
        match action.kind:
            case "contact.update":
                self.contact = update_contact(
                    self.connection,
                    self.tables,
                    self._needed_contact(),
                    lead_status=params.get("lead_status"),
                    add_score=params.get("add_score", 0),
                )
            case "lead.create":
                add_lead(
                    self.connection,
                    self.tables,
                    self._needed_contact(),
                    about.episode,
                    about.now,
                    status=params.get("status"),
                    source=params.get("source"),
                    priority=params.get("priority") or settings.priority or "medium",
                    trigger=params.get("trigger", about.message.text),
                )
            case "activity.log":
                add_activity(
                    self.connection,
                    self.tables,
                    self._needed_contact(),
                    about.episode,
                    about.now,
                    activity_type=params["type"],
                    title=params["title"],
                    description=params.get("description"),
                    metadata=params.get("metadata"),
                )
            case "task.create":
                due_in = params.get("due_in") or settings.sla
                add_task(
                    self.connection,
                    self.tables,
                    self._needed_contact(),
                    about.episode,
                    about.now,
                    title=params["title"],
                    priority=params.get("priority") or settings.priority,
                    queue=settings.queue,
                    due_at=None if due_in is None else about.now + due_in,
                )
            case "slack.post" | "teams.post":
                self._owe(action, number, {"text": params["text"]})
            case "email.send":
                self._owe(action, number, {name: params[name] for name in ("to", "subject", "text")})
            case "webhook.post":
                self._owe(action, number, {"event": params["event"], "data": params.get("data", {}), **self._what()})
            case "agent.assign" if about.episode is not None:
                self.agent = assign(
                    self.connection,
                    self.tables,
                    self.ruleset,
                    about.episode,
                    queue=params.get("queue") or settings.queue,
                    language=about.language,
                    now=about.now,
                )
            case _:
                # bot.disable: the handover itself did it.
                pass

    def _reply(self, action: PlannedAction, number: int) -> None:
        """Owe the customer the text for what happened."""
        # "We are closed" is true or false when it is said, not when the customer wrote.
        happened = situation(self.ruleset, self.about.decided_at, assigned=self.agent is not None)
        template = reply_template(action, happened, self.about.language, self.ruleset.default_language)
        if template is None:
            return
        text = render(template, self._values(), f"{action.place}: {happened}")
        # A channel refuses an empty message, and a text may be empty on purpose.
        if text.strip():
            self._owe(action, number, {"text": text, "language": self.about.language, **self._what()})

    def _owe(self, action: PlannedAction, number: int, body: dict[str, Any]) -> None:
        self._enqueue(f"{number}-{action.kind}", _OUTSIDE[action.kind], action.kind, body)

    def _enqueue(self, name: str, target: TargetName, kind: str, body: dict[str, Any]) -> None:
        owed = Owed(
            key=f"{self.about.key}-{name}",
            conversation_id=self.about.conversation.id,
            episode_id=self.about.episode,
            target=target,
            kind=kind,
            body=body,
        )
        enqueue(self.connection, self.tables, owed, configured=self.configured, now=self.about.now)

    def _what(self) -> dict[str, Any]:
        """Which conversation it is about, for a program that takes it further."""
        conversation = self.about.conversation
        return {
            "channel": conversation.channel,
            "chat": conversation.chat,
            "phone_number": conversation.customer_id,
            "conversation_id": str(conversation.id),
            "epoch": self.about.state.epoch,
            "message_id": self.about.message.id,
            "rule": self.about.decision.rule,
            "occurred_at": self.about.now.isoformat(),
        }

    def _needed_contact(self) -> Contact:
        if self.contact is None:
            self.contact = contact_of(self.connection, self.tables, self.about.conversation, self.about.now)
        return self.contact

    def _values(self) -> dict[str, object]:
        about, known = self.about, self.contact
        since = about.state.since
        return template_values(
            self.ruleset,
            about.decision,
            about.signals,
            about.message,
            conversation={
                "id": str(about.conversation.id),
                "epoch": about.state.epoch,
                "since": None if since is None else since.isoformat(timespec="seconds"),
            },
            contact={
                "phone": about.conversation.customer_id,
                "name": known.name if known is not None else about.conversation.name,
                "lead_status": known.lead_status if known is not None else None,
                "lead_score": known.lead_score if known is not None else 0,
            },
            agent=None
            if self.agent is None
            else {"id": str(self.agent.id), "name": self.agent.name, "email": self.agent.email},
        )
