"""`handover test`: run the tests that stand inside the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("test")(test)


def test(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path("rules"),
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule's tests; may be given several times.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML, for CI.")] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Say what no test tries.")] = False,
) -> None:
    """Run the tests inside the rules. Exits with 1 when one fails, with 2 when the rules cannot be read.

    The environment is ignored, and detectors answer only what a test gives them. A test that fails is shown with what
    nearly happened and the conditions of its rule and of the rule that decided.
    """
    from handover_rules.condition_trees import find_rule
    from handover_rules.output import write_output
    from handover_rules.rulefile import load_ruleset
    from handover_rules.ruletests import run_tests
    from handover_rules.ruletests.coverage import as_text, cover
    from handover_rules.ruletests.failures import explained_failure
    from handover_rules.ruletests.junit import as_junit

    ruleset = load_ruleset(path)
    only = {find_rule(ruleset, rule_id).id for rule_id in rule or ()}
    rules = [known for known in ruleset.rules if not only or known.id in only]
    results = list(run_tests(ruleset, rules))
    explained = ["" if result.passed else "\n".join(explained_failure(ruleset, result)) for result in results]
    failed = [text for text in explained if text]
    for text in failed:
        print(text, end="\n\n")
    if coverage:
        # Run once more, because to keep the traces of all tests would take much memory.
        print(as_text(cover(ruleset, rules, run_tests(ruleset, rules, trace=True))), end="\n\n")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if not results:
        print("there is no test; add `tests:` to a rule")
    if junit is not None:
        write_output("--junit", junit, as_junit(ruleset.name, results, explained))
    raise typer.Exit(1 if failed else 0)
