"""What is put on trial on the page *Evaluation*, what each decided, and how right that was; all of it is kept.

Everything is offline: a detector that asks elsewhere answers what is recorded, and is unavailable for the rest.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from eval.dataset import DataFile
from eval.deciders import PATTERNS, Decider, Prediction, build_decider
from eval.figures.measure import FileReport, measure_together
from eval.replay import replay
from eval.views import View
from eval.workbench.choices import ChosenData, stamp
from eval.workbench.kept import ANSWERS, decisions_of
from handover_rules.bounds import detector_bound
from handover_rules.detectors import AnswerStore
from handover_rules.ruleset import Ruleset

__all__ = ["Contender", "Trial", "contenders", "contents", "known_trials", "measured", "put_on_trial"]

_KINDS = {"linear": "Local model alone", "openai": "AI alone"}


@dataclass(frozen=True, slots=True)
class Contender:
    """Who can be put on trial: `only` is what `build_decider` takes, `title` and `note` are for people."""

    only: str | None
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a contender decided: for each file one prediction a row. `key` changes with all that it depends on.

    Labels are not of that: after one is corrected, the trial stands and its figures are new.
    """

    contender: Contender
    decider: Decider
    predictions: Mapping[str, tuple[Prediction | None, ...]]
    key: str


def contenders(ruleset: Ruleset) -> list[Contender]:
    """The whole ruleset, its patterns alone, and each detector that has a score to hand over from, cheapest first."""
    found = [
        Contender(None, "Whole ruleset", "as the service decides"),
        Contender(PATTERNS, "Patterns alone", "its rules without any score"),
    ]
    kinds = Counter(spec.kind for spec in ruleset.detectors.values())
    for name, spec in sorted(ruleset.detectors.items(), key=lambda item: item[1].cost):
        bound = detector_bound(ruleset, name)
        if bound is not None:
            title = _KINDS[spec.kind] + ("" if kinds[spec.kind] == 1 else f" ({name})")
            found.append(Contender(name, title, f"score of {name} from {bound:g}"))
    return found


def known_trials(ruleset: Ruleset, data: ChosenData) -> dict[str | None, Trial]:
    """The trials that were held already, by `only`; none once rules, messages or answers have changed."""
    return _trials(_key(ruleset, data))


def put_on_trial(ruleset: Ruleset, data: ChosenData, contender: Contender) -> Trial:
    """Decide every message, or take what was decided already.

    Raises DetectorError for a detector that cannot be built, AnswerStoreError for answers that cannot be read.
    """
    trials = known_trials(ruleset, data)
    if contender.only not in trials:
        decider = build_decider(ruleset, contender.only, os.environ, answers=AnswerStore(ANSWERS), mode="offline")
        if contender.only is None:
            decided = decisions_of(ruleset, data)
        else:
            decided = tuple(
                asyncio.run(replay(file.rows, decider, offer_open_for=ruleset.offer_open_for))
                for file in data.dataset.files
            )
        predictions = {file.path: made for file, made in zip(data.dataset.files, decided, strict=True)}
        key = f"{contender.only}|{_key(ruleset, data)}"
        trials[contender.only] = Trial(contender, decider, predictions, key)
    return trials[contender.only]


def measured(trial: Trial, files: tuple[DataFile, ...], view: View) -> FileReport:
    """The figures of a trial over these files taken together, by the labels that they have now."""
    return _measured(trial, files, trial.key, contents(files), view)


def contents(files: Iterable[DataFile]) -> tuple[tuple[str, str], ...]:
    """Changes with the files and with what is in them, labels too."""
    return tuple((file.path, file.sha256) for file in files)


def _key(ruleset: Ruleset, data: ChosenData) -> str:
    # The files' times as well as the hash: a comment moves the lines that a trace names.
    return f"{ruleset.hash}|{stamp([*ruleset.files, str(ANSWERS)])}|{data.said}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _trials(key: str) -> dict[str | None, Trial]:
    return {}


@st.cache_resource(max_entries=200, show_spinner=False)
def _measured(
    _trial: Trial, _files: tuple[DataFile, ...], key: str, content: tuple[tuple[str, str], ...], view: View
) -> FileReport:
    fingerprints = {name: detector.fingerprint for name, detector in _trial.decider.detectors.items()}
    only = _trial.contender.only
    bounds = {only: _trial.decider.bound} if only in fingerprints else {}
    predictions = [_trial.predictions[file.path] for file in _files]
    return measure_together(_files, predictions, view, fingerprints, bounds=bounds, floor=1)
