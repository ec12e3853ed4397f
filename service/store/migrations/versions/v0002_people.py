"""People who answer, what is known of messages besides their text, keys of the API, feedback and shadow decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.types import TypeEngine

from service.store.adoption import adopt, id_types
from service.store.types import Json, RowUuid, Utc

revision = "0002"
down_revision = "0001"

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


_WITH_IDS = ("conversations", "episodes", "tasks")


def upgrade() -> None:
    """Create the new tables, add the new columns."""
    connection = op.get_bind()
    adopt(connection, _tables(id_types(connection, _WITH_IDS)))


def _tables(types: Mapping[str, TypeEngine[Any]]) -> MetaData:
    metadata = MetaData()
    # Those of the first version, of which no more is needed than their keys.
    with_ids = {
        name: Table(name, metadata, Column("id", types.get(name, RowUuid), primary_key=True)) for name in _WITH_IDS
    }
    numbered = {
        name: Table(name, metadata, Column("seq", _NUMBER, primary_key=True, autoincrement=True))
        for name in ("inbox", "outbox")
    }

    def to(table: str, *, nullable: bool = True, index: bool = False) -> Column[Any]:
        kind = types.get(table, RowUuid)
        return Column(f"{table.rstrip('s')}_id", kind, ForeignKey(f"{table}.id"), nullable=nullable, index=index)

    Table(
        "agents",
        metadata,
        Column("id", RowUuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("email", Text),
        Column("skills", Json, nullable=False),
        Column("languages", Json, nullable=False),
        Column("capacity", Integer, nullable=False, server_default=text("5")),
        Column("online", Boolean, nullable=False, server_default=text("false")),
        Column("active", Boolean, nullable=False, server_default=true()),
        Column("assigned_at", Utc),
        Column("created_at", Utc, nullable=False),
    )
    Table(
        "feedback",
        metadata,
        Column("id", RowUuid, primary_key=True),
        Column("inbox_seq", _NUMBER, ForeignKey("inbox.seq"), nullable=False, unique=True),
        to("conversations", nullable=False),
        Column("message_id", Text, nullable=False, index=True),
        Column("verdict", Text, nullable=False),
        Column("category", Text),
        Column("note", Text),
        Column("given_by", Text),
        Column("given_at", Utc, nullable=False, index=True),
    )
    Table(
        "shadow_decisions",
        metadata,
        Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        Column("inbox_seq", _NUMBER, ForeignKey("inbox.seq"), nullable=False),
        Column("shadow", Text, nullable=False),
        Column("ruleset_hash", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("rule_id", Text),
        Column("confidence", Float),
        Column("signals", Json, nullable=False),
        Column("decided_at", Utc, nullable=False, index=True),
        UniqueConstraint("inbox_seq", "shadow", name="uq_shadow_decisions_inbox_shadow"),
    )
    Table(
        "api_keys",
        metadata,
        Column("id", RowUuid, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("role", Text, nullable=False),
        Column("digest", Text, nullable=False, unique=True),
        Column("created_at", Utc, nullable=False),
        Column("revoked_at", Utc),
    )
    numbered["inbox"].append_column(Column("kind", Text, nullable=False, server_default=text("'message'")))
    numbered["inbox"].append_column(Column("target_id", Text))
    numbered["inbox"].append_column(Column("customer_id", Text))
    corrected = text("target_id IS NOT NULL")
    which = [numbered["inbox"].c.customer_id, numbered["inbox"].c.target_id]
    Index("ix_inbox_target", *which, sqlite_where=corrected, postgresql_where=corrected)
    numbered["outbox"].append_column(Column("external_id", Text, index=True))
    with_ids["episodes"].append_column(to("agents", index=True))
    for name in ("assigned_at", "first_reply_at", "survey_sent_at", "rated_at"):
        with_ids["episodes"].append_column(Column(name, Utc))
    with_ids["episodes"].append_column(Column("rating", Integer))
    with_ids["tasks"].append_column(to("agents"))
    with_ids["tasks"].append_column(Column("done_at", Utc))
    return metadata
