"""The commands `handover suggest` and `handover add-test`. Light to import: what is heavy waits until they run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.options import Answers, Data, JsonTo, ManyFiles, RulesPath, ViewName, ViewOption

__all__ = ["register"]


class ExpectedName(StrEnum):
    """What a test expects."""

    handover = "handover"
    ask = "ask"
    stay = "stay"
    none = "none"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("suggest", cls=ManyFiles)(suggest_command)
    app.command("add-test")(add_test_command)


def suggest_command(
    data: Data,
    ruleset: RulesPath = Path("rules"),
    view: ViewOption = ViewName.strict,
    rule: Annotated[
        str | None, typer.Option(metavar="ID", help="The rule that all phrases shall go into; else the closest one.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many phrases are proposed at most.")] = 10,
    answers: Answers = Path("var/answers.jsonl"),
    json_to: JsonTo = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the phrases into the rule files.")] = False,
) -> None:
    """Propose phrases from the messages that were missed, as YAML to paste.

    Each has what it would catch and which false alarms it would add, on the half of the messages that it was mined
    from and on the other half. No network: an answer that is not recorded is unavailable.

    Exit codes: 0 looked for (whatever was found); 2 wrong usage, data or rules.
    """
    from eval.learning.learn import SuggestOptions, run_suggest

    run_suggest(
        SuggestOptions(
            data=tuple(data),
            ruleset=ruleset,
            view=view.value,
            rule=rule,
            most=most,
            answers=answers,
            json_to=json_to,
            apply=apply,
        )
    )


def add_test_command(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of the rule that gets the test.")],
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="What the customer writes.")] = None,
    expect: Annotated[
        ExpectedName | None, typer.Option(help="The outcome of the whole ruleset; a row's label says it by itself.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A detector's score (0.2, unavailable, unknown), lang or channel."),
    ] = None,
    ruleset: RulesPath = Path("rules"),
    data: Annotated[Path | None, typer.Option(metavar="FILE", help="Take the message from this file ...")] = None,
    row: Annotated[str | None, typer.Option(metavar="ID", help="... the row with this id.")] = None,
) -> None:
    """Write a message into a rule as a test, and say whether it passes. Comments and layout of the file stay.

    Exit codes: 0 written, whether the test passes or not; 2 nothing is written.
    """
    from eval.learning.learn import run_add_test

    run_add_test(ruleset, rule, text, None if expect is None else expect.value, given or (), data, row)
