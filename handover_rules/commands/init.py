"""`handover init`: a ruleset to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]

_NEXT = """\
Next:
  cd {folder}
  handover check rules                                       what is wrong, and where: nothing yet
  handover test rules                                        the tests inside the rules
  handover eval datasets/messages.jsonl --offline --no-run   how right the rules are
README.md goes on from there. Begin with rules/asked-for-a-person.yaml."""


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("init")(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made when it is not there.")],
) -> None:
    """Write a small ruleset with comments and tests, labelled messages, and a workflow for pull requests.

    Nothing is overwritten: where one of the files is there already, it is named and nothing is written (exit code 2).
    """
    import shlex

    from handover_rules.starter import write_starter

    written = write_starter(folder)
    print(f"{len(written)} files in {folder}:")
    for path in written:
        print(f"  {path}")
    print(f"\n{_NEXT.format(folder=shlex.quote(str(folder)))}")
