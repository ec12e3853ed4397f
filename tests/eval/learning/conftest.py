"""A shop's rules, and messages of customers of whom many want to be called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from handover_rules.cli import build_app

RULES = """\
ruleset: shop
rules:
  # People first.
  - id: asked
    priority: 90
    when:
      any:
        - phrase:
            - a human
        - phrase:
            - ein mensch
            # Nobody says more.
    unless:
      - phrase: no human
    then: handover
    tests:
      - {say: a human please, expect: handover}

  - id: by-channel
    priority: 80
    when: {all: [{channel: sms}, {lang: de}, {phrase: stop}]}
    then: stay
"""

_ENDINGS = (
    "before noon",
    "on my mobile",
    "this evening",
    "tomorrow",
    "when free",
    "regarding delivery",
    "soon",
    "at work",
)
_NAMES = ("lamp", "sofa", "table", "carpet", "mirror", "shelf", "bed", "desk", "stool", "vase")


def messages() -> list[dict[str, object]]:
    """Ten want a callback and do not get it; four want a human and do; forty want neither."""
    wanted = [f"please arrange a callback {ending}" for ending in (*_ENDINGS, "at home", "today")]
    asked = [f"a human for the {name}" for name in _NAMES[:4]]
    others = [f"how {what} is a {name} please" for name in _NAMES for what in ("large", "heavy", "old", "dear")]
    return [
        {"text": text, "label": label, "language": "en", "category": category}
        for texts, label, category in (
            (wanted, 1, "contact_request"),
            (asked, 1, "explicit_request"),
            (others, 0, "none"),
        )
        for text in texts
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in: `rules/shop.yaml` and `data.jsonl`."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_text(RULES, encoding="utf-8")
    write(tmp_path / "data.jsonl", messages())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as JSON Lines; those without an id get one."""
    lines = [json.dumps({"id": f"r{number}", **row}) for number, row in enumerate(rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs `handover` with these arguments."""
    return lambda *arguments: CliRunner().invoke(build_app(), [str(argument) for argument in arguments])
