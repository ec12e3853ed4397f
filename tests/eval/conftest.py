"""Rows, deciders and rules that the tests of the evaluation share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from eval.dataset import Row
from eval.deciders import Prediction
from handover_rules.conversation import ConversationState
from handover_rules.detectors import Detector
from handover_rules.messages import Message

RULES = """
ruleset: shop
default_language: en
time_zone: UTC
hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}
thresholds:
  ai: {value: 0.70}
detectors:
  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}
rules:
  - id: asked
    priority: 90
    why: The customer asks for a person.
    when: {any: [{phrase: ["human please"]}, {score: {of: ai, at_least: $ai}}]}
    then: handover
  - id: bot-failed
    why: The bot could not answer twice.
    when: {failures: {at_least: 2}}
    then: handover
  - id: unsure
    priority: 40
    why: It may be that a person helps.
    when: {phrase: ["not sure"]}
    then: ask
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder of rules with phrases, a detector that asks a chat model, failures and an offer."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "shop.yaml").write_text(RULES, encoding="utf-8")
    (folder / "ask.j2").write_text("Does the customer need a person? Answer in JSON.", encoding="utf-8")
    return folder


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Writes JSON Lines and returns their path."""

    def write(rows: Iterable[Mapping[str, object] | str], name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_row() -> Callable[..., Row]:
    """A labelled row; keywords change it."""

    def make(id: str = "r1", text: str = "hi", label: int | None = 0, **changes: Any) -> Row:
        values: dict[str, Any] = {
            "category": None,
            "language": None,
            "source": None,
            "source_label": None,
            "split": None,
            "group": id,
            "ambiguous": False,
            "conversation_id": None,
            "turn": None,
            "speaker": "customer",
            "bot_failed": False,
            "bot_offered": False,
            "channel": None,
            "sent_at": None,
        }
        return Row(id=id, text=text, label=label, **(values | changes))

    return make


@dataclass
class Watcher:
    """A decider that hands over what holds "human", and keeps what it was given."""

    detectors: Mapping[str, Detector] = field(default_factory=dict)
    bound: float | None = None
    seen: list[tuple[Message, ConversationState, datetime]] = field(default_factory=list)

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Prediction:
        self.seen.append((message, state, now))
        return Prediction(message.id, "handover" if "human" in message.text else "none", None, None, "", {})


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()
