"""`handover test`: run the tests that stand inside the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("test")(test)


def test(path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path("rules")) -> None:
    """Run the tests inside the rules. Exits with 1 when one fails, with 2 when the rules cannot be read.

    The environment is ignored, and detectors answer only what a test gives them.
    """
    from handover_rules.explain_decision import why
    from handover_rules.rulefile import load_ruleset
    from handover_rules.ruletests import run_tests

    ruleset = load_ruleset(path)
    results = list(run_tests(ruleset))
    failed = [result for result in results if not result.passed]
    for result in failed:
        print(f"FAILED {result.rule.id}: {result.test.say!r}  [{result.test.place}]")
        print(f"  {result.failure}")
        shown = {result.rule.id, result.decision.rule}
        for rule in result.decision.trace or ():
            if rule.rule in shown:
                print(f"  {rule.rule}: {why(rule)}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if not results:
        print("no rule has a test; add `tests:` to a rule")
    raise typer.Exit(1 if failed else 0)
