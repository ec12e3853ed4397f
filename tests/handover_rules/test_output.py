"""Files that commands write."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.errors import UsageError
from handover_rules.output import write_output


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        write_output("--json", tmp_path / "a" / "b" / "out.json", content)
        assert (tmp_path / "a" / "b" / "out.json").read_bytes() == content


@pytest.mark.parametrize("name", [".", "file/out.json", "\0"])
def test_what_cannot_be_written_is_said_with_its_option(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"^--json .*: cannot be written: "):
        write_output("--json", tmp_path / name, b"")
