"""What `handover strategies` does: read the rulesets, decide all messages under each, and show the table."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from eval.ai_cost.before import Asking, asks, before_asking
from eval.ai_cost.questions import Questions
from eval.ai_cost.use import AnswerUse, Meter
from eval.ai_cost.wording import use_lines
from eval.dataset import Dataset, find_files, read_dataset
from eval.output import check_apart, console, write_json, write_text
from eval.progress import progress_bar
from eval.strategies.report import Stated, print_lines, to_json, to_markdown
from eval.strategies.strategies import Line, Strategy, compare, read_strategies, to_be_asked
from eval.views import View
from handover_rules.detectors import AnswerMode, AnswerStore, build_detectors
from handover_rules.errors import AnswerMissing, AskingStopped, UsageError

__all__ = ["StrategiesOptions", "run_strategies"]


@dataclass(frozen=True, slots=True)
class StrategiesOptions:
    """The command's options as given."""

    data: tuple[Path, ...]
    ruleset: Path
    strategies: Path
    down: str
    view: View
    split: str | None
    call_cost: float | None
    call_ms: float | None
    mode: AnswerMode
    answers: Path
    markdown_to: str | None
    json_to: str | None
    asking: Asking


def run_strategies(options: StrategiesOptions) -> int:
    """Compare and show; the exit code: 0 compared, 3 a required answer is missing, 4 the AI cannot be asked any more.

    Raises RulesetError, DataError, UsageError and what a detector raises.
    """
    errors = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    # What could not be answered is summed up at the end; a line for every message would bury it.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    check_apart(options.json_to, options.markdown_to)
    down = _shares(options.down)
    strategies = read_strategies(options.ruleset, options.strategies)
    dataset = read_dataset(find_files(options.data))
    if options.split is not None:
        dataset = dataset.of_split(options.split)
    store = AnswerStore(options.answers)
    if not _may_go_on(options, strategies, dataset, store, down, errors):
        return 0
    meter = Meter(store)
    try:
        lines = compare(
            strategies,
            dataset,
            os.environ,
            answers=store,
            mode=options.mode,
            view=options.view,
            down=down,
            meter=meter,
        )
    except AnswerMissing as error:
        errors.print(f"handover: {error}")
        return 3
    except AskingStopped as error:
        for line in use_lines(meter.uses()):
            errors.print(line)
        errors.print(f"handover: {error}")
        return 4
    _show(options, lines, meter.uses())
    return 0


def _may_go_on(
    options: StrategiesOptions,
    strategies: Sequence[Strategy],
    dataset: Dataset,
    store: AnswerStore,
    down: Sequence[float],
    errors: Console,
) -> bool:
    """Whether to compare: see `before_asking`."""
    built = (build_detectors(one.ruleset, os.environ, answers=store, mode=options.mode) for one in strategies)
    if not options.asking.estimate and not any(asks(detectors) for detectors in built):
        return True

    def look() -> Questions:
        with progress_bar("counting", dataset, len(strategies)) as progress:
            return to_be_asked(strategies, dataset, os.environ, answers=store, down=down, progress=progress)

    return before_asking(options.asking, look, store, errors, options.json_to)


def _show(options: StrategiesOptions, lines: Sequence[Line], uses: Sequence[AnswerUse]) -> None:
    stated = Stated(options.call_cost, options.call_ms)
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(lines, stated, uses))
    if options.markdown_to is not None:
        write_text("--markdown", options.markdown_to, to_markdown(lines, stated, uses))
    if "-" not in (options.json_to, options.markdown_to):
        print_lines(lines, stated, uses, console())


def _shares(text: str) -> list[float]:
    """The shares of `0,10,100`, each once, as they were given."""
    try:
        shares = list(dict.fromkeys(float(part) / 100 for part in text.split(",")))
    except ValueError:
        shares = []
    if not shares or not all(0 <= share <= 1 for share in shares):
        raise UsageError(f"--down is {text!r}; expected percentages from 0 to 100, such as 0,10,100")
    return shares
