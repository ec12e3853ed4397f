"""A comparison of two rulesets as JSON values, for programs."""

from __future__ import annotations

from dataclasses import asdict

from eval.diff.difference import Difference, FileDifference
from eval.diff.flips import Flip
from eval.figures.metrics import Figures, wilson
from eval.output import as_plain

__all__ = ["figures_json", "flip_json", "to_json"]


def to_json(diff: Difference) -> dict[str, object]:
    """Fields as in the dataclasses, null for what is undefined; texts and ids as the data have them.

    What the reports show as false alarms per 1,000 is a share of the negative messages here, as recall is of the
    positive ones, in figures, margins and bounds alike: `false_alarm_rate`.
    `groups` counts the flips by the rules that moved them, `flips` lists them, in the order of the groups.
    """
    value = {
        "before": asdict(diff.before),
        "after": asdict(diff.after),
        "same": diff.same,
        "same_source": diff.same_source,
        "view": diff.view,
        "margins": asdict(diff.margins),
        "verdict": diff.verdict,
        "files": [_file(file) for file in diff.files],
        "groups": [
            {"before": group.before._asdict(), "after": group.after._asdict(), "flips": len(group.flips)}
            for group in diff.groups
        ],
        "flips": [flip_json(flip) for group in diff.groups for flip in group.flips],
    }
    return as_plain(value)


def _file(file: FileDifference) -> dict[str, object]:
    return asdict(file) | {"before": figures_json(file.before), "after": figures_json(file.after)}


def figures_json(figures: Figures) -> dict[str, object]:
    """Figures in which false alarms are a share as well."""
    value = asdict(figures)
    del value["false_alarms"]
    rate = wilson(figures.counts.fp, figures.counts.fp + figures.counts.tn)
    return value | {"false_alarm_rate": rate and asdict(rate)}


def flip_json(flip: Flip) -> dict[str, object]:
    """A message that flips."""
    row = flip.row
    return {
        "file": flip.file,
        "id": row.id,
        "text": row.text,
        "label": row.label,
        "language": row.language,
        "category": row.category,
        "before": {"outcome": flip.before.outcome, "rule": flip.before.rule},
        "after": {"outcome": flip.after.outcome, "rule": flip.after.rule},
        "kind": flip.kind,
    }
