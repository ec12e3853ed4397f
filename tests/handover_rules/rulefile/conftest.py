"""What the tests of rule files share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from handover_rules.rulefile import Examined, examine

Look = Callable[..., Examined]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Examines a rule file with this text, or files of these names; a prompt and a model stand beside them."""
    (tmp_path / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")

    def look(text: str = "", /, environ: dict[str, str] | None = None, **files: str) -> Examined:
        for name, content in files.items() or [("rules", text)]:
            (tmp_path / f"{name}.yaml").write_text(textwrap.dedent(content), encoding="utf-8")
        return examine(tmp_path if files else tmp_path / "rules.yaml", environ)

    return look
