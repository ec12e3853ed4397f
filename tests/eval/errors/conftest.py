"""A shop's rules with a local model, and messages that they get wrong in every way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.errors.command import register
from handover_rules.detectors.linear import FORMAT, VERSION, checksum

RULES = """\
ruleset: shop
thresholds:
  local: {value: 0.95}
detectors:
  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}
  local: {kind: linear, cost: 1, model: model.json}
rules:
  - id: asked
    priority: 90
    when: {phrase: [human]}
    unless: [{phrase: [robot]}]
    then: handover
  - {id: praised, priority: 80, when: {phrase: [thanks]}, then: stay}
  - {id: unsure, priority: 70, when: {phrase: ["not sure"]}, then: ask}
  - {id: sure, priority: 60, when: {score: {of: local, at_least: $local}}, then: handover}
  - {id: failed, priority: 50, when: {failures: {at_least: 2}}, then: handover}
  - {id: ai, priority: 40, when: {score: {of: ai, at_least: 0.7}}, then: handover}
"""

# What the local model takes for a request, by word; the first one by so much that the rule `sure` fires.
_WEIGHTS = {"urgent": 4.0, "agent": 2.5, "colleague": 1.0, "parcel": -2.0}

ROWS: list[dict[str, Any]] = [
    {"id": "right", "text": "a human please", "label": 1, "category": "explicit_request", "language": "en"},
    {"id": "fine", "text": "opening times", "label": 0, "category": "none", "language": "en"},
    {"id": "far", "text": "my parcel", "label": 1, "category": "problem_report", "language": "en"},
    {
        "id": "near",
        "text": "an agent, call +49 170 1234567",
        "label": 1,
        "category": "contact_request",
        "language": "DE",
    },
    {"id": "vetoed", "text": "a human, no robot", "label": 1, "category": "explicit_request", "language": "de"},
    {"id": "kept", "text": "thanks, now somebody real", "label": 1, "category": "explicit_request", "language": "en"},
    {"id": "offered", "text": "i am not sure", "label": 1, "language": "en"},
    {"id": "plain", "text": "human parcel", "label": 0, "category": "hard_negative", "language": "en"},
    {"id": "doubtful", "text": "urgent", "label": 0, "category": "none", "language": "en"},
    {"id": "ambiguous", "text": "human", "label": 0, "category": "none", "ambiguous": True},
    {"id": "unlabelled", "text": "human"},
]


def model() -> dict[str, Any]:
    """A model file whose score is the sigmoid of the mean weight, roughly, of a message's words."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "card": {},
        "documents": 10,
        "intercept": 0.0,
        "calibration": {"slope": 1.0, "offset": 0.0},
        "words": {word: [1, weight] for word, weight in _WEIGHTS.items()},
        "characters": {},
    }
    return {**content, "checksum": checksum(content)}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the rules, and `rows.jsonl` with messages that they get wrong."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "rules" / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    (tmp_path / "rules" / "model.json").write_text(json.dumps(model()), encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs a command of the room."""
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *args: CliRunner().invoke(app, list(map(str, args)))
