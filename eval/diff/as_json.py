"""A comparison of two rulesets as JSON values, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict

from eval.diff.difference import Diff
from eval.diff.flips import Flip

__all__ = ["to_json"]


def to_json(diff: Diff) -> dict[str, object]:
    """Fields as in the dataclasses, null for what is undefined; texts as the data have them.

    `groups` counts the flips by the rules that moved them, `flips` lists them, in the order of the groups.
    """
    value: dict[str, object] = {
        "before": asdict(diff.before),
        "after": asdict(diff.after),
        "same": diff.same,
        "view": diff.view,
        "margins": asdict(diff.margins),
        "verdict": diff.verdict,
        "files": [asdict(file) for file in diff.files],
        "groups": [
            {"before": group.before._asdict(), "after": group.after._asdict(), "flips": len(group.flips)}
            for group in diff.groups
        ],
        "flips": [_flip(flip) for group in diff.groups for flip in group.flips],
    }
    # Through JSON and back: tuples become lists, so that the value equals what a reader of the file gets.
    plain: dict[str, object] = json.loads(json.dumps(value))
    return plain


def _flip(flip: Flip) -> dict[str, object]:
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
