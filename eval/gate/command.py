"""The command `handover gate`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import Answers, JsonTo, MarkdownTo, RulesPath

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("gate")(gate_command)


def gate_command(
    gates: Annotated[Path, typer.Option(help="The gates file.")] = Path("eval/gates.yaml"),
    ruleset: RulesPath = Path("rules"),
    answers: Answers = Path("var/answers.jsonl"),
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML, for CI.")] = None,
    markdown_to: MarkdownTo = None,
    json_to: JsonTo = None,
    record: Annotated[
        bool, typer.Option("--record", help="Write the baseline, with which later runs compare, and judge nothing.")
    ] = False,
) -> None:
    """Judge the decisions by the gates: figures that must be kept, and the baseline that must not become worse.

    Nothing is asked: an answer that the rules need and that is not recorded stops the command, unless the gates file
    says `answers: offline`. The environment is ignored.

    Exit codes: 0 passed; 1 worse; 2 wrong usage, data, rules or gates; 3 not enough data to say; 4 a required answer is
    not recorded.
    """
    from eval.gate.gate_run import GateOptions, run_gate

    raise typer.Exit(
        run_gate(
            GateOptions(
                gates=gates,
                ruleset=ruleset,
                answers=answers,
                junit_to=junit,
                markdown_to=markdown_to,
                json_to=json_to,
                record=record,
            )
        )
    )
