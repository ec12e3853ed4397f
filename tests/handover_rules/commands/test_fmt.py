"""`handover fmt`: what it writes, what it prints, its exit codes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from handover_rules.cli import build_app
from handover_rules.errors import RulesetError

UGLY = b"ruleset:   shop\nphrases:\n- a\n"
BAD = b"rules:\n  - id: @a\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with `rules/` in it: one file that would change, one that would not."""
    monkeypatch.chdir(tmp_path)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_bytes(UGLY)
    (rules / "b.yaml").write_bytes(b"phrases:\n  - a\n")
    return rules


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(build_app(), ["fmt", *arguments])
    assert result.exception is None or isinstance(result.exception, (SystemExit, RulesetError)), result.exception
    return result


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_are_formatted_and_named(folder: Path) -> None:
    done = invoke()
    assert done.exit_code == 0
    assert done.stdout == "formatted rules/a.yaml\n2 files: 1 changed, 1 formatted already\n"
    assert contents(folder) == {"a.yaml": b"ruleset: shop\nphrases:\n  - a\n", "b.yaml": b"phrases:\n  - a\n"}
    assert invoke("--check").stdout == invoke().stdout == "2 files: 2 formatted already\n"


def test_check_shows_what_would_change_and_writes_nothing(folder: Path) -> None:
    before = contents(folder)
    done = invoke("--check", "rules/a.yaml")
    assert done.exit_code == 1
    assert done.stdout == (
        "would change rules/a.yaml\n"
        "  @@ -1,3 +1,3 @@\n"
        "  -ruleset:   shop\n"
        "  +ruleset: shop\n"
        "   phrases:\n"
        "  -- a\n"
        "  +  - a\n"
        "\n"
        "1 file: 1 would change\n"
    )
    assert contents(folder) == before
    assert invoke("--check", "rules/b.yaml").exit_code == 0


def test_long_difference_is_cut(folder: Path) -> None:
    (folder / "a.yaml").write_text("phrases:\n" + "".join(f"  a{number}:  [b]\n" for number in range(100)))
    shown = invoke("--check").stdout.splitlines()
    assert len(shown) < 40
    assert "  ... and 172 more lines" in shown


def test_change_that_no_line_shows_is_explained(folder: Path) -> None:
    for content in (b"\xef\xbb\xbfruleset: shop\n", b"ruleset: shop\r\n", b"ruleset: shop"):
        (folder / "a.yaml").write_bytes(content)
        assert "only line ends, the end of the file or a byte order mark" in invoke("--check").stdout
        assert invoke().exit_code == 0
        assert (folder / "a.yaml").read_bytes() == b"ruleset: shop\n"


@pytest.mark.parametrize("options", [[], ["--check"]])
@pytest.mark.parametrize("content", [BAD, b"- no rules\n", b"\xff", b"ruleset: a\n...\n"])
def test_what_is_no_rule_file_is_left_alone(folder: Path, content: bytes, options: list[str]) -> None:
    (folder / "c.yaml").write_bytes(content)
    done = invoke(*options)
    assert done.exit_code == 2
    assert "rules/c.yaml" in done.stderr
    assert "1 left alone" in done.stdout
    assert (folder / "c.yaml").read_bytes() == content
    assert ((folder / "a.yaml").read_bytes() == UGLY) == bool(options)


def test_mistake_is_shown_as_check_shows_it(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(BAD)
    assert "error[E101]: no text can begin with `@`\n  --> rules/a.yaml:2:9\n" in invoke().stderr


def test_permissions_and_links_are_kept(folder: Path) -> None:
    real = folder.parent / "real.yaml"
    (folder / "a.yaml").rename(real)
    real.chmod(0o640)
    (folder / "a.yaml").symlink_to(real)
    assert invoke().exit_code == 0
    assert (folder / "a.yaml").is_symlink()
    assert real.read_bytes().startswith(b"ruleset: shop\n")
    assert os.stat(real).st_mode & 0o777 == 0o640


def test_missing_path_is_said() -> None:
    done = invoke("nowhere")
    assert isinstance(done.exception, RulesetError)
    assert "there is no such file or folder" in str(done.exception)
