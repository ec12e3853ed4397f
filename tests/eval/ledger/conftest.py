"""A small ruleset with a bit of everything, and messages that were counted by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from eval.dataset import read_dataset
from eval.ledger.ledger import Ledger, keep_books
from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.rulefile import load_ruleset

RULES = """\
ruleset: shop
phrases:
  person: [human, agent, clerk]
  thing: [parcel]
  goods: [<thing>, box]
  forgotten: [robot, human]
detectors:
  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}
rules:
  - id: asked
    priority: 90
    when:
      phrase:
        - <person> please
        - human please
        - someone real
    unless:
      - phrase: just kidding
    then: handover
  - id: chat
    priority: 80
    when: {phrase: terrible joke}
    then: stay
  - id: angry
    priority: 70
    when: {any: [{phrase: [terrible]}, {regex: "!!!$"}]}
    then: handover
  - id: ai
    priority: 60
    when: {score: {of: ai, at_least: 0.5}}
    then: handover
  - id: unsure
    when: {phrase: <goods> lost}
    then: ask
  - id: greeting
    when: {phrase: [hello]}
    then: tag
"""

ROWS: tuple[Mapping[str, object], ...] = (
    {"id": "both", "text": "human please", "label": 1},
    {"id": "one", "text": "agent please", "label": 1},
    {"id": "false", "text": "a clerk please", "label": 0},
    {"id": "two rules", "text": "terrible, human please!!!", "label": 1},
    {"id": "vetoed", "text": "hello, agent please, just kidding", "label": 0},
    {"id": "kept quiet", "text": "a terrible joke", "label": 0},
    {"id": "missed", "text": "terrible joke of a shop", "label": 1},
    {"id": "angry", "text": "terrible", "label": 1},
    {"id": "unsure", "text": "parcel lost", "label": 1},
    {"id": "ambiguous", "text": "someone real", "label": 1, "ambiguous": True},
    {"id": "unlabelled", "text": "agent please"},
    {"id": "nothing", "text": "good evening", "label": 0},
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of the rules."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "shop.yaml").write_text(RULES, encoding="utf-8")
    (folder / "ask.j2").write_text("Does the customer need a person? Answer in JSON.", encoding="utf-8")
    return folder


@pytest.fixture
def keep(shop: Path, tmp_path: Path) -> Callable[..., Ledger]:
    """Keeps the books of the rules on some files, without times unless asked for."""

    def ledger(*files: Path, times: bool = False, **options: Any) -> Ledger:
        ruleset = load_ruleset(shop)
        detectors = build_detectors(ruleset, {}, answers=AnswerStore(tmp_path / "answers.jsonl"), mode="offline")
        given = {"view": "strict"} | options
        return asyncio.run(keep_books(ruleset, read_dataset(files), detectors, times=times, **given))

    return ledger
