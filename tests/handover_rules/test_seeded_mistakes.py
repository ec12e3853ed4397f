"""What `handover check` is judged by: it finds each mistake of tests/seeded_mistakes, and nothing in good_rules.

Both were written from descriptions of the checks, as product owners write rules, and not from the checks' code. When a
test here fails, ask first whether the check is wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
import yaml

from handover_rules import load_ruleset
from handover_rules.lint import lint
from handover_rules.rulefile import examine
from handover_rules.rulefile.actions import ACTIONS
from handover_rules.rulefile.catalogue import CHECKS
from handover_rules.ruleset import All, Any, Condition, DetectorSpec, Not
from handover_rules.ruletests import run_tests

TESTS = Path(__file__).parents[1]
RULESETS = sorted((TESTS / "good_rules").iterdir())


@dataclass(frozen=True)
class Mistake:
    """A small edit of a good ruleset, and what must be reported of it.

    In `file` of `ruleset` ("" where the ruleset is one file) the text `replace`, which stands there exactly once, is
    replaced `by` another. Then `code` must be reported on the line where the text `at` begins, which must stand exactly
    once in the edited file, or in `in_file` where the mistake shows in another one (the key is `in`).
    """

    ruleset: str
    file: str
    replace: str
    by: str
    code: str
    in_file: str
    at: str

    def make(self, folder: Path) -> Path:
        """A copy of the ruleset with this mistake."""
        copy = folder / self.ruleset
        good = TESTS / "good_rules" / self.ruleset
        if good.is_dir():
            shutil.copytree(good, copy)
        else:
            shutil.copy(good, copy)
        edited = copy / self.file
        text = edited.read_text(encoding="utf-8")
        assert text.count(self.replace) == 1, "the text to replace must stand in the file exactly once"
        edited.write_text(text.replace(self.replace, self.by), encoding="utf-8")
        return copy

    def line(self, copy: Path) -> int:
        """The 1-based line that the mistake is to be reported on."""
        text = (copy / self.in_file).read_text(encoding="utf-8")
        assert text.count(self.at) == 1, "the text of the line must stand in the file exactly once"
        return text.count("\n", 0, text.index(self.at)) + 1


def _mistakes() -> list[Mistake]:
    files = sorted((TESTS / "seeded_mistakes").glob("*.yaml"))
    entries = [entry for file in files for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return [
        Mistake(
            entry["ruleset"],
            entry.get("file", ""),
            entry["replace"],
            entry["by"],
            entry["code"],
            entry.get("in", entry.get("file", "")),
            entry["at"],
        )
        for entry in entries
    ]


MISTAKES = _mistakes()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.code}-{mistake.ruleset}")
def test_mistake_is_reported_with_its_code_on_its_line(mistake: Mistake, tmp_path: Path) -> None:
    copy = mistake.make(tmp_path)
    found = [
        (problem.code, Path(problem.place.file), problem.place.line, problem.message)
        for problem in lint(examine(copy)).problems
    ]
    expected = (mistake.code, copy / mistake.in_file, mistake.line(copy))
    assert expected in [entry[:3] for entry in found], found


@pytest.mark.parametrize("ruleset", RULESETS, ids=lambda path: path.stem)
def test_nothing_is_reported_of_a_good_ruleset(ruleset: Path) -> None:
    assert lint(examine(ruleset)).problems == ()


@pytest.mark.parametrize("ruleset", RULESETS, ids=lambda path: path.stem)
def test_the_tests_of_a_good_ruleset_pass(ruleset: Path) -> None:
    results = list(run_tests(load_ruleset(ruleset)))
    assert results
    assert [result.failure for result in results if not result.passed] == []


def test_the_corpus_is_large_and_has_each_warning() -> None:
    assert len(RULESETS) >= 20
    assert len(MISTAKES) >= 60
    warnings = {check.code for check in CHECKS.values() if check.severity == "warning"}
    assert warnings <= {mistake.code for mistake in MISTAKES}


def _conditions(condition: Condition) -> Iterator[Condition]:
    yield condition
    match condition:
        case All() | Any():
            for child in condition.children:
                yield from _conditions(child)
        case Not():
            yield from _conditions(condition.child)


def test_good_rulesets_use_the_whole_grammar() -> None:
    rulesets = [load_ruleset(path) for path in RULESETS]
    rules = [rule for ruleset in rulesets for rule in ruleset.rules]
    conditions = {type(found) for rule in rules for top in (rule.when, *rule.unless) for found in _conditions(top)}
    assert conditions == set(get_args(Condition))
    actions = {action.kind for ruleset in rulesets for steps in ruleset.actions.values() for action in steps}
    assert actions == ACTIONS.keys()
    assert {rule.then for rule in rules} == {"handover", "ask", "stay", "tag"}
    assert {type(spec) for ruleset in rulesets for spec in ruleset.detectors.values()} == set(get_args(DetectorSpec))
