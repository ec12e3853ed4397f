"""What shadow rulesets decided, and how that compares with what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, func, literal_column, select

from handover_rules.decision import Decision
from handover_rules.signals import Signal
from service.store.decisions import signal_to_json
from service.store.inserting import insert_new
from service.store.tables import Tables

__all__ = ["Compared", "ShadowDecision", "add_shadow_decisions", "compare", "flipped_texts"]


@dataclass(frozen=True, slots=True)
class ShadowDecision:
    """What the shadow ruleset of that name decided about a message of the inbox."""

    inbox_seq: int
    shadow: str
    decision: Decision
    signals: Mapping[str, Signal]
    decided_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class Compared:
    """Messages about which the live rules and a shadow's version decided so: outcome and rule of both, and how many."""

    shadow: str
    version: str
    outcome: str
    rule: str
    shadow_outcome: str
    shadow_rule: str
    messages: int


def add_shadow_decisions(connection: Connection, tables: Tables, decided: Sequence[ShadowDecision]) -> None:
    """Record them; one of a message and shadow that is there already stays."""
    for one in decided:
        row = {
            "inbox_seq": one.inbox_seq,
            "shadow": one.shadow,
            "ruleset_hash": one.decision.ruleset_hash,
            "outcome": one.decision.outcome,
            "rule_id": one.decision.rule,
            "confidence": one.decision.confidence,
            "signals": {name: signal_to_json(signal) for name, signal in one.signals.items()},
            "decided_at": one.decided_at,
        }
        insert_new(connection, tables.shadow_decisions, row, returning=tables.shadow_decisions.c.seq)


def compare(connection: Connection, tables: Tables, since: datetime | None) -> list[Compared]:
    """Shadow decisions since then beside the live ones, counted. A rule is "" where none decided."""
    d, s = tables.decisions.c, tables.shadow_decisions.c
    # No parameter: PostgreSQL would not see that it is the same one in GROUP BY.
    nobody = literal_column("''", Text)
    columns = (
        s.shadow,
        s.ruleset_hash,
        d.outcome,
        func.coalesce(d.rule_id, nobody),
        s.outcome,
        func.coalesce(s.rule_id, nobody),
    )
    query = select(*columns, func.count()).join_from(
        tables.shadow_decisions, tables.decisions, d.inbox_seq == s.inbox_seq
    )
    if since is not None:
        query = query.where(s.decided_at >= since)
    return sorted(Compared(*row) for row in connection.execute(query.group_by(*columns)))


def flipped_texts(
    connection: Connection, tables: Tables, since: datetime | None, limit: int
) -> dict[tuple[str, str, str, str, str], list[str]]:
    """The latest texts about which the outcomes differ, by shadow, live outcome and rule, and the shadow's."""
    d, s, i = tables.decisions.c, tables.shadow_decisions.c, tables.inbox.c
    query = (
        select(s.shadow, d.outcome, d.rule_id, s.outcome, s.rule_id, i.text)
        .join_from(tables.shadow_decisions, tables.decisions, d.inbox_seq == s.inbox_seq)
        .join(tables.inbox, i.seq == s.inbox_seq)
        .where(s.outcome != d.outcome, i.text.is_not(None))
        .order_by(s.seq.desc())
    )
    if since is not None:
        query = query.where(s.decided_at >= since)
    found: dict[tuple[str, str, str, str, str], list[str]] = {}
    for shadow, outcome, rule, other, other_rule, text in connection.execute(query):
        texts = found.setdefault((shadow, outcome, rule or "", other, other_rule or ""), [])
        if len(texts) < limit:
            texts.append(text)
    return found
