"""Two rulesets on the same messages: which of them flip, and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from eval.dataset import Dataset, Row
from eval.deciders import Prediction
from eval.decisions import Decisions
from eval.views import View, left_out

__all__ = ["BETTER", "WORSE", "Comparison", "Flip", "FlipKind", "compare", "kind_of", "pairs", "worst_first"]

# What a flip means, the worst first. `no_handover`: the message is handed over neither before nor after (an offer comes
# or goes). `unlabelled`: nobody said what is right. `uncounted`: the view leaves the message out.
FlipKind: TypeAlias = Literal[
    "lost_catch", "new_false_alarm", "new_catch", "false_alarm_gone", "no_handover", "unlabelled", "uncounted"
]
WORSE: frozenset[FlipKind] = frozenset({"lost_catch", "new_false_alarm"})
BETTER: frozenset[FlipKind] = frozenset({"new_catch", "false_alarm_gone"})

_ORDER = {kind: number for number, kind in enumerate(get_args(FlipKind))}


@dataclass(frozen=True, slots=True)
class Flip:
    """A message whose outcome changes."""

    file: str
    row: Row
    before: Prediction
    after: Prediction
    kind: FlipKind


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rulesets on the same messages: those whose outcome differs, the worst first.

    `other_rule` is how many have the same outcome by another rule.
    """

    flips: tuple[Flip, ...]
    other_rule: int

    @property
    def counted(self) -> tuple[Flip, ...]:
        """The flips of messages that the view counts."""
        return tuple(flip for flip in self.flips if flip.kind not in ("unlabelled", "uncounted"))


def compare(dataset: Dataset, before: Decisions, after: Decisions, view: View) -> Comparison:
    """What differs between the decisions of two rulesets."""
    flips = []
    other_rule = 0
    for file, row, old, new in pairs(dataset, before, after):
        if old.outcome != new.outcome:
            kind = kind_of(row.label, left_out(row, view) is None, old.handover, new.handover)
            flips.append(Flip(file, row, old, new, kind))
        elif old.rule != new.rule:
            other_rule += 1
    return Comparison(worst_first(flips), other_rule)


def worst_first(flips: Iterable[Flip]) -> tuple[Flip, ...]:
    """In the order of FlipKind; those of one kind stay in theirs."""
    return tuple(sorted(flips, key=lambda flip: _ORDER[flip.kind]))


def pairs(dataset: Dataset, before: Decisions, after: Decisions) -> Iterator[tuple[str, Row, Prediction, Prediction]]:
    """Every decided message with its file's path and both decisions."""
    for file, was, is_now in zip(dataset.files, before, after, strict=True):
        for row, old, new in zip(file.rows, was, is_now, strict=True):
            if old is not None and new is not None:
                yield file.path, row, old, new


def kind_of(label: int | None, counted: bool, before: bool | None, after: bool | None) -> FlipKind:
    """What a flip means, from whether its message is handed over before and after."""
    if label is None:
        return "unlabelled"
    if not counted:
        return "uncounted"
    if before == after:
        return "no_handover"
    if label:
        return "new_catch" if after else "lost_catch"
    return "new_false_alarm" if after else "false_alarm_gone"
