"""The command `handover tune`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import (
    Answers,
    Cost,
    FoundData,
    JsonTo,
    ManyFiles,
    Prevalence,
    RulesPath,
    Split,
    ViewName,
    ViewOption,
)

__all__ = ["register"]


_DATASETS = [Path("datasets")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("tune", cls=ManyFiles)(tune_command)


def tune_command(
    threshold: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The threshold; needed where rules use more than one.")
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(help="Such as 'precision >= 0.95', 'recall >= 0.9', 'false_alarms <= 2' (of 1,000)."),
    ] = None,
    data: FoundData = _DATASETS,
    cost: Cost = None,
    prevalence: Prevalence = None,
    ruleset: RulesPath = Path("rules"),
    view: ViewOption = ViewName.strict,
    split: Split = None,
    answers: Answers = Path("var/answers.jsonl"),
    write: Annotated[bool, typer.Option("--write", help="Write it into the rule file; comments stay.")] = False,
    json_to: JsonTo = None,
) -> None:
    """Choose a threshold for a goal that is kept with 95 % certainty, or for the least expected cost.

    The whole ruleset is decided at every value of the threshold. What is promised holds for new messages of the same
    kind: no value is chosen because it was lucky on these. Where they cannot promise the goal, it says what they can,
    and how many more would do. Without a goal, the one that the rules declare is meant. Rows of the split `train` are
    left out, since the local model was made from them. Nothing is asked: recorded answers only.

    Exit codes: 0 chosen; 1 the goal cannot be promised; 2 wrong usage, data or rules.
    """
    from eval.assumptions import assumed
    from eval.tuning.tune_run import TuneOptions, run_tune

    raise typer.Exit(
        run_tune(
            TuneOptions(
                threshold=threshold,
                data=tuple(data),
                goal=goal,
                assumed=assumed(prevalence, cost),
                ruleset=ruleset,
                view=view.value,
                split=split,
                answers=answers,
                write=write,
                json_to=json_to,
            )
        )
    )
