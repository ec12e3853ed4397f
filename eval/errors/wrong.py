"""The messages that were decided otherwise than their labels say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.views import View, left_out

__all__ = ["WrongKind", "WrongMessage", "wrong_messages"]

# `missed`: a person was needed and the message was not handed over; `false alarm`: the other way round.
WrongKind: TypeAlias = Literal["missed", "false alarm"]


@dataclass(frozen=True, slots=True)
class WrongMessage:
    """A wrongly decided message: the row of that number in its file, and what was decided."""

    file: DataFile
    number: int
    said: Prediction

    @property
    def row(self) -> Row:
        """The message."""
        return self.file.rows[self.number]

    @property
    def kind(self) -> WrongKind:
        """As its label says."""
        return "missed" if self.row.label else "false alarm"


def wrong_messages(
    files: Sequence[DataFile], predictions: Sequence[Sequence[Prediction | None]], view: View
) -> list[WrongMessage]:
    """The wrong messages that the view counts: misses first, each kind in the order of the files and their rows.

    `predictions` has one sequence a file. A message that nobody could decide about is not wrong.
    """
    found = [
        WrongMessage(file, number, said)
        for file, decided in zip(files, predictions, strict=True)
        for number, (row, said) in enumerate(zip(file.rows, decided, strict=True))
        if said is not None and said.handover is not None and said.handover != bool(row.label)
        if left_out(row, view) is None
    ]
    return sorted(found, key=lambda wrong: wrong.kind != "missed")
