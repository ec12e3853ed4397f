"""Two rulesets and messages on which they differ in every way."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.diff.command import register

BEFORE = """
ruleset: shop
rules:
  - {id: asked, priority: 90, why: They ask., when: {phrase: [human, teacher]}, then: handover, do: [tell]}
  - {id: unsure, priority: 40, why: It may help., when: {phrase: ["not sure"]}, then: ask}
  - {id: ai, priority: 30, why: The AI is sure., when: {score: {of: gpt, at_least: 0.7}}, then: handover}
detectors:
  gpt: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}
actions:
  tell:
    - slack.post: {text: "{{ message.text | redact }}"}
    - lead.create: {priority: high, status: qualified, source: whatsapp}
"""
AFTER = """
ruleset: shop
rules:
  - {id: asked, priority: 90, why: They ask., when: {phrase: [person, representative]}, then: handover, do: [tell]}
  - {id: in-person, priority: 80, why: They ask., when: {phrase: [human]}, unless: [{phrase: [lost]}], then: handover}
  - {id: ai, priority: 30, why: The AI is sure., when: {score: {of: gpt, at_least: 0.7}}, then: handover}
detectors:
  gpt: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}
actions:
  tell:
    - slack.post: {text: "{{ message.text | redact }}"}
"""

# The kind of its flip, or what else becomes of it, is each message's id.
ROWS: list[dict[str, Any]] = [
    {"id": "new_catch", "text": "a person please", "label": 1, "language": "en", "category": "explicit_request"},
    {"id": "lost_catch", "text": "human, the lost one", "label": 1},
    {"id": "new_false_alarm", "text": "in person | or `online`? call +49 170 1234567", "label": 0},
    {"id": "false_alarm_gone", "text": "my teacher said so", "label": 0},
    {"id": "no_handover", "text": "not sure", "label": 0},
    {"id": "unlabelled", "text": "a representative"},
    {"id": "uncounted", "text": "another person", "label": 0, "ambiguous": True},
    {"id": "other rule", "text": "a human", "label": 1},
    {"id": "unmoved", "text": "opening times", "label": 0},
]


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Commits all files of the temporary folder, which becomes a repository with the branch `main`."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    def everything() -> None:
        git("init", "--quiet", "--initial-branch", "main")
        git("add", "--all")
        git("commit", "--quiet", "--message", "rules")

    return everything


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the rulesets `before` and `after`."""
    for name, text in (("before", BEFORE), ("after", AFTER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rules.yaml").write_text(text, encoding="utf-8")
        (tmp_path / name / "ask.j2").write_text("Does the customer need a person? Answer in JSON.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def edited(shop: Path) -> Callable[..., None]:
    """Writes a copy of the ruleset `before` with other texts in it, named `edited` unless told otherwise."""

    def edit(*changes: tuple[str, str], to: str = "edited") -> None:
        shutil.copytree(shop / "before", shop / to)
        text = BEFORE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (shop / to / "rules.yaml").write_text(text, encoding="utf-8")

    return edit


@pytest.fixture
def messages(shop: Path, write_rows: Callable[..., Path]) -> Path:
    """A file of messages that flip in every way."""
    return write_rows(ROWS)


@pytest.fixture
def run(shop: Path) -> Callable[..., Result]:
    """Runs `handover diff`."""
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *args: CliRunner().invoke(app, ["diff", *map(str, args)])
