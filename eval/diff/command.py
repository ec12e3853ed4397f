"""The command `handover diff`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.options import Answers, Data, JsonTo, ManyFiles, MarkdownTo, ViewName, ViewOption

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("diff", cls=ManyFiles)(diff_command)


def diff_command(
    data: Data,
    before: Annotated[str, typer.Argument(metavar="A", help="Rules: a file or folder, or a git revision.")] = "HEAD",
    after: Annotated[str, typer.Argument(metavar="B", help="The rules to compare A with.")] = "rules",
    path: Annotated[
        Path | None,
        typer.Option(help="Where a revision has its rules.", show_default="as the other argument, else rules"),
    ] = None,
    view: ViewOption = ViewName.strict,
    margin: Annotated[float, typer.Option(min=0, max=1, help="A loss of recall that would be worse.")] = 0.02,
    alarm_margin: Annotated[
        float, typer.Option(min=0, max=1, help="A rise of false alarms for a negative message that would be worse.")
    ] = 0.002,
    answers: Answers = Path("var/answers.jsonl"),
    env: Annotated[bool, typer.Option("--env", help="Let the environment override both rulesets.")] = False,
    markdown_to: MarkdownTo = None,
    json_to: JsonTo = None,
    fail_on_worse: Annotated[
        bool, typer.Option("--fail-on-worse", help="Exit with 1 when the verdict is `worse`.")
    ] = False,
) -> None:
    """Decide the same messages under two rulesets, and say what differs.

    Without A and B it compares what was committed last with the folder `rules`. A and B stand before `--data`, and may
    be `main`, `HEAD~1`, `abc123` or `main:path/to/rules`; a file or folder of that name comes first. Nothing is asked:
    an answer of an AI that is not recorded is unavailable, and counted.

    Exit codes: 0 compared; 1 worse, with --fail-on-worse; 2 wrong usage, data or rules.
    """
    from eval.diff.diff_run import DiffOptions, run_diff
    from eval.diff.difference import Margins

    raise typer.Exit(
        run_diff(
            DiffOptions(
                before=before,
                after=after,
                files=tuple(data),
                path=path,
                view=view.value,
                margins=Margins(margin, alarm_margin),
                answers=answers,
                env=env,
                json_to=json_to,
                markdown_to=markdown_to,
                fail_on_worse=fail_on_worse,
            )
        )
    )
