"""What two runs found about the same messages, computed once: the reports only render it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from eval.compare.flips import flip_kind, flips_between, handed_over, is_decided, is_flip
from eval.compare.inputs import Changed, Files, changed_inputs, content_changed, sort_files
from eval.compare.joined import Joined, counted_by, join
from eval.compare.kept_run import KeptRun
from eval.decisions import TOGETHER
from eval.diff.difference import Group, groups_of
from eval.diff.flips import FlipKind
from eval.diff.paired import Paired, RightAndWrong, paired, right_and_wrong
from eval.figures.clusters import figures_by_conversation
from eval.figures.metrics import Figures
from handover_rules.errors import UsageError

__all__ = ["Comparison", "FileComparison", "compare_runs"]


@dataclass(frozen=True, slots=True)
class FileComparison:
    """One file, or all of them together.

    `before` and `after` are each run's figures, of the messages that its own view counts. All else is of the messages
    that both runs decided: `decided` have an outcome in both, `unanswered` lack one in a run. Of the decided ones
    `counted` count in both views: `positives` and `negatives`. `kinds` counts the flips, `other_rule` the messages with
    the same outcome by another rule. `moved` is None where none counts, `recall` and `false_alarm_rate` (of the
    negatives) where no message of that label does.
    """

    file: str
    sha256: str
    decided: int
    unanswered: int
    counted: int
    positives: int
    negatives: int
    kinds: Mapping[FlipKind, int]
    other_rule: int
    before: Figures
    after: Figures
    moved: RightAndWrong | None
    recall: Paired | None
    false_alarm_rate: Paired | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared. Where they share several files, the first of `compared` is all of them together.

    `alike` is whether both had the same view, split and decider on trial. `only_before` and `only_after` count the
    messages of shared files that one run alone decided. `lacking` are the columns that neither run kept: without
    `conversation_id` messages are taken as independent.
    """

    before: KeptRun
    after: KeptRun
    files: Files
    inputs: tuple[Changed, ...]
    only_before: int
    only_after: int
    lacking: tuple[str, ...]
    compared: tuple[FileComparison, ...]
    groups: tuple[Group, ...]

    @property
    def alike(self) -> bool:
        """Whether the figures answer the same question."""
        asked = [(run.view, run.trial, run.split) for run in (self.before, self.after)]
        return asked[0] == asked[1]


def compare_runs(before: KeptRun, after: KeptRun) -> Comparison:
    """Compare what two runs decided about the files that have the same content in both.

    Raises UsageError where there is no such file, DataError where predictions cannot be read.
    """
    files = sort_files(before, after)
    if not files.shared:
        changed = "".join(f"; {content_changed(*one)}" for one in files.changed)
        raise UsageError(f"{before.id} and {after.id} have no data file in common, so nothing can be compared{changed}")
    joined = join(before.predictions, after.predictions, files.shared)
    reported = [{file.path: file.figures for file in run.files} for run in (before, after)]
    compared = [
        _compared(
            shared.after,
            shared.sha256,
            [one for one in joined.messages if one.file == number],
            (reported[0][shared.before], reported[1][shared.after]),
        )
        for number, shared in enumerate(files.shared)
    ]
    if len(compared) > 1:
        hashes = "".join(shared.sha256 for shared in files.shared)
        figures = (
            _together(before.predictions, [shared.before for shared in files.shared]),
            _together(after.predictions, [shared.after for shared in files.shared]),
        )
        sha256 = hashlib.sha256(hashes.encode()).hexdigest()
        compared.insert(0, _compared(TOGETHER, sha256, joined.messages, figures))
    return Comparison(
        before=before,
        after=after,
        files=files,
        inputs=tuple(changed_inputs(before, after)),
        only_before=joined.only_before,
        only_after=joined.only_after,
        lacking=joined.lacking,
        compared=tuple(compared),
        groups=groups_of(flips_between(joined.messages, files.shared)),
    )


def _together(predictions: Path, files: Sequence[str]) -> Figures:
    """The figures of a run over these files, as `measure` makes them of one."""
    decided = counted_by(predictions, files)
    return figures_by_conversation(
        np.array([one.label == 1 for one in decided], dtype=np.bool_),
        np.array([one.handover for one in decided], dtype=np.bool_),
        [one.conversation for one in decided],
    )


def _compared(file: str, sha256: str, messages: Sequence[Joined], figures: tuple[Figures, Figures]) -> FileComparison:
    decided = [one for one in messages if is_decided(one)]
    kinds = Counter(flip_kind(one) for one in decided if is_flip(one))
    # By label: each message that counts, and whether it is handed over after and was not before.
    steps: dict[int, list[tuple[Hashable, int]]] = {0: [], 1: []}
    for one in decided:
        if one.counted and one.label is not None:
            conversation = None if one.conversation_id is None else (one.file, one.conversation_id)
            steps[one.label].append((conversation, handed_over(one.after) - handed_over(one.before)))
    counted = len(steps[0]) + len(steps[1])
    return FileComparison(
        file=file,
        sha256=sha256,
        decided=len(decided),
        unanswered=len(messages) - len(decided),
        counted=counted,
        positives=len(steps[1]),
        negatives=len(steps[0]),
        kinds={kind: kinds[kind] for kind in get_args(FlipKind) if kinds[kind]},
        other_rule=sum(not is_flip(one) and one.before.rule != one.after.rule for one in decided),
        before=figures[0],
        after=figures[1],
        moved=right_and_wrong(steps[1], steps[0]) if counted else None,
        recall=paired(steps[1]),
        false_alarm_rate=paired(steps[0]),
    )
