"""`handover shadow report`: what would change if a shadow ruleset were the live one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from handover_rules.templates import redact
from service.store.database import Database
from service.store.shadow_decisions import Compared, compare, flipped_texts

__all__ = ["as_text", "shadow_report"]

_TEXTS = 5


def shadow_report(database: Database, since: datetime | None, *, texts: bool) -> dict[str, Any]:
    """For each shadow: messages, agreement of outcomes, and the flips by the rules of both, the most frequent first.

    `other_rule` counts messages with the same outcome by another rule. With `texts`, the latest five of each flip,
    redacted.
    """
    with database.reading() as connection:
        compared = compare(connection, database.tables, since)
        said = flipped_texts(connection, database.tables, since, _TEXTS) if texts else None
    shadows = [_of_shadow(name, list(rows), said) for name, rows in groupby(compared, key=lambda row: row.shadow)]
    return {"since": None if since is None else since.isoformat(), "shadows": shadows}


def _of_shadow(name: str, rows: Sequence[Compared], said: Mapping[Any, Sequence[str]] | None) -> dict[str, Any]:
    total = sum(row.messages for row in rows)
    same = [row for row in rows if row.outcome == row.shadow_outcome]
    pairs: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        if row.outcome != row.shadow_outcome:
            pair = (row.outcome, row.rule, row.shadow_outcome, row.shadow_rule)
            pairs[pair] = pairs.get(pair, 0) + row.messages
    flips = []
    for pair, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        outcome, rule, other, other_rule = pair
        flip: dict[str, Any] = {
            "live": {"outcome": outcome, "rule": rule or None},
            "shadow": {"outcome": other, "rule": other_rule or None},
            "messages": count,
        }
        if said is not None:
            flip["texts"] = [redact(text) for text in said.get((name, *pair), ())]
        flips.append(flip)
    handed = [row for row in rows if row.outcome != row.shadow_outcome]
    return {
        "shadow": name,
        "versions": sorted({row.version for row in rows}),
        "messages": total,
        "agree": sum(row.messages for row in same),
        "other_rule": sum(row.messages for row in same if row.rule != row.shadow_rule),
        "handovers_more": sum(row.messages for row in handed if row.shadow_outcome == "handover"),
        "handovers_fewer": sum(row.messages for row in handed if row.outcome == "handover"),
        "flips": flips,
    }


def as_text(report: Mapping[str, Any]) -> str:
    """The report for people."""
    if not report["shadows"]:
        return "No shadow decisions. Start one: handover serve --shadow NAME=PATH"
    return "\n\n".join("\n".join(_lines(one)) for one in report["shadows"])


def _lines(one: Mapping[str, Any]) -> Iterator[str]:
    share = one["agree"] / one["messages"]
    yield f"{one['shadow']} ({', '.join(one['versions'])}): {one['messages']} messages, {share:.1%} decided the same"
    yield f"  handovers: {one['handovers_more']} more, {one['handovers_fewer']} fewer"
    if one["other_rule"]:
        yield f"  same outcome by another rule: {one['other_rule']}"
    for flip in one["flips"]:
        yield f"  {flip['messages']:>6}  {_side(flip['live'])} -> {_side(flip['shadow'])}"
        for text in flip.get("texts", ()):
            yield f"          {' '.join(text.split())}"


def _side(side: Mapping[str, Any]) -> str:
    return f"{side['outcome']} ({side['rule']})" if side["rule"] else str(side["outcome"])
