"""The tables of the service, in SQLAlchemy Core.

Five of them may have been there before the service: `contacts`, `conversations`, `lead_details`, `activities` and
`intent_analysis_log`. Those keep their columns and the type of their ids, whatever it is; see `migrations/`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.types import TypeEngine

from service.store.types import Json, RowUuid, Utc

__all__ = ["ADOPTED", "Tables", "build_tables"]

# What users of earlier systems already have.
ADOPTED = ("contacts", "conversations", "lead_details", "activities", "intent_analysis_log")

# SQLite numbers rows by itself only where the type is INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

# Rows of the outbox that are owed still.
_UNDONE = "status IN ('waiting', 'sending')"


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table, by name."""

    metadata: MetaData
    contacts: Table
    conversations: Table
    episodes: Table
    lead_details: Table
    activities: Table
    tasks: Table
    inbox: Table
    decisions: Table
    intent_analysis_log: Table
    outbox: Table
    agents: Table
    feedback: Table
    shadow_decisions: Table
    api_keys: Table


def build_tables(id_types: Mapping[str, TypeEngine[Any]] | None = None) -> Tables:
    """The tables; `id_types` has the type of `id` for each adopted table whose rows have no UUID."""
    ids = _Ids(id_types or {})
    metadata = MetaData()
    return Tables(
        metadata=metadata,
        contacts=_contacts(metadata, ids),
        conversations=_conversations(metadata, ids),
        episodes=_episodes(metadata, ids),
        lead_details=_lead_details(metadata, ids),
        activities=_activities(metadata, ids),
        tasks=_tasks(metadata, ids),
        inbox=_inbox(metadata),
        decisions=_decisions(metadata, ids),
        intent_analysis_log=_intent_analysis_log(metadata, ids),
        outbox=_outbox(metadata, ids),
        agents=_agents(metadata, ids),
        feedback=_feedback(metadata, ids),
        shadow_decisions=_shadow_decisions(metadata),
        api_keys=_api_keys(metadata, ids),
    )


class _Ids:
    """Columns that hold the id of a row of a table, and those that refer to one."""

    def __init__(self, types: Mapping[str, TypeEngine[Any]]) -> None:
        self._types = types

    def of(self, table: str) -> Column[Any]:
        kind = self._types.get(table, RowUuid)
        # A table that counts its rows gives the number itself.
        make = None if isinstance(kind, Integer) else lambda: str(uuid.uuid4())
        return Column("id", kind, primary_key=True, default=make)

    def to(self, table: str, *, nullable: bool = True, index: bool = False) -> Column[Any]:
        kind = self._types.get(table, RowUuid)
        return Column(f"{table.rstrip('s')}_id", kind, ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def _ours(name: str, kind: Any, *more: Any, **options: Any) -> Column[Any]:
    """A column that is added to a user's table, under a name that no user has; this code calls it `name`."""
    return Column(f"handover_{name}", kind, *more, key=name, **options)


def _contacts(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "contacts",
        metadata,
        ids.of("contacts"),
        Column("phone_number", Text, index=True),
        Column("name", Text),
        Column("lead_status", Text),
        Column("lead_score", Integer, server_default=text("0")),
        Column("last_contact_at", Utc),
        Column("created_at", Utc),
        # Who the customer is on the channel; unique also where the `phone_number` of older rows is not.
        _ours("customer_id", Text, unique=True),
    )


def _conversations(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "conversations",
        metadata,
        ids.of("conversations"),
        ids.to("contacts"),
        Column("phone_number", Text, index=True),
        Column("handover_requested", Boolean, server_default=false()),
        Column("handover_timestamp", Utc),
        Column("handover_reason", Text),
        Column("bot_enabled", Boolean, server_default=true()),
        _ours("owner", Text, server_default=text("'bot'")),
        _ours("epoch", Integer, server_default=text("0")),
        Column("created_at", Utc),
        Column("last_message_at", Utc),
        _ours("customer_id", Text, unique=True),
        # The chat as the channel named it, which is where replies go, and the customer's name there.
        _ours("channel", Text),
        _ours("chat", Text),
        Column("customer_name", Text),
        # The whole ConversationState, and how often it was written: what was decided on an older one is void.
        _ours("state", Json),
        _ours("version", Integer, server_default=text("0")),
    )


def _episodes(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "episodes",
        metadata,
        ids.of("episodes"),
        ids.to("conversations", nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("opened_at", Utc, nullable=False),
        Column("reason", Text),
        # None where somebody switched the bot off by hand.
        Column("rule_id", Text),
        Column("message_id", Text),
        Column("priority", Text),
        Column("queue", Text),
        Column("topic", Text),
        Column("due_at", Utc),
        Column("closed_at", Utc),
        Column("closed_because", Text),
        # Who has it, since when, and when a person first answered.
        ids.to("agents", index=True),
        Column("assigned_at", Utc),
        Column("first_reply_at", Utc),
        # What the customer was asked after it was closed, and said: 1 to 5.
        Column("survey_sent_at", Utc),
        Column("rating", Integer),
        Column("rated_at", Utc),
        UniqueConstraint("conversation_id", "epoch", name="uq_episodes_conversation_epoch"),
    )


def _lead_details(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "lead_details",
        metadata,
        ids.of("lead_details"),
        ids.to("contacts", index=True),
        ids.to("episodes"),
        Column("status", Text),
        Column("source", Text),
        Column("priority", String(20), server_default=text("'medium'")),
        Column("handover_requested", Boolean, server_default=false()),
        Column("handover_trigger", Text),
        Column("handover_timestamp", Utc),
        Column("created_at", Utc),
    )


def _activities(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "activities",
        metadata,
        ids.of("activities"),
        ids.to("contacts", index=True),
        ids.to("episodes"),
        Column("activity_type", Text),
        Column("title", Text),
        Column("description", Text),
        Column("metadata", Json),
        Column("created_at", Utc, index=True),
    )


def _tasks(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "tasks",
        metadata,
        ids.of("tasks"),
        ids.to("contacts"),
        ids.to("episodes", index=True),
        Column("title", Text, nullable=False),
        Column("status", Text, nullable=False, server_default=text("'open'")),
        Column("priority", Text),
        Column("queue", Text),
        Column("due_at", Utc),
        Column("created_at", Utc, nullable=False),
        ids.to("agents"),
        Column("done_at", Utc),
    )


def _inbox(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        # The order of arrival.
        Column("seq", _Number, primary_key=True, autoincrement=True),
        Column("channel", Text, nullable=False),
        Column("event", Text, nullable=False),
        Column("customer_id", Text),
        Column("chat", Text),
        Column("message_id", Text),
        Column("from_me", Boolean, nullable=False),
        Column("customer_name", Text),
        Column("text", Text),
        Column("sent_at", Utc),
        Column("received_at", Utc, nullable=False),
        # waiting, decided, ignored or failed; `note` says why it was ignored or what failed.
        Column("status", Text, nullable=False),
        Column("note", Text),
        # JSON as delivered, without secrets and media. As text: nothing queries it, and it is kept as it came.
        Column("payload", Text, nullable=False),
        # message, edit, revoke or event; the last has nothing to do with what anybody says. `target_id` is the
        # message_id that an edit or revoke is about.
        Column("kind", Text, nullable=False, server_default=text("'message'")),
        Column("target_id", Text),
        # WhatsApp's ids are unique in a conversation, and apart for what the business sends. Not by chat: the same
        # customer may come under a phone number and under another identifier.
        UniqueConstraint("customer_id", "from_me", "message_id", name="uq_inbox_message"),
        _index_where("ix_inbox_waiting", ["seq"], "status = 'waiting'"),
        _index_where("ix_inbox_target", ["customer_id", "target_id"], "target_id IS NOT NULL"),
    )


def _decisions(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "decisions",
        metadata,
        ids.of("decisions"),
        Column("inbox_seq", _Number, ForeignKey("inbox.seq"), nullable=False, unique=True),
        ids.to("conversations", nullable=False),
        Column("message_id", Text, nullable=False, index=True),
        Column("epoch", Integer, nullable=False),
        # `now` is the time that the engine was told; with state, customer and signals it decides the same again.
        Column("now", Utc, nullable=False),
        Column("decided_at", Utc, nullable=False),
        Column("ruleset_hash", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("rule_id", Text),
        Column("reason", Text, nullable=False),
        Column("confidence", Float),
        Column("tags", Json, nullable=False),
        Column("state", Json, nullable=False),
        Column("customer", Json, nullable=False),
        Column("signals", Json, nullable=False),
        # Actions that could not be carried out, and why.
        Column("problems", Json, nullable=False),
        UniqueConstraint("conversation_id", "message_id", name="uq_decisions_conversation_message"),
    )


def _intent_analysis_log(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "intent_analysis_log",
        metadata,
        ids.of("intent_analysis_log"),
        Column("created_at", Utc, index=True),
        Column("message_text", Text),
        Column("handover_needed", Boolean),
        Column("confidence_score", REAL),
        Column("reason", Text),
        Column("final_decision", Boolean),
        Column("model_used", Text),
        ids.to("conversations"),
        Column("message_id", Text),
        UniqueConstraint("conversation_id", "message_id", name="uq_intent_analysis_log_message"),
    )


def _outbox(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("seq", _Number, primary_key=True, autoincrement=True),
        # The idempotency key that goes out with every attempt: conversation, epoch, action.
        Column("key", Text, nullable=False, unique=True),
        ids.to("conversations", nullable=False),
        ids.to("episodes"),
        # Where it goes, such as `slack`; `kind` is the action that asked for it, such as `slack.post`.
        Column("target", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", Json, nullable=False),
        # waiting, sending, sent, dead, not_configured or dropped
        Column("status", Text, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("created_at", Utc, nullable=False),
        Column("due_at", Utc, nullable=False),
        # A worker holds a row until the lease ends; only the holder of the token may finish it.
        Column("lease", Text),
        Column("leased_until", Utc),
        Column("sent_at", Utc),
        Column("last_error", Text),
        # What the channel calls the message that was sent: by that it is known when the channel reports it.
        Column("external_id", Text, index=True),
        _index_where("ix_outbox_undone", ["conversation_id", "target", "seq"], _UNDONE),
        _index_where("ix_outbox_due", ["target", "due_at", "seq"], _UNDONE),
    )


def _agents(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "agents",
        metadata,
        ids.of("agents"),
        Column("name", Text, nullable=False),
        Column("email", Text),
        # Lists of texts: skills that queues ask for, languages as two letters.
        Column("skills", Json, nullable=False),
        Column("languages", Json, nullable=False),
        # How many open episodes they can have at once.
        Column("capacity", Integer, nullable=False, server_default=text("5")),
        Column("online", Boolean, nullable=False, server_default=text("false")),
        # Who left stays in the episodes that were theirs.
        Column("active", Boolean, nullable=False, server_default=true()),
        # The last time, so that equals take turns.
        Column("assigned_at", Utc),
        Column("created_at", Utc, nullable=False),
    )


def _feedback(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "feedback",
        metadata,
        ids.of("feedback"),
        Column("inbox_seq", _Number, ForeignKey("inbox.seq"), nullable=False, unique=True),
        ids.to("conversations", nullable=False),
        Column("message_id", Text, nullable=False, index=True),
        # needed, not_needed or missed
        Column("verdict", Text, nullable=False),
        Column("category", Text),
        Column("note", Text),
        Column("given_by", Text),
        Column("given_at", Utc, nullable=False, index=True),
    )


def _shadow_decisions(metadata: MetaData) -> Table:
    return Table(
        "shadow_decisions",
        metadata,
        Column("seq", _Number, primary_key=True, autoincrement=True),
        Column("inbox_seq", _Number, ForeignKey("inbox.seq"), nullable=False),
        # The name of the shadow ruleset, and which version of it decided.
        Column("shadow", Text, nullable=False),
        Column("ruleset_hash", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("rule_id", Text),
        Column("confidence", Float),
        Column("signals", Json, nullable=False),
        Column("decided_at", Utc, nullable=False, index=True),
        UniqueConstraint("inbox_seq", "shadow", name="uq_shadow_decisions_inbox_shadow"),
    )


def _api_keys(metadata: MetaData, ids: _Ids) -> Table:
    return Table(
        "api_keys",
        metadata,
        ids.of("api_keys"),
        Column("name", Text, nullable=False, unique=True),
        # reader, agent or admin
        Column("role", Text, nullable=False),
        # SHA-256 (hex) of the key, which is nowhere itself.
        Column("digest", Text, nullable=False, unique=True),
        Column("created_at", Utc, nullable=False),
        Column("revoked_at", Utc),
    )


def _index_where(name: str, columns: list[str], condition: str) -> Index:
    """An index of the few rows that the condition holds for, since most are done."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))
