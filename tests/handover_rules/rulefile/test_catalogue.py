"""The catalogue: complete, and its examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import handover_rules
from handover_rules.lint import lint
from handover_rules.rulefile import examine
from handover_rules.rulefile.catalogue import CHECKS, Check, index, page
from handover_rules.rulefile.catalogue.check import GROUPS

DOCS = Path(__file__).parents[3] / "docs" / "checks"
PACKAGE = Path(handover_rules.__file__).parent


# Of an example about something else nobody expects tests of its rules, nor that all it declares is used.
UNTESTED = frozenset({"W603", "W604"})
UNUSED = frozenset({"W318"})


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
    examined = examine(folder, environ)
    return {problem.code for problem in lint(examined).problems}


def beside(check: Check) -> frozenset[str]:
    """The codes that do not matter in the examples of a check."""
    return (UNTESTED | UNUSED) - {check.code}


def emitted() -> set[str]:
    """The codes that the package's source says."""
    sources = (path for path in PACKAGE.rglob("*.py") if "catalogue" not in path.parts)
    return {code for path in sources for code in re.findall(r'"([EW][1-6]\d\d)"', path.read_text(encoding="utf-8"))}


def test_every_code_that_is_emitted_has_a_page_and_every_page_a_code() -> None:
    assert set(CHECKS) == emitted()


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_wrong_example_has_this_problem_and_no_other(check: Check, tmp_path: Path) -> None:
    encoding = "latin-1" if check.code == "E110" else "utf-8"
    assert codes_found_by(check.wrong, tmp_path, encoding) - beside(check) == {check.code}


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_right_example_has_no_problem(check: Check, tmp_path: Path) -> None:
    found = codes_found_by(check.right, tmp_path)
    assert found - beside(check) == set()
    assert check.code not in found


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_page_shows_title_reason_and_both_examples(check: Check) -> None:
    text = page(check)
    assert text.startswith(f"# {check.code}: {check.title}\n")
    assert check.group in GROUPS.values()
    assert check.wrong.strip() in text
    assert check.right.strip() in text
    assert check.why.split()[0] in text


def test_page_says_whether_it_is_a_warning() -> None:
    assert "thresholds and detectors, warning; switched off by `allow: {model-missing: why}`" in page(CHECKS["W406"])
    assert "form, error" in page(CHECKS["E101"])


def test_codes_are_in_order_and_names_are_unique() -> None:
    assert [code[1:] for code in CHECKS] == sorted(code[1:] for code in CHECKS)
    names = [check.name for check in CHECKS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_every_check_has_its_page_among_the_docs() -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in DOCS.glob("[EW]*.md")}
    assert pages == {check.code: f"{page(check)}\n" for check in CHECKS.values()}, "run `make generate`"
    assert (DOCS / "README.md").read_text(encoding="utf-8") == index(), "run `make generate`"
