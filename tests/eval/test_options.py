"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from eval.options import Data, JsonTo, ManyFiles, ViewName, ViewOption


def _said(*arguments: str) -> list[str]:
    """What a command is given: its files, then the view, then the file for JSON."""
    app = typer.Typer()

    @app.command(cls=ManyFiles)
    def command(data: Data, view: ViewOption = ViewName.strict, json_to: JsonTo = None) -> None:
        assert all(isinstance(path, Path) for path in data)
        print(*data, view.value, json_to, sep="\n")

    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data", "a", "b", "c"],
        ["--data", "a", "--data", "b", "c"],
        ["--data", "a", "--data", "b", "--data", "c"],
        ["--view", "strict", "--data", "a", "b", "c"],
        ["--data", "a", "b", "--view", "strict", "--data", "c"],
    ],
)
def test_data_takes_all_words_up_to_the_next_option(arguments: list[str]) -> None:
    assert _said(*arguments) == ["a", "b", "c", "strict", "None"]


def test_what_stands_behind_other_options_is_theirs() -> None:
    assert _said("--data", "a", "b", "--json", "-", "--view", "broad") == ["a", "b", "broad", "-"]


def test_data_without_a_file_is_wrong_usage() -> None:
    app = typer.Typer()

    @app.command(cls=ManyFiles)
    def command(data: Data, view: ViewOption = ViewName.strict) -> None: ...

    for arguments in (["--data"], ["--view", "strict"], ["--data", "a", "--view", "strict", "b"]):
        assert CliRunner().invoke(app, arguments).exit_code == 2
