"""The documentation is run: every command, every Python example, every rule file in it."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from glob import glob
from itertools import chain
from pathlib import Path

import duckdb
import httpx2
import pytest
import yaml
from typer.testing import CliRunner

from handover_rules import load_ruleset
from handover_rules.cli import build_app, main
from handover_rules.rulefile import examine
from handover_rules.rulefile.actions import ACTIONS
from handover_rules.rulefile.conditions import CONDITIONS
from handover_rules.rulefile.render import as_text
from handover_rules.ruletests import run_tests
from handover_rules.templates import VARIABLES
from tests.service.serving import read_curl, serving
from tests.shipped import copy_datasets, copy_rules

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorials" / "product-owner.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "datasets" / "README.md"]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _environment(home: Path) -> dict[str, str]:
    """The environment without what is set for an AI, with the programs of this one and a git that knows its user."""
    author = {f"GIT_{who}_{what}": "tutorial" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AI_INTENT", "OPENAI", "GIT_"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        **author,
    }


def _commands() -> list[tuple[str, str]]:
    """The page and the command, each command once; those of the tutorial that runs in its order are run there."""
    found: dict[str, str] = {}
    for page in PAGES:
        if page == TUTORIAL:
            continue
        for block in _blocks(page, "console"):
            for line in block.splitlines():
                if line.strip():
                    found.setdefault(line.removeprefix("$ "), page.name)
    return [(page, command) for command, page in found.items()]


def test_there_are_commands() -> None:
    assert len(_commands()) >= 10


@pytest.mark.parametrize(("page", "command"), _commands())
def test_command(page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command in a `console` block works as typed, in a copy of the folders that it may write to."""
    copy_rules(tmp_path / "rules")
    (tmp_path / "eval").mkdir()
    if re.search("handover (gate|tune)", command):  # these refuse to say anything of few messages
        (tmp_path / "datasets" / "messages").mkdir(parents=True)
        shutil.copy(ROOT / "datasets" / "messages" / "en.jsonl", tmp_path / "datasets" / "messages")
        gates = yaml.safe_load((ROOT / "eval" / "gates.yaml").read_text(encoding="utf-8"))
        of_these = ("datasets/messages", "datasets/messages/en.jsonl")
        kept = json.dumps({**gates, "gates": [gate for gate in gates["gates"] if gate["data"] in of_these]})
        (tmp_path / "eval" / "gates.yaml").write_text(kept, encoding="utf-8")
        shutil.copy(ROOT / "eval" / "baseline.jsonl", tmp_path / "eval")
    elif "handover relabel" in command:  # of a certain message
        (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    else:
        copy_datasets(tmp_path / "datasets", every=6)
    environment = _environment(tmp_path)
    if command.startswith("handover diff"):
        commit = "git init --quiet . && git add rules && git commit --quiet -m rules"
        subprocess.run(commit, shell=True, cwd=tmp_path, env=environment, check=True)
    code, said, complaints = _run(command, tmp_path, environment, monkeypatch)
    assert code == 0, f"{page}: {command}\n{said}\n{complaints}"
    assert said.strip(), f"{page}: {command} printed nothing"


def _run(
    command: str, folder: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Exit code, output and errors of a line that is typed in a folder.

    One that needs nothing of a shell but patterns of file names runs in this process, which has the libraries loaded.
    """
    if not command.startswith("handover ") or re.search("[|<>;&$`~]", re.sub('"[^"]*"', "", command)):
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr
    words = [sorted(glob(word, root_dir=folder)) or [word] for word in shlex.split(command)]
    output, errors = io.StringIO(), io.StringIO()
    with monkeypatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
        patch.chdir(folder)
        patch.setattr(sys, "argv", list(chain.from_iterable(words)))
        for name in os.environ.keys() | environment.keys():
            patch.setenv(name, environment[name]) if name in environment else patch.delenv(name)
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    return code, output.getvalue(), errors.getvalue()


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
                answer = httpx2.request(method, there, content=body, headers=headers, timeout=60)
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


def test_the_product_owners_tutorial_from_start_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command in its order, in a repository of its own; and what the tutorial says of what they print."""
    text = TUTORIAL.read_text(encoding="utf-8")
    (added,) = _blocks(TUTORIAL, "yaml")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    copy_rules(tmp_path / "rules")
    copy_datasets(tmp_path / "datasets", every=2)
    environment = _environment(tmp_path)

    def run(command: str) -> str:
        code, output, complaints = _run(command, tmp_path, environment, monkeypatch)
        assert code == 0 or "FAILED" in output, f"{command}\n{output}\n{complaints}"
        return output

    run("git init --quiet --initial-branch main . && git add . && git commit --quiet -m start")
    said = []
    for part in re.findall(r"^```console\n(.*?)^```|^```(yaml)$", text, re.DOTALL | re.MULTILINE):
        if part[1]:
            file = tmp_path / "rules" / "asked-for-a-person-en.yaml"
            rule = file.read_text(encoding="utf-8")
            refusals = re.search(r"^ *# Refusals\..*\n", rule, re.MULTILINE)
            assert refusals is not None
            file.write_text(rule[: refusals.start()] + added + rule[refusals.start() :], encoding="utf-8")
        else:
            said += [(line, run(line)) for line in part[0].splitlines()]
    printed = dict(said)
    first = {line.split()[1]: output for line, output in reversed(said) if line.startswith("handover")}
    assert first["decide"].startswith("none: no rule fired")
    assert re.search(r"recall +0\.000 .* 0 / 12", first["eval"])
    assert "- need the concierge" in first["suggest"]
    tests = [output for line, output in said if line.startswith("handover add-test")]
    assert "The test passes." in tests[0]
    assert "phrase: need the concierge" in tests[1]
    assert "FAILED" in tests[1]
    assert "\n0 failed" in printed["handover test rules --rule asked-for-a-person-en"].replace(", ", "\n")
    assert [output for line, output in said if line.startswith("handover check")][-1].endswith("no problems\n")
    verdicts = [output for line, output in said if line.startswith("handover diff")]
    assert len(verdicts) == 2
    assert all(output.startswith("Verdict: no worse\n") for output in verdicts)
    assert "12 new catches" in verdicts[0]
    assert (tmp_path / "diff.md").read_text(encoding="utf-8").startswith("### Rules: no worse\n")


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
