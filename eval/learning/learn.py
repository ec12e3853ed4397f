"""What `handover suggest` and `handover add-test` do."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import read_dataset
from eval.decisions import decide_all
from eval.learning.evidence import hear
from eval.learning.labelled_test import PRIVATE, Expected, find_row, is_private, labelled_test, typed_test, with_given
from eval.learning.placing import Placed, effect, place
from eval.learning.report import Findings, as_json, as_text
from eval.learning.suggest import Suggested, suggest
from eval.output import write_json
from eval.views import View
from handover_rules.condition_trees import find_rule
from handover_rules.errors import UsageError
from handover_rules.explain_decision import line_of
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.edit import Edit, add_test, write_all
from handover_rules.ruleset import Ruleset
from handover_rules.ruletests import run_tests
from handover_rules.ruletests.failures import explained_failure

__all__ = ["SuggestOptions", "run_add_test", "run_suggest", "tried"]


@dataclass(frozen=True, slots=True)
class SuggestOptions:
    """The options of `handover suggest` as given; `json_to` "-" is standard output."""

    data: tuple[Path, ...]
    ruleset: Path
    view: View
    rule: str | None
    most: int
    answers: Path
    json_to: str | None
    apply: bool


def run_suggest(options: SuggestOptions) -> None:
    """Print, write as JSON and apply what is proposed. Raises what reading, deciding and writing raise."""
    # What could not be answered would be a line for every message.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    ruleset = load_ruleset(options.ruleset)
    dataset = read_dataset(options.data)
    messages = hear(dataset, decide_all(ruleset, dataset, os.environ, options.answers), options.view)
    if not any(message.row.label for message in messages):
        raise UsageError(f"no message that needs a person counts in the {options.view} view, so none can be missed")
    suggested = suggest(ruleset, messages, most=options.most, rule=options.rule)
    placed = _placed(options, ruleset, suggested) if suggested.suggestions else None
    done = None
    if placed is not None:
        decided = decide_all(placed.ruleset, dataset, os.environ, options.answers)
        done = effect(messages, hear(dataset, decided, options.view))
    findings = Findings(ruleset, options.view, messages, suggested, done)
    if options.json_to is not None:
        write_json("--json", options.json_to, as_json(findings))
    if options.json_to != "-":
        print(as_text(findings))
    if options.apply and placed is not None:
        out = sys.stderr if options.json_to == "-" else sys.stdout
        for line in _applied(ruleset, placed):
            print(line, file=out)


def _placed(options: SuggestOptions, ruleset: Ruleset, suggested: Suggested) -> Placed | None:
    """The phrases in their places; None, with the reason on standard error, where only a person can put them there."""
    try:
        return place(options.ruleset, ruleset, suggested.suggestions)
    except UsageError as error:
        if options.apply:
            raise
        print(f"handover: {error}", file=sys.stderr)
        return None


def _applied(before: Ruleset, placed: Placed) -> Iterator[str]:
    """Write the changed files; what was written, and which rule tests the phrases break."""
    yield ""
    write_all(placed.edits)
    yield from (f"# Written to {edit.name}." for edit in placed.edits)
    # The tests are the same ones, in the same order.
    both = zip(run_tests(before), run_tests(placed.ruleset), strict=True)
    broken = [now for was, now in both if was.passed and not now.passed]
    for result in broken:
        yield f"# FAILED {result.rule.id}: {result.failure}  [{line_of(result.test.place)}]"
    if broken:
        yield "# These rule tests passed before: correct the phrases, or the tests."


def run_add_test(
    path: Path,
    rule_id: str,
    text: str | None,
    expect: Expected | None,
    given: Sequence[str],
    data: Path | None,
    row_id: str | None,
) -> None:
    """Write the test, print it, and say whether it passes. Raises UsageError where it cannot be written.

    What it should not hold once others read the file is said on standard error.
    """
    ruleset = load_ruleset(path)
    rule = find_rule(ruleset, rule_id)
    if text is not None and data is None and row_id is None:
        if expect is None:
            raise UsageError("say what to expect: --expect handover, ask, stay or none")
        test = typed_test(text, expect)
    elif text is None and data is not None and row_id is not None:
        (file,) = read_dataset([data]).files
        test = labelled_test(ruleset, rule, file, find_row(file, row_id), expect)
    else:
        raise UsageError("give either the message's TEXT, or --data FILE and --row ID")
    test = with_given(test, ruleset, given)
    edit = add_test(path, rule_id, test)
    edit.write()
    if is_private(test):
        print(f"handover: {PRIVATE}", file=sys.stderr)
    print(f"{edit.name}:{edit.line}")
    print("\n".join(edit.lines))
    for line in tried(edit, rule_id):
        print(line)


def tried(edit: Edit, rule_id: str) -> Iterator[str]:
    """Whether the new test of a rule passes; where it fails, why, as `handover test` says it."""
    *_, result = run_tests(edit.ruleset, [find_rule(edit.ruleset, rule_id)])
    if result.passed:
        yield "The test passes."
    else:
        yield from explained_failure(edit.ruleset, result)
