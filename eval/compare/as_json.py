"""A comparison of two runs as JSON values, for programs."""

from __future__ import annotations

from dataclasses import asdict

from eval.compare.comparison import Comparison, FileComparison
from eval.compare.kept_run import KeptRun
from eval.diff.as_json import figures_json, flip_json
from eval.output import as_plain

__all__ = ["to_json"]


def to_json(found: Comparison) -> dict[str, object]:
    """Fields as in the dataclasses, null for what is undefined; texts and ids as the data have them.

    A flip's text is empty where the data file is not what it was. Shares are fractions throughout, as in the JSON of
    `handover diff`.
    """
    value = {
        "before": _run(found.before),
        "after": _run(found.after),
        "alike": found.alike,
        "inputs": [asdict(one) for one in found.inputs],
        "files": asdict(found.files),
        "only_before": found.only_before,
        "only_after": found.only_after,
        "lacking": list(found.lacking),
        "compared": [_file(file) for file in found.compared],
        "groups": [
            {"before": group.before._asdict(), "after": group.after._asdict(), "flips": len(group.flips)}
            for group in found.groups
        ],
        "flips": [flip_json(flip) for group in found.groups for flip in group.flips],
    }
    return as_plain(value)


def _run(run: KeptRun) -> dict[str, object]:
    return {"id": run.id, "view": run.view, "trial": run.trial, "split": run.split, "inputs": dict(run.inputs)}


def _file(file: FileComparison) -> dict[str, object]:
    return asdict(file) | {"before": figures_json(file.before), "after": figures_json(file.after)}
