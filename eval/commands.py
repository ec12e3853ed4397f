"""The command `handover eval`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.options import (
    Answers,
    Cost,
    EstimateOnly,
    MarkdownTo,
    MaxCost,
    Prevalence,
    RulesPath,
    Split,
    ViewName,
    ViewOption,
    Yes,
)

__all__ = ["register"]


class Scores(StrEnum):
    """Which detectors are asked about a message."""

    asked = "asked"
    all = "all"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("eval")(eval_command)


def eval_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Labelled messages: .jsonl, .csv, .parquet.")],
    ruleset: RulesPath = Path("rules"),
    detector: Annotated[
        str | None, typer.Option(help="Only this detector; `patterns`: the rules without any score.")
    ] = None,
    view: ViewOption = ViewName.strict,
    offline: Annotated[
        bool, typer.Option("--offline", help="No network: an answer that is not recorded is unavailable.")
    ] = False,
    require_answers: Annotated[
        bool,
        typer.Option("--require-answers", help="No network: stop (exit 3) when an answer is not recorded."),
    ] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again even what is recorded.")] = False,
    estimate: EstimateOnly = False,
    yes: Yes = False,
    max_cost: MaxCost = None,
    scores: Annotated[
        Scores,
        typer.Option(help="Whom each message is put to: those that the rules ask; or all, which may cost money."),
    ] = Scores.asked,
    prevalence: Prevalence = None,
    cost: Cost = None,
    floor: Annotated[int, typer.Option(min=1, help="Slices of fewer messages have no figures.")] = 20,
    split: Split = None,
    answers: Answers = Path("var/answers.jsonl"),
    env: Annotated[bool, typer.Option("--env", help="Let the environment override the ruleset.")] = False,
    markdown_to: MarkdownTo = None,
    json_to: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the report as JSON; `-`: to standard output only."),
    ] = None,
    runs: Annotated[Path, typer.Option(help="The folder that keeps runs.")] = Path("runs"),
    no_run: Annotated[bool, typer.Option("--no-run", help="Keep no run.")] = False,
    now: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When messages without `sent_at` are said, ISO 8601 with offset."),
    ] = None,
) -> None:
    """Replay labelled messages under the rules, and say how right they are.

    Recorded answers are used; what is not recorded is asked if there is a key, and recorded. Before that, it says what
    it will cost, and asks for leave; where nobody sits at a terminal, --yes or --max-cost must give it.

    Files are never pooled: each has its own figures. Besides the whole ruleset, its patterns and its detectors are
    measured alone: local ones on every message, those that cost money where the rules ask them.

    Exit codes: 0 measured; 2 wrong usage, data or rules, or no leave to ask; 3 a required answer is not recorded; 4 the
    AI cannot be asked any more: its answers so far are recorded, and the same command goes on.
    """
    from eval.ai_cost.before import Asking
    from eval.ai_cost.consent import Consent
    from eval.assumptions import assumed
    from eval.eval_options import EvalOptions
    from eval.eval_run import run_eval

    raise typer.Exit(
        run_eval(
            EvalOptions(
                files=tuple(files),
                ruleset=ruleset,
                detector=detector,
                view=view.value,
                offline=offline,
                require_answers=require_answers,
                refresh=refresh,
                answers=answers,
                env=env,
                scores=scores.value,
                assumed=assumed(prevalence, cost),
                floor=floor,
                split=split,
                asking=Asking(Consent(yes, max_cost), estimate),
                markdown_to=markdown_to,
                json_to=json_to,
                runs=None if no_run else runs,
                now=now,
            )
        )
    )
