"""Runs of two rulesets on the same messages, kept as `handover eval` keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.commands import register as register_eval
from eval.compare.command import register

# Two rulesets that differ in what they take for a request.
RULES = """\
ruleset: shop
detectors:
  gpt: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}
rules:
  - {id: asked, when: {phrase: [WORDS]}, then: handover}
  - {id: polite, priority: 40, when: {phrase: [thanks]}, then: stay}
  - {id: gpt, priority: 30, when: {score: {of: gpt, at_least: 0.7}}, then: handover}
"""

ROWS: list[dict[str, Any]] = [
    {"id": "caught", "text": "a person please", "label": 1, "language": "en", "category": "explicit_request"},
    {"id": "lost", "text": "my human", "label": 1, "language": "de"},
    {"id": "alarm", "text": "in person, or call 0170 1234567", "label": 0},
    {"id": "gone", "text": "human error", "label": 0},
    {"id": "other rule", "text": "thanks", "label": 0},
    {"id": "unlabelled", "text": "another person"},
    {"id": "doubtful", "text": "that person", "label": 0, "ambiguous": True},
    {"id": "fine", "text": "opening times", "label": 0},
]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `handover` in a folder with the rulesets `old.yaml` and `new.yaml`."""
    for name, words, polite in (("old", "human", "thanks"), ("new", "person", "nobody")):
        text = RULES.replace("WORDS", words).replace("[thanks]", f"[{polite}]")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    register_eval(app)
    register(app)
    return lambda *args: CliRunner().invoke(app, list(map(str, args)))


@pytest.fixture
def keep(command: Callable[..., Result]) -> Callable[..., str]:
    """Evaluates files under a ruleset, and gives the id of the run."""

    def evaluated(rules: str, *arguments: object) -> str:
        before = set(Path("runs").glob("*"))
        result = command("eval", *arguments, "--ruleset", f"{rules}.yaml", "--offline")
        assert result.exit_code == 0, result.output
        (folder,) = set(Path("runs").glob("*")) - before
        return folder.name

    return evaluated


@pytest.fixture
def rows(command: Callable[..., Result], write_rows: Callable[..., Path]) -> Path:
    """The messages, in the current folder."""
    write_rows(ROWS)
    return Path("rows.jsonl")


@pytest.fixture
def found(command: Callable[..., Result]) -> Callable[..., Any]:
    """What `handover compare` finds, as JSON."""

    def compared(*arguments: object) -> Any:
        result = command("compare", *arguments, "--json", "-")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return compared
