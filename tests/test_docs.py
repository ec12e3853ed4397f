"""The documentation is run: every command, every Python example, every rule file in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import httpx2
import pytest
from typer.testing import CliRunner

from handover_rules import Engine, Message, Unavailable, load_ruleset
from handover_rules.cli import build_app
from handover_rules.decision import Decision
from handover_rules.rulefile import examine
from handover_rules.rulefile.actions import ACTIONS
from handover_rules.rulefile.conditions import CONDITIONS
from handover_rules.rulefile.render import as_text
from handover_rules.ruletests import run_tests
from handover_rules.templates import VARIABLES
from tests.service.serving import read_curl, serving

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "datasets" / "README.md"]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _commands() -> list[tuple[str, str]]:
    """The page and the command, each command once."""
    found: dict[str, str] = {}
    for page in PAGES:
        for block in _blocks(page, "console"):
            for line in block.splitlines():
                if line.strip():
                    found.setdefault(line.removeprefix("$ "), page.name)
    return [(page, command) for command, page in found.items()]


def test_there_are_commands() -> None:
    assert len(_commands()) >= 10


@pytest.mark.parametrize(("page", "command"), _commands())
def test_command(page: str, command: str, tmp_path: Path) -> None:
    """Every command in a `console` block works as typed, in a copy of the folders that it may write to."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AI_INTENT", "OPENAI"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    shutil.copytree(ROOT / "rules", tmp_path / "rules")  # some commands write there
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{page}: {command}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.strip(), f"{page}: {command} printed nothing"


def test_the_calls_of_the_pages_work(tmp_path: Path) -> None:
    """Every `curl` in an `sh` block, in the order of its page, at a service that runs."""
    pages = [page for page in PAGES if _blocks(page, "sh")]
    assert pages
    for number, page in enumerate(pages):
        folder = tmp_path / str(number)
        folder.mkdir()
        with serving(f"sqlite:///{folder / 'store.db'}", folder) as service:
            for block in _blocks(page, "sh"):
                method, address, body, headers = read_curl(block)
                assert address.startswith("http://localhost:5001/"), f"{page.name}: {block}"
                there = address.replace("http://localhost:5001", service.address)
                answer = httpx2.request(method, there, content=body, headers=headers)
                assert answer.status_code == 200, f"{page.name}: {block}{answer.text}"
                assert answer.json()


def test_the_query_over_runs_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    monkeypatch.chdir(tmp_path)
    Path("data.jsonl").write_text('{"id": "1", "text": "talk to a human", "label": 1}\n', encoding="utf-8")
    assert CliRunner().invoke(build_app(), ["eval", "data.jsonl", "--offline"]).exit_code == 0
    (query,) = _blocks(ROOT / "docs" / "evaluation.md", "sql")
    assert duckdb.execute(query).fetchall() == [("asked-for-a-person-en", 1)]


def test_make_targets_in_the_readme_exist() -> None:
    named = {line.split()[1] for block in _blocks(ROOT / "README.md", "bash") for line in block.splitlines()}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named == {"run", "test"}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for block in _blocks(page, "python"):
        exec(compile(block, str(page), "exec"), {})


def test_the_product_owners_change_does_what_the_tutorial_says(tmp_path: Path) -> None:
    tutorial = ROOT / "docs" / "tutorials" / "product-owner.md"
    (tests,) = _blocks(tutorial, "text")
    assert "`- concierge`" in tutorial.read_text(encoding="utf-8")
    rules = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    for name, line, added in (
        ("phrases-en.yaml", "  team-en:\n", "    - concierge\n"),
        ("asked-for-a-person-en.yaml", "    tests:\n", tests),
    ):
        text = (rules / name).read_text(encoding="utf-8")
        assert text.count(line) == 1
        (rules / name).write_text(text.replace(line, line + added), encoding="utf-8")
    before, after = load_ruleset(ROOT / "rules"), load_ruleset(rules)
    results = list(run_tests(after))
    assert [result.failure for result in results if not result.passed] == []
    assert len(results) == len(list(run_tests(before))) + 2
    said = [
        Engine(ruleset).decide(
            Message("1", "concierge please"),
            now=datetime(2026, 1, 5, tzinfo=UTC),
            signals={name: Unavailable("not asked") for name in ruleset.detectors},
        )
        for ruleset in (before, after)
    ]
    assert [isinstance(decision, Decision) and decision.handover for decision in said] == [False, True]


def test_the_rule_file_of_the_guide_loads_and_passes(tmp_path: Path) -> None:
    blocks = [block for block in _blocks(ROOT / "docs" / "rules.md", "yaml") if block.startswith("ruleset:")]
    assert blocks
    for block in blocks:
        file = tmp_path / "rules.yaml"
        file.write_text(block, encoding="utf-8")
        examined = examine(file)
        assert examined.ruleset is not None, as_text(examined.problems, examined.sources)
        results = list(run_tests(examined.ruleset))
        assert results
        assert [result.failure for result in results if not result.passed] == []


def test_the_guide_lists_every_condition() -> None:
    table = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").split("## Conditions")[1].split("## ")[0]
    assert set(re.findall(r"`(\w+): ", table)) & set(CONDITIONS) == set(CONDITIONS)


def test_the_guide_lists_every_action_and_variable() -> None:
    section = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").split("## Actions")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `([a-z.]+): \{(.*?)\}` \|", section, re.MULTILINE))
    for name, table in ACTIONS.items():
        keys = [key.name for key in table.keys]
        assert listed[name] == ("..." if name == "reply" else ", ".join(keys))
    shown = dict(re.findall(r"^\| `([a-z]+)` \| (.*?) \|$", section, re.MULTILINE))
    for name, fields in VARIABLES.items():
        assert name in shown
        assert fields is None or set(re.findall(r"`([a-z_]+)`", shown[name])) - {"assigned"} == fields


def test_the_readme_shows_the_shipped_defaults() -> None:
    """The table of environment variables says what the rules say."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ruleset = load_ruleset(ROOT / "rules")
    threshold = ruleset.thresholds["ai"]
    ai = ruleset.detectors["ai"]
    assert ai.kind == "openai"
    assert f"| `{threshold.env}` | `{threshold.value:g}` |" in readme
    assert f"| `AI_INTENT_MODEL` | `{ai.model}` |" in readme
