"""`handover check`: every problem of a ruleset in one pass."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


class Format(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("check")(check)


def check(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path("rules"),
    format: Annotated[Format, typer.Option(help="How to print what was found.")] = Format.TEXT,
) -> None:
    """Check rule files: every problem at once, each with its place and what to write instead.

    Exits with 1 when there is an error, with 0 otherwise (warnings included).
    """
    from handover_rules.rulefile import examine
    from handover_rules.rulefile.render import as_json, as_text, summary

    examined = examine(path)
    problems = examined.problems
    failed = any(problem.severity == "error" for problem in problems)
    if format is Format.JSON:
        print(json.dumps({"ok": not failed, "problems": as_json(problems)}, ensure_ascii=False, indent=2))
    else:
        if problems:
            print(as_text(problems, examined.sources), end="\n\n")
        if examined.ruleset is not None and not failed:
            ruleset = examined.ruleset
            tests = sum(len(rule.tests) for rule in ruleset.rules)
            counts = f"{_counted(len(ruleset.rules), 'rule')}, {_counted(tests, 'test')}"
            print(f"{path}: {counts}, hash {ruleset.hash}: {summary(problems)}")
        else:
            codes = sorted({problem.code for problem in problems})
            print(f"{path}: {summary(problems)}. `handover explain {codes[0]}` says more about a code.")
    raise typer.Exit(1 if failed else 0)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
