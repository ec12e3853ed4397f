"""What two rulesets make of the same messages, computed once: the reports only render it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple, get_args

from eval.dataset import Dataset
from eval.decisions import TOGETHER, Decisions, figures_of
from eval.diff.flips import Flip, FlipKind, compare, pairs
from eval.diff.paired import RightAndWrong, Steps, paired, right_and_wrong
from eval.diff.usage import Usage, usage
from eval.diff.verdict import Judgement, Verdict, judge, together
from eval.figures.metrics import Figures
from eval.views import View, left_out
from handover_rules.decision import Outcome

__all__ = ["Difference", "FileDifference", "Group", "Judged", "Margins", "Said", "Side", "difference", "groups_of"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two rulesets: where it was read, its name and its hash."""

    source: str
    ruleset: str
    hash: str


@dataclass(frozen=True, slots=True)
class Margins:
    """A change that takes so much of the recall, or adds so many false alarms a negative message, is worse."""

    recall: float
    false_alarm_rate: float


@dataclass(frozen=True, slots=True)
class Judged(RightAndWrong):
    """What the messages that count say of the change."""

    verdict: Verdict
    recall: Judgement
    false_alarm_rate: Judgement


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One file, or all of them together.

    `decided` messages have an outcome; `counted` of them count in the view: `positives` and `negatives`. `kinds` counts
    the flips, `other_rule` the messages with the same outcome by another rule. `judged` is None where none counts.
    """

    file: str
    sha256: str
    rows: int
    decided: int
    counted: int
    positives: int
    negatives: int
    kinds: Mapping[FlipKind, int]
    other_rule: int
    before: Figures
    after: Figures
    judged: Judged | None
    usage: Usage


class Said(NamedTuple):
    """An outcome, and the rule that decided it (None: no rule did)."""

    outcome: Outcome | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The flips from one outcome and rule to another, the worst first."""

    before: Said
    after: Said
    flips: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two rulesets compared. Where there are several files, the first of `files` is all of them together.

    The verdict is `worse` where any file becomes worse, since no file makes good another; else it is that of all files
    together. It is None where no message counts. But it is `no flips` where every message, counted or not, keeps its
    outcome: nothing got worse on these, whatever the margins say of others. Rulesets of one hash decide alike: then
    nothing is decided, the verdict is `no flips`, and there are no files and no groups. `same_source` is whether both
    are not only alike but read from one place.
    """

    before: Side
    after: Side
    view: View
    margins: Margins
    verdict: Verdict | Literal["no flips"] | None
    same_source: bool = False
    files: tuple[FileDifference, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both rulesets say the same."""
        return self.before.hash == self.after.hash


def difference(
    sides: tuple[Side, Side],
    paid: Sequence[str],
    dataset: Dataset,
    decisions: tuple[Decisions, Decisions],
    view: View,
    margins: Margins,
) -> Difference:
    """Compare what two rulesets, before and after a change, decided about the messages of a dataset.

    `paid` are the detectors whose questions are counted.
    """
    parts = [
        _Part(file.path, file.sha256, Dataset((file,)), ((was,), (is_now,)))
        for file, was, is_now in zip(dataset.files, *decisions, strict=True)
    ]
    if len(parts) > 1:
        hashes = "".join(file.sha256 for file in dataset.files)
        parts.insert(0, _Part(TOGETHER, hashlib.sha256(hashes.encode()).hexdigest(), dataset, decisions))
    before, after = (figures_of(dataset, decided, view) for decided in decisions)
    files = tuple(_file_difference(part, before[part.name], after[part.name], paid, view, margins) for part in parts)
    verdicts = [None if file.judged is None else file.judged.verdict for file in files]
    flips = compare(dataset, *decisions, view).flips
    unmoved = not flips and files[0].decided > 0
    return Difference(
        before=sides[0],
        after=sides[1],
        view=view,
        margins=margins,
        verdict="no flips" if unmoved else "worse" if "worse" in verdicts else verdicts[0],
        files=files,
        groups=groups_of(flips),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One file or all of them, and what both rulesets decided about it."""

    name: str
    sha256: str
    dataset: Dataset
    decisions: tuple[Decisions, Decisions]


def _file_difference(
    part: _Part, before: Figures, after: Figures, paid: Sequence[str], view: View, margins: Margins
) -> FileDifference:
    comparison = compare(part.dataset, *part.decisions, view)
    kinds = Counter(flip.kind for flip in comparison.flips)
    decided = list(pairs(part.dataset, *part.decisions))
    # By label: each message that counts, and whether it is handed over now and was not before.
    steps: dict[int, list[tuple[Hashable, int]]] = {0: [], 1: []}
    for file, row, old, new in decided:
        if row.label is not None and left_out(row, view) is None:
            conversation = None if row.conversation_id is None else (file, row.conversation_id)
            steps[row.label].append((conversation, bool(new.handover) - bool(old.handover)))
    counted = len(steps[0]) + len(steps[1])
    return FileDifference(
        file=part.name,
        sha256=part.sha256,
        rows=sum(len(file.rows) for file in part.dataset.files),
        decided=len(decided),
        counted=counted,
        positives=len(steps[1]),
        negatives=len(steps[0]),
        kinds={kind: kinds[kind] for kind in get_args(FlipKind) if kinds[kind]},
        other_rule=comparison.other_rule,
        before=before,
        after=after,
        judged=_judged(steps, margins) if counted else None,
        usage=usage([old for _, _, old, _ in decided], [new for _, _, _, new in decided], paid),
    )


def _judged(steps: Mapping[int, Steps], margins: Margins) -> Judged:
    recall = judge(paired(steps[1]), margins.recall, harm="fall")
    false_alarm_rate = judge(paired(steps[0]), margins.false_alarm_rate, harm="rise")
    return Judged(
        **asdict(right_and_wrong(steps[1], steps[0])),
        verdict=together((recall, false_alarm_rate)),
        recall=recall,
        false_alarm_rate=false_alarm_rate,
    )


def groups_of(flips: Iterable[Flip]) -> tuple[Group, ...]:
    """The largest first; within a group the order of the flips stays."""
    groups: dict[tuple[Said, Said], list[Flip]] = {}
    for flip in flips:
        before, after = (Said(one.outcome, one.rule) for one in (flip.before, flip.after))
        groups.setdefault((before, after), []).append(flip)
    by_size = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(Group(before, after, tuple(members)) for (before, after), members in by_size)
