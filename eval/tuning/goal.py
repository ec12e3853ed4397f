"""What a threshold is chosen for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from handover_rules.errors import UsageError

__all__ = ["Goal", "GoalKind", "read_goal"]

GoalKind: TypeAlias = Literal["precision", "recall", "false_alarms"]


@dataclass(frozen=True, slots=True)
class Goal:
    """`precision` and `recall` shall be at least `bound` (0 to 1), `false_alarms` at most, of 1,000 negatives."""

    kind: GoalKind
    bound: float

    def __str__(self) -> str:
        return f"{self.kind} {'<=' if self.kind == 'false_alarms' else '>='} {self.bound:g}"


def read_goal(text: str) -> Goal:
    """The goal that is written as `precision >= 0.95`. Raises UsageError for anything else."""
    parts = text.split()
    kind, sign, bound = parts if len(parts) == 3 else ("", "", "")
    try:
        value = float(bound)
    except ValueError:
        value = -1.0
    for known in get_args(GoalKind):
        least, most, written = (0, 1000, "<=") if known == "false_alarms" else (0, 1, ">=")
        if (kind, sign) == (known, written) and least < value < most:
            return Goal(known, value)
    raise UsageError(
        f"the goal is {text!r}; expected one such as 'precision >= 0.95', 'recall >= 0.9' or 'false_alarms <= 2' "
        "(of 1,000 messages that need nobody)"
    )
