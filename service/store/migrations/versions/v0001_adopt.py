"""The tables of the first version; those that users already have are adopted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alembic import op
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
    Uuid,
    false,
    text,
    true,
)
from sqlalchemy.types import TypeEngine

from service.store.adoption import adopt, adopted_id_types
from service.store.types import Json, RowUuid, Utc

revision = "0001"
down_revision = None

Types = Mapping[str, TypeEngine[Any]]

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Create what is missing, add to what is there."""
    connection = op.get_bind()
    types = adopted_id_types(connection, _tables({}, postgresql=False))
    adopt(connection, _tables(types, postgresql=connection.dialect.name == "postgresql"))


def _tables(types: Types, *, postgresql: bool) -> MetaData:
    """The tables. On PostgreSQL others may write to them too, so ids are made there as well."""
    metadata = MetaData()
    uuid = text("gen_random_uuid()") if postgresql else None
    now = text("now()") if postgresql else None

    def kind(table: str) -> TypeEngine[Any]:
        return types.get(table, RowUuid)

    def key(table: str) -> Column[Any]:
        return Column(
            "id", kind(table), primary_key=True, server_default=uuid if isinstance(kind(table), Uuid) else None
        )

    def to(table: str, *, nullable: bool = True, index: bool = False) -> Column[Any]:
        name = f"{table.rstrip('s')}_id"
        return Column(name, kind(table), ForeignKey(f"{table}.id"), nullable=nullable, index=index)

    Table(
        "contacts",
        metadata,
        key("contacts"),
        Column("phone_number", Text, index=True),
        Column("name", Text),
        Column("lead_status", Text),
        Column("lead_score", Integer, server_default=text("0")),
        Column("last_contact_at", Utc),
        Column("created_at", Utc),
        Column("handover_customer_id", Text, unique=True),
    )
    Table(
        "conversations",
        metadata,
        key("conversations"),
        to("contacts"),
        Column("phone_number", Text, index=True),
        Column("handover_requested", Boolean, server_default=false()),
        Column("handover_timestamp", Utc),
        Column("handover_reason", Text),
        Column("bot_enabled", Boolean, server_default=true()),
        Column("handover_owner", Text, server_default=text("'bot'")),
        Column("handover_epoch", Integer, server_default=text("0")),
        Column("created_at", Utc),
        Column("last_message_at", Utc),
        Column("handover_customer_id", Text, unique=True),
        Column("handover_channel", Text),
        Column("handover_chat", Text),
        Column("customer_name", Text),
        Column("handover_state", Json),
        Column("handover_version", Integer, server_default=text("0")),
    )
    Table(
        "episodes",
        metadata,
        key("episodes"),
        to("conversations", nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("opened_at", Utc, nullable=False),
        Column("reason", Text),
        Column("rule_id", Text),
        Column("message_id", Text),
        Column("priority", Text),
        Column("queue", Text),
        Column("topic", Text),
        Column("due_at", Utc),
        Column("closed_at", Utc),
        Column("closed_because", Text),
        UniqueConstraint("conversation_id", "epoch", name="uq_episodes_conversation_epoch"),
    )
    Table(
        "lead_details",
        metadata,
        key("lead_details"),
        to("contacts", index=True),
        to("episodes"),
        Column("status", Text),
        Column("source", Text),
        Column("priority", String(20), server_default=text("'medium'")),
        Column("handover_requested", Boolean, server_default=false()),
        Column("handover_trigger", Text),
        Column("handover_timestamp", Utc),
        Column("created_at", Utc),
    )
    Table(
        "activities",
        metadata,
        key("activities"),
        to("contacts", index=True),
        to("episodes"),
        Column("activity_type", Text),
        Column("title", Text),
        Column("description", Text),
        Column("metadata", Json),
        Column("created_at", Utc, index=True),
    )
    Table(
        "tasks",
        metadata,
        key("tasks"),
        to("contacts"),
        to("episodes", index=True),
        Column("title", Text, nullable=False),
        Column("status", Text, nullable=False, server_default=text("'open'")),
        Column("priority", Text),
        Column("queue", Text),
        Column("due_at", Utc),
        Column("created_at", Utc, nullable=False),
    )
    Table(
        "inbox",
        metadata,
        Column("seq", _NUMBER, primary_key=True, autoincrement=True),
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
        Column("status", Text, nullable=False),
        Column("note", Text),
        Column("payload", Text, nullable=False),
        UniqueConstraint("customer_id", "from_me", "message_id", name="uq_inbox_message"),
        _index_where("ix_inbox_waiting", ["seq"], "status = 'waiting'"),
    )
    Table(
        "decisions",
        metadata,
        key("decisions"),
        Column("inbox_seq", _NUMBER, ForeignKey("inbox.seq"), nullable=False, unique=True),
        to("conversations", nullable=False),
        Column("message_id", Text, nullable=False, index=True),
        Column("epoch", Integer, nullable=False),
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
        Column("problems", Json, nullable=False),
        UniqueConstraint("conversation_id", "message_id", name="uq_decisions_conversation_message"),
    )
    Table(
        "intent_analysis_log",
        metadata,
        key("intent_analysis_log"),
        Column("created_at", Utc, server_default=now, index=True),
        Column("message_text", Text),
        Column("handover_needed", Boolean),
        Column("confidence_score", REAL),
        Column("reason", Text),
        Column("final_decision", Boolean),
        Column("model_used", Text),
        to("conversations"),
        Column("message_id", Text),
        UniqueConstraint("conversation_id", "message_id", name="uq_intent_analysis_log_message"),
    )
    Table(
        "outbox",
        metadata,
        Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        Column("key", Text, nullable=False, unique=True),
        to("conversations", nullable=False),
        to("episodes"),
        Column("target", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", Json, nullable=False),
        Column("status", Text, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("created_at", Utc, nullable=False),
        Column("due_at", Utc, nullable=False),
        Column("lease", Text),
        Column("leased_until", Utc),
        Column("sent_at", Utc),
        Column("last_error", Text),
        _index_where("ix_outbox_undone", ["conversation_id", "target", "seq"], "status IN ('waiting', 'sending')"),
        _index_where("ix_outbox_due", ["target", "due_at", "seq"], "status IN ('waiting', 'sending')"),
    )
    return metadata


def _index_where(name: str, columns: list[str], condition: str) -> Index:
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))
