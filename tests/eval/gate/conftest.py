"""A shop with rules before and after a change, messages, and gates; and the command that judges them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.gate.command import register
from handover_rules.detectors import Answer, AnswerStore, Query
from handover_rules.detectors.openai_request import openai_fingerprint
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import OpenAISpec
from handover_rules.signals import Score

# The AI is asked where a phrase sees a chance, and nowhere else.
RULES = """
ruleset: shop
thresholds: {{ai: 0.7}}
detectors:
  ai: {{kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}}
rules:
  - {{id: asked, priority: 90, why: They ask., when: {{phrase: [{words}]}}, then: handover}}
  - id: perhaps
    why: The AI is sure.
    when: {{all: [{{phrase: [perhaps]}}, {{score: {{of: ai, at_least: $ai}}}}]}}
    then: handover
  - {{id: failed, why: The bot failed twice., when: {{failures: {{at_least: 2}}}}, then: handover}}
"""


def many(label: int, text: str, times: int, **more: Any) -> list[dict[str, Any]]:
    """As many messages of one text."""
    category = {"category": "explicit_request" if label else "none"}
    return [
        {"id": f"{text} {number}", "text": f"{text} {number}", "label": label, **category, **more}
        for number in range(times)
    ]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the rulesets `before` and `rules`, which finds "human", and no longer "clerk"."""
    for name, words in (("before", "human, clerk"), ("rules", "human, teacher")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shop.yaml").write_text(RULES.format(words=words), encoding="utf-8")
        (tmp_path / name / "ask.j2").write_text("Does the customer need a person? Answer in JSON.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


@pytest.fixture
def gates(shop: Path) -> Callable[..., Path]:
    """Writes the gates file, at its usual place."""

    def write(text: str, to: str = "eval/gates.yaml") -> Path:
        path = Path(to)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def messages(shop: Path) -> Callable[..., Path]:
    """Writes labelled messages to a file of the folder `data`."""

    def write(rows: list[dict[str, Any]], name: str = "en.jsonl") -> Path:
        path = Path("data") / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def answer(shop: Path) -> Callable[..., None]:
    """Records what the AI says of texts."""

    def record(scores: dict[str, float]) -> None:
        spec = load_ruleset("rules").detectors["ai"]
        assert isinstance(spec, OpenAISpec)
        AnswerStore("var/answers.jsonl").append(
            Answer(Query(text, None).key(), "ai", openai_fingerprint(spec, None), Score(score))
            for text, score in scores.items()
        )

    return record


@pytest.fixture
def run(shop: Path) -> Callable[..., Result]:
    """Runs `handover gate`."""
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *args: CliRunner().invoke(app, ["gate", *map(str, args)])
