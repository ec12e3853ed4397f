"""Engines from a few lines of YAML."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from handover_rules.decision import Decision
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset

AI_AND_LOCAL = """\
detectors:
  local: {kind: linear, cost: 1, model: local.json}
  ai: {kind: linear, cost: 100, model: ai.json}
"""


def ruleset_of(text: str, folder: Path) -> Ruleset:
    """The ruleset of a file with that text (its name is added)."""
    path = folder / "rules.yaml"
    path.write_text("ruleset: test\n" + dedent(text), encoding="utf-8")
    return load_ruleset(path)


def engine_of(text: str, folder: Path) -> Engine:
    """The engine of a file with that text."""
    return Engine(ruleset_of(text, folder))


def engine_when(condition: str, folder: Path, rest: str = AI_AND_LOCAL) -> Engine:
    """The engine of a single rule, which hands over when the condition is true."""
    when = indent(dedent(condition).strip(), " " * 6)
    return engine_of(f"{dedent(rest)}rules:\n  - id: only\n    when:\n{when}\n    then: handover\n", folder)


def decided(result: object) -> Decision:
    """The result, which must be a decision."""
    assert isinstance(result, Decision), result
    return result
