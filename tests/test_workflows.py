"""The workflow of this repository does what it says, on rules and messages of a small shop."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from handover_rules.starter import write_starter
from tests.handover_rules.test_starter import run_script

ROOT = Path(__file__).parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "rules.yml"

GATES = """
answers: offline
gates:
  - name: all
    data: datasets/messages
    view: strict
    recall: {at_least: 0.6}
    no_worse: {recall: 0.02, false_alarms: 0.02}
"""


def _steps() -> dict[str, str]:
    """The steps that run `handover`, by name."""
    steps = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["rules"]["steps"]
    return {step["name"]: step["run"] for step in steps if "handover" in step.get("run", "")}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small shop's files where this repository has its own, in a repository that has them committed."""
    folder = tmp_path / "shop"
    write_starter(folder)
    (folder / "datasets" / "messages").mkdir()
    shutil.move(folder / "datasets" / "messages.jsonl", folder / "datasets" / "messages" / "en.jsonl")
    (folder / "eval").mkdir()
    (folder / "eval" / "gates.yaml").write_text(GATES, encoding="utf-8")
    run_script("handover gate --record", folder)
    for arguments in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "."],
        ["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "First rules"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def _run(step: str, folder: Path) -> None:
    run_script(step, folder, BASE="main", GITHUB_STEP_SUMMARY=str(folder / "summary.md"))


def test_its_steps_work_and_show_what_they_found(shop: Path) -> None:
    steps = _steps()
    for word in ("check", "fmt", "test", "diff", "gate"):
        assert any(f"handover {word} " in step for step in steps.values())
    for step in steps.values():
        _run(step, shop)
    summary = (shop / "summary.md").read_text(encoding="utf-8")
    assert re.findall(r"^### .*", summary, re.MULTILINE) == [
        "### Rules: no decision changes: both say the same, so nothing had to be decided",
        "### Gates: passed (3 passed)",
    ]
    for name in ("rule-tests.xml", "gates.xml"):
        assert ElementTree.parse(shop / name).getroot().attrib["failures"] == "0"


def test_a_change_that_makes_decisions_worse_does_not_pass(shop: Path) -> None:
    (shop / "rules" / "asked-for-a-person.yaml").unlink()
    steps = _steps()
    _run(steps["What this change does"], shop)
    with pytest.raises(AssertionError, match="Verdict: worse"):
        _run(steps["What every change must keep"], shop)
    summary = (shop / "summary.md").read_text(encoding="utf-8")
    assert re.findall(r"^### \w+: worse", summary, re.MULTILINE) == ["### Rules: worse", "### Gates: worse"]
    assert ElementTree.parse(shop / "gates.xml").getroot().attrib["failures"] == "2"


def test_what_it_writes_is_what_it_uploads() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    (upload,) = (
        step["with"]["path"]
        for step in yaml.safe_load(text)["jobs"]["rules"]["steps"]
        if step.get("uses", "").startswith("actions/upload-artifact")
    )
    assert upload.split() == re.findall(r"--junit (\S+)", text)


def test_the_tutorial_shows_it() -> None:
    tutorial = (ROOT / "docs" / "tutorials" / "ci.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n# \.github/workflows/rules\.yml\n(.*?)^```", tutorial, re.DOTALL | re.MULTILINE)
    assert WORKFLOW.read_text(encoding="utf-8").endswith(f"\n{shown}")
