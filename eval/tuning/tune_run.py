"""What `handover tune` does: decide every message at every threshold, choose one, show it, and write it if asked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import find_files, read_dataset
from eval.figures.curve import SweptMessage, counted
from eval.figures.prevalence import Assumed
from eval.output import console, write_json
from eval.sweep import sweep
from eval.tuning.certify import Refused
from eval.tuning.goal import Goal, read_goal
from eval.tuning.report import print_tuned, to_json
from eval.tuning.tune import Tuned, chosen_threshold, tune
from eval.views import View
from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.edit import set_threshold
from handover_rules.ruleset import Ruleset

__all__ = ["TuneOptions", "run_tune"]

_TRAINED_ON = "train"


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """The command's options as given."""

    threshold: str | None
    data: tuple[Path, ...]
    goal: str | None
    assumed: Assumed
    ruleset: Path
    view: View
    split: str | None
    answers: Path
    write: bool
    json_to: str | None


def run_tune(options: TuneOptions) -> int:
    """Choose and show; the exit code: 0 chosen, 1 the goal cannot be promised.

    Raises RulesetError, DataError, UsageError and what a detector raises.
    """
    ruleset = load_ruleset(options.ruleset, None)
    name = chosen_threshold(ruleset, options.threshold)
    goal = _goal(options, ruleset, name)
    dataset = read_dataset(find_files(options.data))
    dataset = dataset.without_split(_TRAINED_ON) if options.split is None else dataset.of_split(options.split)
    detectors = build_detectors(ruleset, os.environ, answers=AnswerStore(options.answers), mode="offline")
    swept = sweep(ruleset, name, dataset, detectors)
    messages: list[SweptMessage] = []
    for file, found in zip(dataset.files, swept, strict=True):
        messages += counted(file, found, options.view)
    if not messages:
        raise UsageError(f"no message counts in the {options.view} view: rows need a `label`, see docs/evaluation.md")
    tuned = tune(ruleset, name, dataset, messages, detectors, goal=goal, assumed=options.assumed, view=options.view)
    _show(options, tuned)
    return 1 if isinstance(tuned.found, Refused) else 0


def _goal(options: TuneOptions, ruleset: Ruleset, name: str) -> Goal | None:
    """The goal that was given, or else the one that the rules declare; None where costs were given."""
    if options.goal is not None and options.assumed.costs is not None:
        raise UsageError("--goal and --cost exclude each other: a threshold keeps a goal, or it costs least")
    if options.goal is not None:
        return read_goal(options.goal)
    declared = ruleset.thresholds[name].goal
    if options.assumed.costs is not None:
        return None
    if declared is None:
        raise UsageError(f"${name} has no goal in the rules; give one: --goal 'precision >= 0.95', or --cost 20:1")
    return read_goal(declared)


def _show(options: TuneOptions, tuned: Tuned) -> None:
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(tuned))
    if options.json_to != "-":
        print_tuned(tuned, console())
    if not options.write or tuned.value is None:
        return
    edit = set_threshold(options.ruleset, tuned.threshold, tuned.written)
    edit.write()
    if options.json_to != "-":
        # Not by the console, which would break the lines.
        print(f"\n{edit.name}:{edit.line}", *edit.lines, sep="\n")
