"""`handover check`: every problem of a ruleset in one pass."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from handover_rules.lint import Linted
    from handover_rules.rulefile import Examined

__all__ = ["register"]


class Format(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("check")(check)


def check(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path("rules"),
    format: Annotated[Format, typer.Option(help="How to print what was found.")] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")] = False,
) -> None:
    """Check rule files: every problem at once, each with its place and what to write instead.

    Errors keep a ruleset from loading. Warnings are what is probably a mistake; `allow: {name: reason}` in a rule, or
    at the top level, switches one off.

    Exits with 1 when there is an error, with 0 otherwise (warnings included, unless --strict).
    """
    import json

    from handover_rules.lint import lint
    from handover_rules.rulefile import examine
    from handover_rules.rulefile.render import as_json

    examined = examine(path)
    linted = lint(examined)
    failed = any(strict or problem.severity == "error" for problem in linted.problems)
    match format:
        case Format.TEXT:
            print(_as_text(path, examined, linted))
        case Format.JSON:
            allowed = [{**as_json([problem])[0], "reason": reason} for problem, reason in linted.allowed]
            found = {"ok": not failed, "problems": as_json(linted.problems), "allowed": allowed}
            print(json.dumps(found, ensure_ascii=False, indent=2))
        case Format.SARIF:
            from importlib.metadata import version

            from handover_rules.rulefile.exchange import as_sarif

            log = as_sarif(linted.problems, linted.allowed, version("handover-rules"))
            print(json.dumps(log, ensure_ascii=False, indent=2))
        case Format.GITHUB:
            from handover_rules.rulefile.exchange import as_github

            if linted.problems:
                print(as_github(linted.problems))
    raise typer.Exit(1 if failed else 0)


def _as_text(path: Path, examined: Examined, linted: Linted) -> str:
    from handover_rules.rulefile.render import as_text, summary

    problems = linted.problems
    said = summary(problems)
    if linted.allowed:
        said += f" ({_counted(len(linted.allowed), 'warning')} allowed)"
    ruleset = examined.ruleset
    if ruleset is not None:
        tests = sum(len(rule.tests) for rule in ruleset.rules)
        counts = f"{_counted(len(ruleset.rules), 'rule')}, {_counted(tests, 'test')}"
        said = f"{counts}, hash {ruleset.hash}: {said}"
    if not problems:
        return f"{path}: {said}"
    code = min(problem.code for problem in problems)
    explained = f"{path}: {said}. `handover explain {code}` says more about a code."
    return f"{as_text(problems, examined.sources)}\n\n{explained}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
