"""What the tests of checks share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from handover_rules.lint import Linted, lint
from handover_rules.problems import Problem
from handover_rules.rulefile import examine
from handover_rules.rulefile.render import as_text

Linting = Callable[[str], Linted]
Finding = Callable[[str], list[tuple[str, str]]]


@pytest.fixture
def linting(tmp_path: Path) -> Linting:
    """Checks the text of a rule file, which must load; its name is added, and a prompt and a model stand beside it."""
    (tmp_path / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")

    def linting(text: str) -> Linted:
        path = tmp_path / "rules.yaml"
        path.write_text("ruleset: shop\n" + dedent(text), encoding="utf-8")
        examined = examine(path)
        assert examined.ruleset is not None, as_text(examined.problems, examined.sources)
        return lint(examined)

    return linting


@pytest.fixture
def found(linting: Linting, tmp_path: Path) -> Finding:
    """The codes and the meant texts of a file's problems, in the order of their places; missing tests do not count."""

    def found(text: str) -> list[tuple[str, str]]:
        problems = [problem for problem in linting(text).problems if problem.code not in ("W603", "W604")]
        lines = (tmp_path / "rules.yaml").read_text(encoding="utf-8").split("\n")
        return [(problem.code, _meant(problem, lines)) for problem in problems]

    return found


def _meant(problem: Problem, lines: list[str]) -> str:
    start = problem.place.column - 1
    return lines[problem.place.line - 1][start : start + problem.place.length]
