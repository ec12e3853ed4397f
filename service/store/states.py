"""A conversation's state as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handover_rules.conversation import ConversationState, Offer, Turn

__all__ = ["state_from_json", "state_to_json"]


def state_to_json(state: ConversationState) -> dict[str, Any]:
    """JSON values that `state_from_json` reads; what is at its default is left out."""
    values: dict[str, Any] = {"owner": state.owner, "epoch": state.epoch}
    if state.since is not None:
        values["since"] = state.since.isoformat()
    if state.reason:
        values["reason"] = state.reason
    if state.rule is not None:
        values["rule"] = state.rule
    if state.returns_at is not None:
        values["returns_at"] = state.returns_at.isoformat()
    if state.offer is not None:
        values["offer"] = {"epoch": state.offer.epoch, "expires_at": state.offer.expires_at.isoformat()}
    if state.turns:
        values["turns"] = [
            [turn.speaker, turn.text, True] if turn.failed else [turn.speaker, turn.text] for turn in state.turns
        ]
    if state.customer_turns:
        values["customer_turns"] = state.customer_turns
    return values


def state_from_json(values: Mapping[str, Any] | str | None) -> ConversationState:
    """The state; None is a conversation in which nothing happened yet. An adopted column of text gives text."""
    if values is None:
        return ConversationState()
    if isinstance(values, str):
        values = json.loads(values)
        assert isinstance(values, dict)  # only `state_to_json` writes it
    offer = values.get("offer")
    return ConversationState(
        owner=values["owner"],
        epoch=values["epoch"],
        since=_moment(values.get("since")),
        reason=values.get("reason", ""),
        rule=values.get("rule"),
        returns_at=_moment(values.get("returns_at")),
        offer=None if offer is None else Offer(offer["epoch"], datetime.fromisoformat(offer["expires_at"])),
        turns=tuple(Turn(*turn) for turn in values.get("turns", ())),
        customer_turns=values.get("customer_turns", 0),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
