"""The command `handover ledger`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import Answers, Data, JsonTo, ManyFiles, RulesPath, ViewName, ViewOption

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("ledger", cls=ManyFiles)(ledger_command)


def ledger_command(
    data: Data,
    ruleset: RulesPath = Path("rules"),
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only this rule, with all its phrases.")] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Only what never fired: rules, phrases, entries of phrase lists.")
    ] = False,
    view: ViewOption = ViewName.strict,
    answers: Answers = Path("var/answers.jsonl"),
    no_times: Annotated[
        bool, typer.Option("--no-times", help="Do not measure what rules cost: the output is always the same then.")
    ] = False,
    json_to: JsonTo = None,
) -> None:
    """What each rule and each phrase is worth: caught alone, false alarms alone, recall lost if removed, cost.

    All files count together. No network: an answer that is not recorded is unavailable. The environment is ignored.

    Exit codes: 0 counted (whatever was found); 2 wrong usage, data or rules.
    """
    from eval.ledger.ledger_run import LedgerOptions, run_ledger

    run_ledger(
        LedgerOptions(
            files=tuple(data),
            ruleset=ruleset,
            view=view.value,
            answers=answers,
            rule=rule,
            dead=dead,
            times=not no_times,
            json_to=json_to,
        )
    )
