"""The command `handover strategies`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import Answers, FoundData, JsonTo, ManyFiles, RulesPath, Split, ViewName, ViewOption
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
    answers: Answers = Path("var/answers.jsonl"),
    markdown_to: Annotated[
        str | None, typer.Option("--markdown", metavar="FILE", help="Write the table as Markdown; `-`: print it.")
    ] = None,
    json_to: JsonTo = None,
) -> None:
    """Compare the rules with other orders of asking the AI: quality, calls, cost and time, in one table.

    A strategy is a file that stands in for the ruleset's `detectors.yaml`. Each is decided with the AI up, and down for
    some or all of its calls: the same calls in every run. Recorded answers are used; what is not recorded is asked if
    there is a key, and recorded. All files count together.

    Exit codes: 0 compared; 2 wrong usage, data or rules; 3 a required answer is not recorded.
    """
    from eval.strategies.strategies_run import StrategiesOptions, run_strategies

    if offline and require_answers:
        raise UsageError("--offline and --require-answers exclude each other; give one of them")
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
            )
        )
    )
