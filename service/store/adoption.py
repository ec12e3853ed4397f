"""Tables that were there before the service: whether it can write to them, and what they lack.

A user's table keeps its columns, its rows and the type of its ids. What the service needs besides is added, and its
own columns refer to rows by ids of the type that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.schema import DefaultClause
from sqlalchemy.types import CHAR, JSON, DateTime, Enum, Float, NullType, Numeric, TypeEngine

from handover_rules.errors import UsageError
from service.store.types import Utc

__all__ = ["adopt", "adopted_id_types", "id_types"]

# What the service gives a value in every row that it makes. Its other columns may stay empty.
_FILLED = {
    "contacts": {"phone_number", "lead_score", "last_contact_at", "created_at"},
    "conversations": {"phone_number", "handover_requested", "bot_enabled", "created_at"}
    | {f"handover_{name}" for name in ("customer_id", "owner", "epoch", "channel", "chat", "state", "version")},
    "lead_details": {"contact_id", "priority", "handover_requested", "handover_trigger", "handover_timestamp"}
    | {"created_at"},
    "activities": {"contact_id", "activity_type", "title", "created_at"},
    "tasks": {"contact_id"},
    "intent_analysis_log": {"created_at", "message_text", "handover_needed", "reason", "final_decision", "model_used"}
    | {"conversation_id", "message_id"},
}

# Where the server's times without a zone mean what the service takes them for.
_UTC = {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Etc/UCT"}

# A type of the service -> what a column may be instead, and how that is said. Only PostgreSQL is so strict.
_WRITABLE: tuple[tuple[type[TypeEngine[Any]], tuple[type[TypeEngine[Any]], ...], str], ...] = (
    (Utc, (DateTime,), "timestamp with time zone"),
    (Boolean, (Boolean,), "boolean"),
    (Integer, (Integer, Numeric, Float), "integer"),
    (Float, (Numeric, Float), "double precision"),
    (JSON, (JSON, String), "jsonb"),
    (String, (String,), "text"),
)


def adopted_id_types(connection: Connection, metadata: MetaData) -> dict[str, TypeEngine[Any]]:
    """Table -> type of its `id`, for those of `metadata` that exist and have another than UUID.

    Raises UsageError that names every column which would keep the service from writing, and what to do about it.
    """
    inspector = inspect(connection)
    names = list(metadata.tables)
    columns = inspector.get_multi_columns(filter_names=names)
    there = {table: {column["name"]: column for column in found} for (_, table), found in columns.items()}
    primary = inspector.get_multi_pk_constraint(filter_names=names)
    keys = {table: key["constrained_columns"] for (_, table), key in primary.items()}
    existing = [table for table in metadata.sorted_tables if table.name in there]
    problems = [
        problem
        for table in existing
        for problem in (
            *_problems_of_key(connection, table, there[table.name], keys[table.name]),
            *_problems_of_columns(connection, table, there[table.name]),
        )
    ]
    if problems:
        raise UsageError("the service cannot work with these tables as they are:\n" + "\n".join(problems))
    return id_types(connection, [table.name for table in existing if "id" in table.columns])


def id_types(connection: Connection, names: Iterable[str]) -> dict[str, TypeEngine[Any]]:
    """Table -> type of its `id`, for those of these that exist and have another than UUID."""
    columns = inspect(connection).get_multi_columns(filter_names=list(names))
    types = {
        table: column["type"] for (_, table), found in columns.items() for column in found if column["name"] == "id"
    }
    return {table: kind for table, kind in types.items() if not _is_uuid(kind)}


def _is_uuid(kind: TypeEngine[Any]) -> bool:
    """On SQLite, which has no such type, it is CHAR(36): see `RowUuid`."""
    return isinstance(kind, Uuid) or (isinstance(kind, CHAR) and kind.length == 36)


def _problems_of_key(
    connection: Connection, table: Table, columns: Mapping[str, ReflectedColumn], key: list[str]
) -> Iterator[str]:
    """Is there the one column by which rows are told apart, and does it get its value?"""
    (own,) = table.primary_key.columns
    place = f"  {table.name}.{own.name}"
    if own.name not in columns:
        yield f"{place} is missing: rename the table, or give it this column as its primary key"
        return
    kind = columns[own.name]["type"]
    if isinstance(kind, Integer):
        if not _is_counted(connection, table.name, columns[own.name]):
            yield f"{place} is a number that the database does not count: make it an identity column"
    elif not (_is_uuid(kind) or isinstance(kind, String)) or isinstance(kind, Enum):
        yield f"{place} has the type {_name(kind)}: possible are uuid, text and numbers that the database counts"
    if key != [own.name] and (own.name,) not in _unique(connection, table.name):
        yield f"{place} is not unique, so nothing can refer to it: make it the primary key"


def _is_counted(connection: Connection, table: str, column: ReflectedColumn) -> bool:
    if connection.dialect.name == "postgresql":
        return bool(column["default"] or column.get("identity"))
    # SQLite counts in one declaration only: INTEGER PRIMARY KEY. INT does not do, though it means the same elsewhere.
    declared = text("SELECT upper(type) = 'INTEGER' AND pk = 1 FROM pragma_table_info(:table) WHERE name = :name")
    return bool(connection.scalar(declared, {"table": table, "name": column["name"]}))


def _unique(connection: Connection, table: str) -> set[tuple[str | None, ...]]:
    """The columns of each unique constraint and unique index."""
    inspector = inspect(connection)
    constraints = {tuple(one["column_names"]) for one in inspector.get_unique_constraints(table)}
    return constraints | {tuple(one["column_names"]) for one in inspector.get_indexes(table) if one["unique"]}


def _problems_of_columns(connection: Connection, table: Table, columns: Mapping[str, ReflectedColumn]) -> Iterator[str]:
    ours = {column.name: column for column in table.columns}
    for name, column in columns.items():
        own = ours.get(name)
        place = f"  {table.name}.{name}"
        given = column["nullable"] or column["default"] or column.get("identity") or column.get("computed")
        filled = own is not None and (not own.nullable or name in _FILLED.get(table.name, ()))
        if not given and not filled:
            yield f"{place} must be filled, and the service may have nothing for it: give it a default, or allow NULL"
        if own is None:
            continue
        if connection.dialect.name == "postgresql" and not own.primary_key and not own.foreign_keys:
            yield from _problem_of_type(connection, place, own.type, column["type"])


def _problem_of_type(connection: Connection, place: str, own: TypeEngine[Any], kind: TypeEngine[Any]) -> Iterator[str]:
    if isinstance(kind, DOMAIN):
        kind = kind.data_type
    if isinstance(kind, NullType):
        return
    fits, needed = next((fits, needed) for wanted, fits, needed in _WRITABLE if isinstance(own, wanted))
    if not isinstance(kind, fits) or isinstance(kind, Enum):
        yield f"{place} has the type {_name(kind)}: change it to {needed}, or rename it"
    elif isinstance(kind, DateTime) and not kind.timezone:
        zone = connection.execute(text("SELECT current_setting('TimeZone')")).scalar_one()
        if zone not in _UTC:
            yield f"{place} holds times without a zone, and the server's zone is {zone}: change it to {needed}"


def _name(kind: TypeEngine[Any]) -> str:
    return str(kind.name if isinstance(kind, Enum) else kind)


def adopt(connection: Connection, metadata: MetaData) -> None:
    """Create the tables that are missing; add to the others the columns that are, with their constraints and indexes.

    A constraint or an index only on columns that were there is left out: old rows may not fit it. To be called in a
    migration.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for table in metadata.sorted_tables:
        if table.name in there:
            _complete(connection, table, {column["name"] for column in inspector.get_columns(table.name)})
        else:
            table.create(connection)
            _close_to_the_web(connection, table)


def _complete(connection: Connection, table: Table, there: set[str]) -> None:
    from alembic import op

    added = {column.name for column in table.columns} - there
    for column in table.columns:
        if column.name in added:
            # Old rows have no value for it, so it cannot be required where there is no default.
            new = Column(column.name, column.type, *(ForeignKey(key.target_fullname) for key in column.foreign_keys))
            new.nullable = column.nullable or column.server_default is None
            new.server_default = _constant(column)
            op.add_column(table.name, new, inline_references=True)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            _add_unique(connection, table.name, constraint, added)
    for index in table.indexes:
        if not added.isdisjoint(index.columns.keys()):
            index.create(connection)


def _add_unique(connection: Connection, table: str, constraint: UniqueConstraint, added: set[str]) -> None:
    from alembic import op

    names = list(constraint.columns.keys())
    if added.isdisjoint(names):
        if tuple(names) not in _unique(connection, table):
            raise UsageError(
                f"{table} has {' and '.join(names)} already, and the same value may be there twice: the service needs "
                "it for something of its own; rename it"
            )
        return
    name = str(constraint.name or f"uq_{table}_{'_'.join(names)}")
    if connection.dialect.name == "postgresql":
        op.create_unique_constraint(name, table, names)
    else:
        # SQLite cannot add a constraint to a table; the index does the same.
        op.create_index(name, table, names, unique=True)


def _constant(column: Column[Any]) -> DefaultClause | None:
    """The default, unless it is a function: what `now()` says was not so when the old rows were written."""
    default = column.server_default
    if not isinstance(default, DefaultClause) or str(default.arg).endswith("()"):
        return None
    return DefaultClause(default.arg)


def _close_to_the_web(connection: Connection, table: Table) -> None:
    """On Supabase a new table can be read by every visitor of the web, as the role `anon`, until it has row security.

    Without a policy it lets only the table's owner and the service role in.
    """
    if connection.dialect.name == "postgresql" and connection.scalar(
        text("SELECT 1 FROM pg_roles WHERE rolname = 'anon'")
    ):
        connection.execute(text(f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY"))
