"""What `handover eval` does: read, replay, print, and keep the run."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from rich.console import Console
from rich.text import Text

from eval.ai_cost.before import asks, before_asking
from eval.ai_cost.questions import Questions
from eval.ai_cost.use import AnswerUse, Meter
from eval.ai_cost.wording import use_lines
from eval.dataset import Dataset, read_dataset
from eval.deciders import Decider, build_decider
from eval.eval_options import EvalOptions, answer_mode, stated_now
from eval.evaluate import Evaluation, evaluate
from eval.markdown import to_markdown
from eval.output import check_apart, console, write_json, write_text
from eval.program import program
from eval.progress import progress_bar
from eval.report import print_report, to_json
from eval.runs import predictions_table, write_run
from handover_rules.detectors import REASONS, AnswerMode, AnswerStore
from handover_rules.errors import AnswerMissing, AskingStopped, HandoverError, RulesetError, UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.render import as_text
from handover_rules.ruleset import Ruleset

__all__ = ["run_eval"]


_EACH: dict[str, Literal["local", "all"]] = {"asked": "local", "all": "all"}


def run_eval(options: EvalOptions) -> int:
    """Evaluate; the exit code: 0 measured, 2 wrong usage, data or rules, 3 a required answer is missing, 4 stopped
    because the AI cannot be asked any more.
    """
    errors = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    # What could not be answered is summed up at the end; a line for every message would bury it.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    try:
        return _run(options, errors)
    except RulesetError as error:
        errors.print(as_text(error.problems, error.sources))
        return 2
    except HandoverError as error:
        errors.print(f"handover: {error}")
        return 4 if isinstance(error, AskingStopped) else 3 if isinstance(error, AnswerMissing) else 2


def _run(options: EvalOptions, errors: Console) -> int:
    started_at = datetime.now(UTC)
    check_apart(options.json_to, options.markdown_to)
    mode = answer_mode(options)
    now = stated_now(options.now)
    ruleset = load_ruleset(options.ruleset, os.environ if options.env else None)
    dataset = read_dataset(options.files)
    if options.split is not None:
        dataset = dataset.of_split(options.split)
    store = AnswerStore(options.answers)
    decider = _decider(options, ruleset, store, mode)
    if options.asking.estimate or asks(decider.detectors):

        def look() -> Questions:
            questions = Questions(again=options.refresh)
            with progress_bar("counting", dataset) as progress:
                offline = _decider(options, ruleset, store, "offline")
                questions.look(ruleset, offline, dataset.files, now=now, progress=progress)
            return questions

        if not before_asking(options.asking, look, store, errors, options.json_to):
            return 0
    meter = Meter(store)
    try:
        with progress_bar("deciding", dataset) as progress:
            found = evaluate(
                ruleset,
                dataset,
                decider,
                view=options.view,
                detector=options.detector,
                assumed=options.assumed,
                floor=options.floor,
                now=now,
                progress=progress,
            )
    except AskingStopped:
        meter.add(decider.detectors)
        for line in use_lines(meter.uses()):
            errors.print(Text(line))
        raise
    meter.add(decider.detectors)
    uses = meter.uses()
    record = _record(options, mode, now, ruleset, dataset, decider, found, uses)
    try:
        _show(options, found, uses, record)
        for unanswered in _unanswered(found):
            errors.print(unanswered)
    finally:
        # Also where nobody reads the report to its end (`| head`): what was asked has been paid.
        if options.runs is not None:
            files = list(zip(dataset.files, found.predictions, strict=True))
            table = predictions_table(files, options.view, tuple(decider.detectors))
            errors.print(f"run kept in {write_run(options.runs, record, table, started_at)}")
    if not any(file.counted for file in found.report.files):
        raise UsageError(f"no message counts in the {options.view} view: rows need a `label`, see docs/evaluation.md")
    return 0


def _decider(options: EvalOptions, ruleset: Ruleset, store: AnswerStore, mode: AnswerMode) -> Decider:
    return build_decider(ruleset, options.detector, os.environ, answers=store, mode=mode, each=_EACH[options.scores])


def _record(
    options: EvalOptions,
    mode: AnswerMode,
    now: datetime,
    ruleset: Ruleset,
    dataset: Dataset,
    decider: Decider,
    found: Evaluation,
    uses: tuple[AnswerUse, ...],
) -> dict[str, object]:
    """What a run keeps: its inputs by hash, and what it found."""
    return {
        "program": program(),
        "ruleset": {
            "path": str(options.ruleset),
            "name": ruleset.name,
            "hash": ruleset.hash,
            "environment": options.env,
        },
        "files": [{"path": file.path, "sha256": file.sha256, "rows": len(file.rows)} for file in dataset.files],
        "split": options.split,
        "view": options.view,
        "detector": options.detector,
        "mode": mode,
        "now": now.isoformat(),
        "detectors": {name: detector.fingerprint for name, detector in sorted(decider.detectors.items())},
        "answers": [use.as_json() for use in uses],
        "report": to_json(found.report),
    }


def _show(options: EvalOptions, found: Evaluation, uses: tuple[AnswerUse, ...], record: dict[str, object]) -> None:
    if options.json_to is not None:
        write_json("--json", options.json_to, record)
    if options.markdown_to is not None:
        write_text("--markdown", options.markdown_to, to_markdown(found.report, uses))
    if "-" in (options.json_to, options.markdown_to):
        return
    out = console()
    print_report(found.report, out)
    for line in use_lines(uses):
        out.print(Text(line))


def _unanswered(found: Evaluation) -> Iterator[Text]:
    """One line for every detector and reason for which questions stayed without an answer."""
    totals: dict[tuple[str, str], int] = {}
    for file in found.report.files:
        for use in file.detectors:
            for reason, n in use.unavailable.items():
                totals[use.name, reason] = totals.get((use.name, reason), 0) + n
    for (name, reason), n in sorted(totals.items()):
        if reason in REASONS:
            yield Text(f"detector {name} gave no answer to {n:,} message{'' if n == 1 else 's'}: {REASONS[reason]}")
