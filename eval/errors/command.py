"""The commands `handover errors` and `handover relabel`. Light to import: what is heavy waits until they run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.options import Answers, FoundData, JsonTo, ManyFiles, RulesPath, Split, ViewName, ViewOption

__all__ = ["register"]


class KindName(StrEnum):
    """What is wrong with a decision."""

    missed = "missed"
    false_alarm = "false-alarm"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("errors", cls=ManyFiles)(errors_command)
    app.command("relabel")(relabel_command)


def errors_command(
    data: FoundData,
    ruleset: RulesPath = Path("rules"),
    detector: Annotated[
        str | None, typer.Option(help="Only this detector; `patterns`: the rules without any score.")
    ] = None,
    view: ViewOption = ViewName.strict,
    split: Split = None,
    kind: Annotated[KindName | None, typer.Option(help="Only errors of this kind.")] = None,
    category: Annotated[str | None, typer.Option(metavar="NAME", help="Only messages of this category.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Only messages in this language.")] = None,
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only what this rule decided.")] = None,
    most: Annotated[int, typer.Option(min=1, help="How many messages of a kind are printed at most.")] = 20,
    suspicious: Annotated[
        bool, typer.Option("--suspicious", help="Instead: messages whose label is probably wrong.")
    ] = False,
    answers: Answers = Path("var/answers.jsonl"),
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the messages as data to edit: .csv, else JSON Lines."),
    ] = None,
    json_to: JsonTo = None,
) -> None:
    """List the messages that are decided otherwise than their labels say, and why.

    The plainest mistakes come first: those of which a local model is most sure. With --suspicious, a model that did not
    see a message says whether its label is probably wrong. No network: an answer that is not recorded is unavailable.

    Exit codes: 0 listed (whatever was found); 2 wrong usage, data or rules.
    """
    from eval.errors.errors_run import ErrorsOptions, run_errors

    run_errors(
        ErrorsOptions(
            data=tuple(data),
            ruleset=ruleset,
            detector=detector,
            view=view.value,
            split=split,
            kind=None if kind is None else "missed" if kind is KindName.missed else "false alarm",
            category=category,
            language=None if language is None else language.lower(),
            rule=rule,
            most=most,
            suspicious=suspicious,
            answers=answers,
            export=export,
            json_to=json_to,
        )
    )


def relabel_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled messages: JSON Lines.")],
    row: Annotated[str, typer.Option(metavar="ID", help="The id of the message.")],
    label: Annotated[int, typer.Option(min=0, max=1, help="1: a person should take over; 0: not.")],
    category: Annotated[str | None, typer.Option(metavar="NAME", help="Its category from now on.")] = None,
    ambiguous: Annotated[
        bool | None,
        typer.Option("--ambiguous/--clear", help="Whether a sensible team could label it the other way."),
    ] = None,
) -> None:
    """Correct the label of one message in its file. Every other byte stays as it is.

    Exit codes: 0 written, or already so; 2 nothing is written.
    """
    from eval.errors.relabel import NewLabel, run_relabel

    run_relabel(file, row, NewLabel(label, category, ambiguous))
