"""Writing a decision down: the conversation, the episode, the CRM, the outbox and both records, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from handover_rules.conversation import CustomerMessage, reduce
from handover_rules.ruleset import Ruleset
from handover_rules.settle import Settled, decided
from service.carrying_out import Circumstances, carry_out
from service.corrections import Correction, take_back
from service.ownership import changed_hands
from service.store.conversations import Contact, Conversation, Stale, find_conversation, save_state
from service.store.decisions import add_decision, add_intent
from service.store.inbox import Waiting, mark
from service.store.tables import Tables

__all__ = ["Recorded", "Recording", "customer_facts"]

# What keys of the outbox are made of; unlike any other program's.
_KEYS = uuid.UUID("6b1d1f0e-5a55-4a3c-9d43-2f5c1f6f7a10")

Written: TypeAlias = Literal["written", "stale", "done_before"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it, and the conversation as it is now.

    `stale`: somebody wrote the conversation since it was read, so that the message is to be decided again.
    `done_before`: the message is not waiting any more. In both cases nothing was written.
    `problems` are the actions that could not be carried out.
    """

    written: Written
    conversation: Conversation
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """How decisions are written: `configured` names the outbox targets that have an address."""

    tables: Tables
    ruleset: Ruleset
    configured: frozenset[str]
    log_intents: bool

    def record(
        self,
        connection: Connection,
        waiting: Waiting,
        conversation: Conversation,
        settled: Settled,
        language: str,
        decided_at: datetime,
        correction: Correction | None = None,
    ) -> Recorded:
        """Write what was settled about a message of `conversation` as it was read then.

        What was settled about an edit or a revoke was so on the state of its `correction`.
        """
        # Before anything else: whoever else decides this message waits here, and then has nothing to do.
        if not mark(connection, self.tables, waiting.seq, "decided"):
            return Recorded("done_before", self._now(connection, conversation))
        decision, now = settled.decision, waiting.received_at
        customer = customer_facts(conversation)
        message = waiting.message(customer)
        before = conversation.state.at(now) if correction is None else correction.state
        goes_on = correction is not None and correction.episode is not None and decision.handover
        if goes_on:
            # The new text asks for a person too: the handover that the old one made is the one.
            after = conversation.state
        elif waiting.kind == "revoke":
            after = before
        else:
            after = reduce(reduce(before, CustomerMessage(now, message)), decided(decision, self.ruleset, now))
        columns: dict[str, object] = {"last_message_at": now}
        if decision.handover and not goes_on:
            columns |= {
                "handover_requested": True,
                "handover_timestamp": now,
                "handover_reason": decision.reason,
            }
        try:
            saved = save_state(connection, self.tables, conversation, after, **columns)
        except Stale:
            mark(connection, self.tables, waiting.seq, "waiting", was="decided")
            return Recorded("stale", self._now(connection, conversation))
        if correction is not None and correction.episode is not None and not goes_on:
            take_back(connection, self.tables, conversation.id, correction.episode)
        settings = decision.settings
        episode = changed_hands(
            connection,
            self.tables,
            conversation.id,
            conversation.state,
            after,
            now,
            rule_id=decision.rule,
            message_id=waiting.message_id,
            priority=settings.priority,
            queue=settings.queue,
            topic=settings.topic,
            due_at=None if settings.sla is None else now + settings.sla,
        )
        about = Circumstances(
            conversation=saved,
            state=after,
            episode=episode,
            message=message,
            language=language,
            decision=decision,
            signals=settled.signals,
            now=now,
            decided_at=decided_at,
            # A digest of the id, which may be a phone number in an adopted table, and keys are sent and logged.
            key=f"{uuid.uuid5(_KEYS, str(conversation.id))}-{after.epoch}-{waiting.seq}",
        )
        if waiting.kind == "revoke":
            return Recorded("written", saved)
        contact: Contact | None = conversation.contact
        problems: tuple[str, ...] = ()
        if not goes_on:
            contact, problems = carry_out(connection, self.tables, self.ruleset, self.configured, about)
        add_decision(
            connection,
            self.tables,
            waiting,
            conversation.id,
            customer,
            before,
            decision,
            settled.signals,
            decided_at,
            problems,
        )
        if self.log_intents:
            add_intent(
                connection, self.tables, waiting, conversation.id, self.ruleset, decision, settled.signals, decided_at
            )
        return Recorded("written", replace(saved, contact=contact), problems)

    def _now(self, connection: Connection, conversation: Conversation) -> Conversation:
        now = find_conversation(connection, self.tables, conversation.customer_id)
        assert now is not None  # conversations are not deleted while they are decided
        return now


def customer_facts(conversation: Conversation) -> Mapping[str, object]:
    """What `customer:` conditions see; nothing where the CRM does not know the customer."""
    contact = conversation.contact
    if contact is None:
        return {}
    facts = {"name": contact.name, "lead_status": contact.lead_status, "lead_score": contact.lead_score}
    return {name: value for name, value in facts.items() if value is not None}
