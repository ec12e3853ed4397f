"""The catalogue: complete, and its examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import handover_rules
from handover_rules.rulefile import examine
from handover_rules.rulefile.catalogue import CHECKS, Check, page
from handover_rules.rulefile.catalogue.check import GROUPS

PACKAGE = Path(handover_rules.__file__).parent


def codes_found_by(example: str, folder: Path, encoding: str = "utf-8") -> set[str]:
    """The codes of the problems of an example, as a ruleset with a prompt and a model beside it."""
    for name, text in (("prompts/handover.j2", "Does the customer need a person?"), ("models/handover.json", "{}")):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    environ = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE))
    _, *files = re.split(r"^# (\w+\.yaml)$", f"# rules.yaml\n{example}", flags=re.MULTILINE)
    for name, text in zip(files[::2], files[1::2], strict=True):
        (folder / name).write_text(text, encoding=encoding)
    if "ruleset:" not in example and re.search(r"^\w", example, re.MULTILINE):
        (folder / "ruleset.yaml").write_text("ruleset: shop\n", encoding="utf-8")
    return {problem.code for problem in examine(folder, environ).problems}


def emitted() -> set[str]:
    """The codes that the package's source says."""
    sources = (path for path in PACKAGE.rglob("*.py") if "catalogue" not in path.parts)
    return {code for path in sources for code in re.findall(r'"([EW][1-6]\d\d)"', path.read_text(encoding="utf-8"))}


def test_every_code_that_is_emitted_has_a_page_and_every_page_a_code() -> None:
    assert set(CHECKS) == emitted()


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_wrong_example_has_this_problem_and_no_other(check: Check, tmp_path: Path) -> None:
    encoding = "latin-1" if check.code == "E110" else "utf-8"
    assert codes_found_by(check.wrong, tmp_path, encoding) == {check.code}


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_right_example_has_no_problem(check: Check, tmp_path: Path) -> None:
    assert codes_found_by(check.right, tmp_path) == set()


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_page_shows_title_reason_and_both_examples(check: Check) -> None:
    text = page(check)
    assert text.startswith(f"# {check.code}: {check.title}\n")
    assert check.group in GROUPS.values()
    assert check.wrong.strip() in text
    assert check.right.strip() in text
    assert check.why.split()[0] in text


def test_page_says_whether_it_is_a_warning() -> None:
    assert "thresholds and detectors, warning" in page(CHECKS["W406"])
    assert "form, error" in page(CHECKS["E101"])


def test_codes_are_in_order() -> None:
    assert [code[1:] for code in CHECKS] == sorted(code[1:] for code in CHECKS)
