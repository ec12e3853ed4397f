"""Offers of a person that nobody can accept, and the other way round."""

from __future__ import annotations

from tests.handover_rules.lint.conftest import Finding

ASK = "  - {id: unsure, when: {phrase: help}, then: ask}\n"
ACCEPT = "  - {id: accepted, priority: 90, when: {any: [{accepted_offer: true}]}, then: handover}\n"


def test_offers(found: Finding) -> None:
    assert found(f"rules:\n{ASK}{ACCEPT}") == []
    assert found(f"rules:\n{ASK}") == [("W317", "unsure")]
    assert found(f"rules:\n{ACCEPT}") == [("W317", "accepted_offer")]
    elsewhere = "  - {id: other, when: {phrase: hello}, unless: [{accepted_offer: true}], then: handover}\n"
    assert found(f"rules:\n{ASK.replace('when', 'priority: 20, when')}{elsewhere}") == [("W317", "unsure")]
