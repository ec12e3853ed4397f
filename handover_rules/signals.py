"""What a detector said about one message: a score, or that it could not answer.

A detector that was not asked yet has no signal at all (it is *pending*). A missing answer is never 0.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Score", "Signal", "Signals", "Unavailable"]


@dataclass(frozen=True, slots=True)
class Score:
    """A detector's answer.

    `value` is what rules compare, from 0 to 1. A detector that judges in words also gives its raw answer:
    `needed` and `confidence` as it said them, and `reason` in its own words.
    """

    value: float
    needed: bool | None = None
    confidence: float | None = None
    reason: str = ""

    def __reduce__(self) -> tuple[type[Score], tuple[object, ...]]:
        # Evaluations send scores by the hundred thousand between processes: three times as quick as a dataclass's own.
        return Score, (self.value, self.needed, self.confidence, self.reason)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The detector was asked and could not answer. `reason` is a short code such as `timed_out`."""

    reason: str


Signal: TypeAlias = Score | Unavailable
Signals: TypeAlias = Mapping[str, Signal]
