"""`handover init`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from handover_rules.cli import build_app, main
from handover_rules.starter import starter_files


def test_it_names_what_it_wrote_and_what_to_do_next(tmp_path: Path) -> None:
    folder = tmp_path / "my shop"
    result = CliRunner().invoke(build_app(), ["init", str(folder)])
    assert result.exit_code == 0
    assert f"{len(starter_files())} files in {folder}:" in result.output
    for path in starter_files():
        assert f"  {path}\n" in result.output
        assert (folder / path).read_bytes() == starter_files()[path]
    assert f"  cd '{folder}'\n" in result.output
    assert "  handover check rules " in result.output


def test_the_second_time_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["handover", "init", str(tmp_path)])
    with pytest.raises(SystemExit) as first:
        main()
    assert not first.value.code
    capsys.readouterr()
    with pytest.raises(SystemExit) as second:
        main()
    assert second.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "README.md" in said.err
    assert "and 10 more would be overwritten, so nothing was written" in said.err
