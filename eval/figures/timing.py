"""Whether conversations are handed over at the right moment, and how many turns early or late.

The right moment is a conversation's first message with label 1. Ambiguous messages before it are moments at which a
handover is also right. Replayed messages are each decided with the true history, so the first one that is handed over
is where a person would have come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.figures.metrics import Proportion, wilson
from eval.views import View, left_out

__all__ = ["Timing", "timing"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Labelled conversations by when they are handed over.

    `on_time`, `early`, `late` and `never` are shares of those that need a person, `needless` of those that do not.
    `offered` of the late and the never ones were offered a person at the right moment (`ask`). `turns_early` and
    `turns_late` are medians, in messages of the customer; None where there are none.
    """

    conversations: int
    on_time: Proportion | None
    early: Proportion | None
    late: Proportion | None
    never: Proportion | None
    needless: Proportion | None
    offered: int
    turns_early: float | None
    turns_late: float | None


def timing(file: DataFile, predictions: Sequence[Prediction | None], view: View) -> Timing | None:
    """The timing in a file's conversations that count in the view; None where it has none of several messages.

    A conversation counts if all the customer's messages up to that moment have a label, and the moment counts in the
    view.
    """
    needed: list[_Talk] = []
    needless = others = 0
    pairs = zip(file.rows, predictions, strict=True)
    for conversation, group in groupby(pairs, key=lambda pair: pair[0].conversation_id):
        talk = _talk(list(group), view) if conversation is not None else None
        if talk is None:
            continue
        if talk.due is not None:
            needed.append(talk)
        elif talk.handed is not None and not talk.debatable[talk.handed]:
            needless += 1
        else:
            others += 1
    if not needed and not needless and not others:
        return None
    late_by = [talk.late_by for talk in needed]
    early, late = ([by for by in late_by if by is not None and sign * by > 0] for sign in (-1, 1))
    n, never = len(needed), sum(by is None for by in late_by)
    return Timing(
        n + needless + others,
        wilson(sum(by == 0 for by in late_by), n),
        wilson(len(early), n),
        wilson(len(late), n),
        wilson(never, n),
        wilson(needless, needless + others),
        sum(talk.offered for talk in needed),
        -median(early) if early else None,
        median(late) if late else None,
    )


@dataclass(frozen=True, slots=True)
class _Talk:
    """The customer's decided messages of a conversation: which is due (None: none), and which was handed over first."""

    due: int | None
    handed: int | None
    debatable: tuple[bool, ...]
    asked: bool

    @property
    def late_by(self) -> int | None:
        """How many of the customer's messages too late: 0 on time, below 0 early; None where it never came."""
        assert self.due is not None
        if self.handed is None:
            return None
        return 0 if self.handed < self.due and self.debatable[self.handed] else self.handed - self.due

    @property
    def offered(self) -> bool:
        """Whether a person was offered when one was due, and none came by then."""
        return self.asked and (self.late_by is None or self.late_by > 0)


def _talk(rows: list[tuple[Row, Prediction | None]], view: View) -> _Talk | None:
    decided = [(row, said) for row, said in rows if said is not None]
    due = next((number for number, (row, _) in enumerate(decided) if row.label == 1 and not row.ambiguous), None)
    before = decided if due is None else decided[:due]
    if len(decided) < 2 or any(row.label is None for row, _ in before):
        return None
    if due is not None and left_out(decided[due][0], view) is not None:
        return None
    handed = next((number for number, (_, said) in enumerate(decided) if said.handover), None)
    asked = due is not None and decided[due][1].outcome == "ask"
    return _Talk(due, handed, tuple(row.ambiguous for row, _ in decided), asked)
