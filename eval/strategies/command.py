"""The command `handover strategies`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import (
    Answers,
    EstimateOnly,
    FoundData,
    JsonTo,
    ManyFiles,
    MarkdownTo,
    MaxCost,
    RulesPath,
    Split,
    ViewName,
    ViewOption,
    Yes,
)
from handover_rules.errors import UsageError

__all__ = ["register"]

_DATASETS = [Path("datasets")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("strategies", cls=ManyFiles)(strategies_command)


def strategies_command(
    data: FoundData = _DATASETS,
    ruleset: RulesPath = Path("rules"),
    strategies: Annotated[
        Path | None,
        typer.Option(help="The folder with other detectors.yaml.", show_default="strategies/ beside the rules"),
    ] = None,
    down: Annotated[
        str, typer.Option(metavar="PERCENT,...", help="For how many of its calls the AI is down.")
    ] = "0,10,100",
    view: ViewOption = ViewName.strict,
    split: Split = None,
    call_cost: Annotated[float | None, typer.Option(min=0, help="What an answered call costs.")] = None,
    call_ms: Annotated[float | None, typer.Option(min=0, help="How long a call takes, in milliseconds.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="No network: an answer that is not recorded is unavailable.")
    ] = False,
    require_answers: Annotated[
        bool, typer.Option("--require-answers", help="No network: stop (exit 3) when an answer is not recorded.")
    ] = False,
    estimate: EstimateOnly = False,
    yes: Yes = False,
    max_cost: MaxCost = None,
    answers: Answers = Path("var/answers.jsonl"),
    markdown_to: MarkdownTo = None,
    json_to: JsonTo = None,
) -> None:
    """Compare the rules with other orders of asking the AI: quality, calls, cost and time, in one table.

    A strategy is a file that stands in for the ruleset's `detectors.yaml`. Each is decided with the AI up, and down for
    some or all of its calls: the same calls in every run. Recorded answers are used; what is not recorded is asked if
    there is a key, and recorded. Before that, it says what it will cost, and asks for leave; where nobody sits at a
    terminal, --yes or --max-cost must give it. All files count together.

    Exit codes: 0 compared; 2 wrong usage, data or rules, or no leave to ask; 3 a required answer is not recorded; 4 the
    AI cannot be asked any more: its answers so far are recorded, and the same command goes on.
    """
    from eval.ai_cost.before import Asking
    from eval.ai_cost.consent import Consent
    from eval.strategies.strategies_run import StrategiesOptions, run_strategies

    if offline and require_answers:
        raise UsageError("--offline and --require-answers exclude each other; give one of them")
    if estimate and (offline or require_answers):
        raise UsageError("--estimate tells what asking would cost; leave out --offline and --require-answers")
    raise typer.Exit(
        run_strategies(
            StrategiesOptions(
                data=tuple(data),
                ruleset=ruleset,
                strategies=strategies or ruleset / "strategies",
                down=down,
                view=view.value,
                split=split,
                call_cost=call_cost,
                call_ms=call_ms,
                mode="offline" if offline else "require" if require_answers else "record",
                answers=answers,
                markdown_to=markdown_to,
                json_to=json_to,
                asking=Asking(Consent(yes, max_cost), estimate),
            )
        )
    )
