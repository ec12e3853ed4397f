"""Options that several commands share. Light to import: typer and nothing else."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperCommand

__all__ = [
    "Answers",
    "Cost",
    "Data",
    "EstimateOnly",
    "FoundData",
    "JsonTo",
    "ManyFiles",
    "MarkdownTo",
    "MaxCost",
    "Prevalence",
    "RulesPath",
    "Split",
    "ViewName",
    "ViewOption",
    "Yes",
]


class ViewName(StrEnum):
    """Which rows count."""

    explicit = "explicit"
    strict = "strict"
    broad = "broad"
    injection = "injection"


class ManyFiles(TyperCommand):
    """Lets `--data` take all words up to the next option, as a shell writes them for `--data folder/*.jsonl`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words: list[str] = []
        for word in args:
            if len(words) >= 2 and words[-2] == "--data" and not word.startswith("-"):
                words.append("--data")
            words.append(word)
        return super().parse_args(ctx, words)


Data: TypeAlias = Annotated[
    list[Path], typer.Option(metavar="FILE...", help="Messages, labelled or not: .jsonl, .csv, .parquet.")
]
FoundData: TypeAlias = Annotated[
    list[Path],
    typer.Option("--data", metavar="PATH...", help="Labelled messages: files, or folders searched for *.jsonl."),
]
RulesPath: TypeAlias = Annotated[Path, typer.Option("--ruleset", help="The rule file or folder.")]
ViewOption: TypeAlias = Annotated[
    ViewName,
    typer.Option(
        help="explicit: requests for a person; strict: all but ambiguous rows; broad: all; injection: what is written "
        "to mislead an AI."
    ),
]
Answers: TypeAlias = Annotated[Path, typer.Option(help="The store of recorded answers.")]
Split: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only rows of this split, such as `test`; conversations stay whole.")
]
Prevalence: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="The share of live messages that need a person, such as 0.05."),
]
Cost: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="MISS:ALARM", help="What a missed person and a false alarm cost, such as 20:1."),
]
JsonTo: TypeAlias = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write all of it as JSON; `-`: to standard output only.")
]
MarkdownTo: TypeAlias = Annotated[
    str | None, typer.Option("--markdown", metavar="FILE", help="Write a text for a pull request; `-`: print it.")
]
EstimateOnly: TypeAlias = Annotated[
    bool, typer.Option("--estimate", help="Say what asking an AI for what is not recorded would cost, and stop.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Ask, whatever it is estimated to cost.")]
MaxCost: TypeAlias = Annotated[
    float | None,
    typer.Option(min=0, metavar="AMOUNT", help="Ask if the estimate, in the currency of `prices`, is not above this."),
]
