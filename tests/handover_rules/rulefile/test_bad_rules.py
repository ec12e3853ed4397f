"""What a rule author is told about each mistake in tests/bad_rules, word for word.

Each file or folder there is one mistake; `NAME.golden.txt` beside it is what `handover check` prints. After a change of
messages, `pytest tests/handover_rules/rulefile --regenerate` writes the golden files anew: review their diff as a
product owner would read it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handover_rules.cli import build_app

CORPUS = Path(__file__).parents[2] / "bad_rules"
NAMES = sorted(
    path.name
    for path in CORPUS.iterdir()
    if (path.suffix == ".yaml" or path.is_dir()) and path.name != "models"  # a model that the mistakes refer to
)
PLACE = re.compile(r"^(error|warning)\[(\w+).*?\]: .*\n  --> (.+):(\d+):(\d+)$", re.MULTILINE)


def check(name: str, *options: str) -> tuple[str, int]:
    """Output and exit code of `handover check`."""
    result = CliRunner().invoke(build_app(), ["check", name, *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output, result.exit_code


@pytest.fixture(autouse=True)
def _in_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)


@pytest.mark.parametrize("name", NAMES)
def test_author_is_told_what_the_golden_file_says(name: str, request: pytest.FixtureRequest) -> None:
    said, _ = check(name)
    golden = CORPUS / f"{name.removesuffix('.yaml')}.golden.txt"
    if request.config.getoption("--regenerate"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_json_has_the_same_problems(name: str) -> None:
    text, code = check(name)
    output, json_code = check(name, "--format", "json")
    found = json.loads(output)
    problems = [(p["severity"], p["code"], p["file"], p["line"], p["column"]) for p in found["problems"]]
    assert problems == [(kind, code, file, int(line), int(col)) for kind, code, file, line, col in PLACE.findall(text)]
    assert problems
    assert code == json_code == (0 if found["ok"] else 1)
    assert found["ok"] == all(severity == "warning" for severity, *_ in problems)


def test_no_golden_file_is_left_without_its_mistake() -> None:
    assert {path.name for path in CORPUS.glob("*.golden.txt")} == {
        f"{name.removesuffix('.yaml')}.golden.txt" for name in NAMES
    }


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"ruleset: shop\n" + b"# filler\n" * 1_200_000, "E111", "1:1"),
        ("ruleset: shop\nphrases:\n  person: [persönlich, müde]\n".encode("latin-1"), "E110", "3:16"),
        ("ruleset: shop\n".encode("utf-16"), "E110", "1:1"),
        (b"ruleset: shop\nrules:\n  - id: a\x07b\n", "E102", "3:10"),
        (b"ruleset: shop\x0cpage\n", "E102", "1:14"),
        (b"\x00\x00\x00", "E102", "1:1"),
        ("ruleset: shop\u009b\n".encode(), "E102", "1:14"),
    ],
    ids=["10-mb", "latin-1", "utf-16", "bell", "form-feed", "zeros", "c1-control"],
)
def test_files_that_are_no_text_are_refused(content: bytes, code: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(content)
    said, exit_code = check(str(path))
    assert said.startswith(f"error[{code}]: ")
    assert f"  --> {path}:{place}\n" in said
    assert said.count("error[") == 1
    assert exit_code == 1
    assert not any(ord(char) < 32 and char != "\n" for char in said)


def test_missing_path_is_one_problem() -> None:
    said, exit_code = check("nowhere.yaml")
    assert said.startswith("error[E119]: there is no such file or folder\n  --> nowhere.yaml:1:1\n")
    assert exit_code == 1
