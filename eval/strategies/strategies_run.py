"""What `handover strategies` does: read the rulesets, decide all messages under each, and show the table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from eval.dataset import find_files, read_dataset
from eval.output import console, write_json, write_text
from eval.strategies.report import Stated, print_lines, to_json, to_markdown
from eval.strategies.strategies import compare, read_strategies
from eval.views import View
from handover_rules.detectors import AnswerMode, AnswerStore
from handover_rules.errors import AnswerMissing, UsageError

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


def run_strategies(options: StrategiesOptions) -> int:
    """Compare and show; the exit code: 0 compared, 3 a required answer is missing.

    Raises RulesetError, DataError, UsageError and what a detector raises.
    """
    down = _shares(options.down)
    strategies = read_strategies(options.ruleset, options.strategies)
    dataset = read_dataset(find_files(options.data))
    if options.split is not None:
        dataset = dataset.of_split(options.split)
    try:
        lines = compare(
            strategies,
            dataset,
            os.environ,
            answers=AnswerStore(options.answers),
            mode=options.mode,
            view=options.view,
            down=down,
        )
    except AnswerMissing as error:
        Console(stderr=True, markup=False, highlight=False, soft_wrap=True).print(f"handover: {error}")
        return 3
    stated = Stated(options.call_cost, options.call_ms)
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(lines, stated))
    if options.markdown_to is not None:
        write_text("--markdown", options.markdown_to, to_markdown(lines, stated))
    if "-" not in (options.json_to, options.markdown_to):
        print_lines(lines, stated, console())
    return 0


def _shares(text: str) -> list[float]:
    """The shares of `0,10,100`, each once, as they were given."""
    try:
        shares = list(dict.fromkeys(float(part) / 100 for part in text.split(",")))
    except ValueError:
        shares = []
    if not shares or not all(0 <= share <= 1 for share in shares):
        raise UsageError(f"--down is {text!r}; expected percentages from 0 to 100, such as 0,10,100")
    return shares
