"""What `handover eval` does: read, replay, print, and keep the run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from eval.dataset import Dataset, read_dataset
from eval.deciders import Decider, build_decider
from eval.evaluate import Evaluation, evaluate
from eval.figures.prevalence import Assumed
from eval.output import console, write_json
from eval.program import program
from eval.replay import DEFAULT_NOW
from eval.report import AnswerUse, answer_use, print_answers, print_report, to_json
from eval.runs import predictions_table, write_run
from eval.views import View
from handover_rules.detectors import REASONS, AnswerMode, AnswerStore
from handover_rules.errors import AnswerMissing, HandoverError, RulesetError, UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.render import as_text
from handover_rules.ruleset import Ruleset

__all__ = ["EvalOptions", "run_eval"]


_EACH: dict[str, Literal["local", "all"]] = {"asked": "local", "all": "all"}


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """The command's options as given. `runs` None keeps no run; `json_to` "-" is standard output."""

    files: tuple[Path, ...]
    ruleset: Path
    detector: str | None
    view: View
    offline: bool
    require_answers: bool
    refresh: bool
    answers: Path
    env: bool
    json_to: str | None
    runs: Path | None
    now: str | None
    scores: Literal["asked", "all"]
    assumed: Assumed
    floor: int
    split: str | None


def run_eval(options: EvalOptions) -> int:
    """Evaluate; the exit code: 0 measured, 2 wrong usage, data or rules, 3 a required answer is missing."""
    errors = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    # What could not be answered is summed up at the end; a line for every message would bury it.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    started_at = datetime.now(UTC)
    try:
        mode = _mode(options)
        now = _now(options.now)
        ruleset = load_ruleset(options.ruleset, os.environ if options.env else None)
        dataset = read_dataset(options.files)
        if options.split is not None:
            dataset = dataset.of_split(options.split)
        store = AnswerStore(options.answers)
        decider = build_decider(
            ruleset, options.detector, os.environ, answers=store, mode=mode, each=_EACH[options.scores]
        )
        with _progress(dataset) as progress:
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
        uses = answer_use(decider.detectors, store)
        record = _record(options, mode, now, ruleset, dataset, decider, found, uses)
        try:
            _show(options, found, uses, record)
            for line in _unanswered(found):
                errors.print(line)
        finally:
            # Also where nobody reads the report to its end (`| head`): what was asked has been paid.
            if options.runs is not None:
                files = list(zip(dataset.files, found.predictions, strict=True))
                table = predictions_table(files, options.view, tuple(decider.detectors))
                errors.print(f"run kept in {write_run(options.runs, record, table, started_at)}")
    except RulesetError as error:
        errors.print(as_text(error.problems, error.sources))
        return 2
    except HandoverError as error:
        errors.print(f"handover: {error}")
        return 3 if isinstance(error, AnswerMissing) else 2
    if not any(file.counted for file in found.report.files):
        errors.print(
            f"handover: no message counts in the {options.view} view: rows need a `label`, see docs/evaluation.md"
        )
        return 2
    return 0


def _mode(options: EvalOptions) -> AnswerMode:
    chosen: dict[AnswerMode, bool] = {
        "offline": options.offline,
        "require": options.require_answers,
        "refresh": options.refresh,
    }
    modes = [mode for mode, given in chosen.items() if given]
    if len(modes) > 1:
        raise UsageError("--offline, --require-answers and --refresh exclude each other; give one of them")
    return modes[0] if modes else "record"


def _now(text: str | None) -> datetime:
    if text is None:
        return DEFAULT_NOW
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        now = None
    if now is None or now.utcoffset() is None:
        raise UsageError(f"--now is {text!r}; expected a time with its offset, such as 2026-01-05T12:00:00+00:00")
    return now


@contextmanager
def _progress(dataset: Dataset) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal; gives what is to be called with the rows done."""
    errors = Console(stderr=True)
    columns = (TextColumn("deciding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=sum(len(file.rows) for file in dataset.files))
        yield lambda rows_done: bar.advance(task, rows_done)


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
        "answers": [asdict(use) for use in uses],
        "report": to_json(found.report),
    }


def _show(options: EvalOptions, found: Evaluation, uses: tuple[AnswerUse, ...], record: dict[str, object]) -> None:
    if options.json_to is not None:
        write_json("--json", options.json_to, record)
        if options.json_to == "-":
            return
    out = console()
    print_report(found.report, out)
    print_answers(uses, out)


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
