"""Other rule engines doing the same rules: first rule that fires wins.

They get the message's words already normalised and joined by spaces, which costs them nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from tests.benchmarks.workload import PlainRule

__all__ = ["PEERS", "Decide"]

Decide: TypeAlias = Callable[[Mapping[str, str]], str | None]


def rule_engine(rules: Sequence[PlainRule]) -> Decide:
    """rule-engine (zeroSteiner): one expression a rule, tried in order."""
    import rule_engine as library

    compiled = []
    for rule in rules:
        phrases = " or ".join(json.dumps(f" {phrase} ") + " in text" for phrase in rule.phrases)
        compiled.append((library.Rule(f"({phrases}) and tier == {rule.tier!r}"), rule.id))

    def decide(facts: Mapping[str, str]) -> str | None:
        return next((id_ for rule, id_ in compiled if rule.matches(facts)), None)

    return decide


def json_logic(rules: Sequence[PlainRule]) -> Decide:
    """json-logic-qubit: one tree of `if`s over all rules."""
    from json_logic import jsonLogic

    branches: list[Any] = []
    for rule in rules:
        phrases = [{"in": [f" {phrase} ", {"var": "text"}]} for phrase in rule.phrases]
        branches += [{"and": [{"or": phrases}, {"==": [{"var": "tier"}, rule.tier]}]}, rule.id]
    tree = {"if": [*branches, None]}

    def decide(facts: Mapping[str, str]) -> str | None:
        found = jsonLogic(tree, facts)
        return found if isinstance(found, str) else None

    return decide


def zen_engine(rules: Sequence[PlainRule]) -> Decide:
    """GoRules zen-engine (Rust): one decision table with the hit policy `first`."""
    import zen

    rows = []
    for rule in rules:
        phrases = " or ".join(f"contains(text, {json.dumps(f' {phrase} ')})" for phrase in rule.phrases)
        rows.append({"_id": rule.id, "when": f'({phrases}) and tier == "{rule.tier}"', "then": f'"{rule.id}"'})
    at = {"x": 0, "y": 0}
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [{"id": "then", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    graph = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": at},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": at, "content": table},
            {"id": "out", "type": "outputNode", "name": "out", "position": at},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def decide(facts: Mapping[str, str]) -> str | None:
        result = decision.evaluate(dict(facts))["result"]
        found = result.get("rule") if result else None
        return found if isinstance(found, str) else None

    return decide


PEERS: dict[str, Callable[[Sequence[PlainRule]], Decide]] = {
    "rule-engine": rule_engine,
    "json-logic": json_logic,
    "zen-engine": zen_engine,
}
