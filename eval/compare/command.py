"""The command `handover compare`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import JsonTo, MarkdownTo

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("compare")(compare_command)


def compare_command(
    before: Annotated[
        str, typer.Argument(metavar="RUN", help="A run: its folder, id, the beginning of its id, or `latest~1`.")
    ],
    after: Annotated[str, typer.Argument(metavar="RUN", help="The run to compare it with, such as `latest`.")],
    runs: Annotated[Path, typer.Option(help="The folder that keeps runs.")] = Path("runs"),
    markdown_to: MarkdownTo = None,
    json_to: JsonTo = None,
) -> None:
    """Compare two kept runs of `handover eval`: inputs, figures, and the messages with another outcome.

    Only messages of data files with the same content in both are compared. Nothing is decided again.

    Exit codes: 0 compared (whatever was found); 2 wrong usage, or runs that cannot be compared.
    """
    from eval.compare.compare_run import CompareOptions, run_compare

    run_compare(CompareOptions(before, after, runs, json_to, markdown_to))
