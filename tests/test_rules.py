"""The shipped rules as a whole; what they decide, their own tests and the gates say."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.rulefile import examine
from handover_rules.rulefile.render import as_text
from handover_rules.ruletests import run_tests
from tests.shipped import LANGUAGES, copy_rules


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_works_without_the_files_of_the_others(language: str, tmp_path: Path) -> None:
    examined = examine(copy_rules(tmp_path / "rules", language))
    assert examined.ruleset is not None, as_text(examined.problems, examined.sources)
    results = list(run_tests(examined.ruleset))
    of_language = [result for result in results if result.rule.id.endswith(f"-{language}")]
    assert of_language
    assert [result.failure for result in of_language if not result.passed] == []
