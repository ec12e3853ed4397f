"""What `handover errors` does: find wrong decisions or wrong labels, show them, and write what can be edited."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

from eval.dataset import Dataset, Row, find_files, read_dataset
from eval.deciders import build_decider
from eval.errors.explained import local_detectors
from eval.errors.export import check_export, write_export
from eval.errors.find import find_errors
from eval.errors.report import Subject, errors_json, print_errors, print_suspicious, suspicious_json
from eval.errors.suspicious import find_suspicious
from eval.errors.wrong import WrongKind
from eval.output import console, write_json
from eval.views import View
from handover_rules.condition_trees import find_rule
from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.errors import UsageError
from handover_rules.problems import did_you_mean
from handover_rules.rulefile import load_ruleset

__all__ = ["ErrorsOptions", "run_errors"]


@dataclass(frozen=True, slots=True)
class ErrorsOptions:
    """The command's options as given. `most` messages of a kind are printed; JSON and the export have all."""

    data: tuple[Path, ...]
    ruleset: Path
    detector: str | None
    view: View
    split: str | None
    kind: WrongKind | None
    category: str | None
    language: str | None
    rule: str | None
    most: int
    suspicious: bool
    answers: Path
    export: Path | None
    json_to: str | None


def run_errors(options: ErrorsOptions) -> None:
    """List wrong decisions, or wrong labels. Raises what reading, deciding and writing raise."""
    # What could not be answered would be a line for every message.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    if options.suspicious:
        _list_suspicious(options)
    else:
        _list_errors(options)


def _list_errors(options: ErrorsOptions) -> None:
    ruleset = load_ruleset(options.ruleset)
    if options.rule is not None:
        find_rule(ruleset, options.rule)
    store = AnswerStore(options.answers)
    # Where answers were recorded from another address than the usual one, they are found by it (OPENAI_BASE_URL).
    decider = build_decider(ruleset, options.detector, os.environ, answers=store, mode="offline")
    if options.rule is not None and decider.bound is not None:
        raise UsageError(f"--rule and --detector {options.detector} exclude each other: a detector alone has no rules")
    detectors = build_detectors(ruleset, {}, answers=store, mode="offline")
    errors = find_errors(
        _dataset(options),
        decider,
        local_detectors(detectors),
        options.view,
        offer_open_for=ruleset.offer_open_for,
        among=lambda row: _is_meant(options, row),
        listed=lambda one: options.kind in (None, one.kind) and options.rule in (None, one.said.rule),
    )
    subject = Subject(ruleset.name, ruleset.hash, options.detector, decider.bound)
    if options.export is not None:
        write_export(options.export, [(one.wrong.file, one.wrong.number, one.beside) for one in errors.listed])
    if options.json_to is not None:
        write_json("--json", options.json_to, errors_json(subject, errors))
    if options.json_to != "-":
        print_errors(subject, errors, options.most, console())


def _list_suspicious(options: ErrorsOptions) -> None:
    for option, given in (("detector", options.detector), ("kind", options.kind), ("rule", options.rule)):
        if given is not None:
            raise UsageError(f"--suspicious and --{option} exclude each other: labels are judged without any decision")
    doubts = find_suspicious(_dataset(options), options.view)
    # The model learns from all messages, whichever are listed.
    doubts = replace(doubts, suspicious=tuple(one for one in doubts.suspicious if _is_meant(options, one.row)))
    if options.export is not None:
        write_export(options.export, [(one.file, one.number, one.beside) for one in doubts.suspicious])
    if options.json_to is not None:
        write_json("--json", options.json_to, suspicious_json(doubts))
    if options.json_to != "-":
        print_suspicious(doubts, options.most, console())


def _dataset(options: ErrorsOptions) -> Dataset:
    """The messages of the split. Raises UsageError where none has the category or language that is asked for."""
    dataset = read_dataset(find_files(options.data))
    if options.export is not None:
        check_export(options.export, dataset.files)
    if options.split is not None:
        dataset = dataset.of_split(options.split)
    rows = [row for file in dataset.files for row in file.rows]
    for option, value, known in (
        ("category", options.category, {row.category for row in rows if row.category}),
        ("language", options.language, {_language(row) for row in rows if row.language}),
    ):
        if value is not None and value not in known:
            hint = did_you_mean(value, known) or "expected one that the messages have"
            raise UsageError(f"--{option} {value}: no message has it; {hint}")
    return dataset


def _is_meant(options: ErrorsOptions, row: Row) -> bool:
    return options.category in (None, row.category) and options.language in (None, _language(row))


def _language(row: Row) -> str:
    return (row.language or "").lower()
