"""What the engine answers: a decision, or the detectors that it still needs to hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from handover_rules.ruleset import Place, Settings

__all__ = ["ConditionTrace", "Decision", "Needs", "Outcome", "PlannedAction", "RuleTrace", "Value"]

Outcome: TypeAlias = Literal["handover", "ask", "stay", "none"]

# A Kleene value as the trace shows it; `not_asked` is a condition that waited for a detector nobody had to ask.
Value: TypeAlias = Literal["true", "false", "unknown", "not_asked"]


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action that the deciding rules ask for. Its parameters may hold templates, rendered when it is carried out."""

    kind: str
    params: Mapping[str, object]
    place: Place


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """One condition: its value, and for one that compares, what was met, the bound, and by how much (met - bound)."""

    what: str
    value: Value
    place: Place
    met: str | float | None = None
    bound: str | float | None = None
    margin: float | None = None
    children: tuple[ConditionTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """Why one rule fired or did not. `because` is the condition that settled it."""

    rule: str
    then: str
    priority: int
    fired: bool
    value: Value
    because: ConditionTrace
    when: ConditionTrace
    unless: tuple[ConditionTrace, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one message.

    `rule` is None when no rule decided. `confidence` is the score that decided, None where no score did (a phrase,
    a state). `tags` are the `tag` rules that fired; `settings` and `actions` are those of
    the deciding rule and, for a handover, of the tags.
    `asked` names the detectors whose answers were used, in the order of asking. `trace` is there when it was asked for.
    """

    outcome: Outcome
    rule: str | None
    reason: str
    confidence: float | None
    tags: tuple[str, ...]
    settings: Settings
    actions: tuple[PlannedAction, ...]
    asked: tuple[str, ...]
    ruleset_hash: str
    trace: tuple[RuleTrace, ...] | None = None

    @property
    def handover(self) -> bool:
        """Whether a person must take over now."""
        return self.outcome == "handover"


@dataclass(frozen=True, slots=True)
class Needs:
    """No decision yet: these detectors can still change it, the cheapest first. Ask the first, then decide again."""

    detectors: tuple[str, ...]
