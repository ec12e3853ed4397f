"""What a gate is: messages, a view, and what the decisions about them must keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from eval.views import View
from handover_rules.ruleset import Place

__all__ = ["ComparedFigure", "FigureName", "Floor", "Gate", "Gates", "Margin", "Side"]

FigureName: TypeAlias = Literal["recall", "precision", "false_alarms", "average_precision", "on_time", "needless"]
ComparedFigure: TypeAlias = Literal["recall", "false_alarms"]
Side: TypeAlias = Literal["at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Floor:
    """A figure that must be at least so high, or at most: false alarms of 1,000 negatives, the others as shares."""

    figure: FigureName
    side: Side
    limit: float
    place: Place


@dataclass(frozen=True, slots=True)
class Margin:
    """A figure that must not be worse than under the baseline by so much.

    `margin` is a share: of the positive messages for recall, of the negative ones for false alarms.
    """

    figure: ComparedFigure
    margin: float
    place: Place


@dataclass(frozen=True, slots=True)
class Gate:
    """What is required of the decisions about some messages.

    `data` are files and folders, from the current folder. `detector` is None for the whole ruleset. `split` (None: all)
    keeps conversations whole; `category`, `language` and `channel` (empty: all) choose messages. A figure with fewer
    than `fewest` messages or conversations behind it says nothing.
    """

    name: str
    data: tuple[Path, ...]
    view: View
    detector: str | None
    split: str | None
    category: tuple[str, ...]
    language: tuple[str, ...]
    channel: tuple[str, ...]
    fewest: int
    floors: tuple[Floor, ...]
    margins: tuple[Margin, ...]


@dataclass(frozen=True, slots=True)
class Gates:
    """A gates file: where the baseline is recorded, whether every answer that is asked for must be, and the gates."""

    path: Path
    baseline: Path
    answers: Literal["require", "offline"]
    gates: tuple[Gate, ...]

    @property
    def comparing(self) -> tuple[Gate, ...]:
        """The gates that compare with the baseline."""
        return tuple(gate for gate in self.gates if gate.margins)
