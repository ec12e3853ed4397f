"""The workbench's pages, run as Streamlit runs them, on a ruleset and labelled messages in a folder of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

RULES = """\
# The shop's rules.   Two blanks  stay two.
ruleset: shop

rules:
  - id: asked   # the only one
    priority: 90
    why: The customer asks for a person.
    when:
      phrase:
        - human
    then: handover
    set: {priority: high, sla: 15m}
    do: [tell]
    tests:
      - {say: a human please, expect: handover}
      - {say: where is my parcel, expect: none}

actions:
  tell:
    - slack.post: {text: "{{ contact.name }}: {{ message.text | redact }}"}
"""

# Of those that the strict view counts, two need a person and three do not. `human` finds one of the two, and no other.
MESSAGES: list[dict[str, object]] = [
    {"id": "1", "text": "get me a human", "label": 1, "category": "explicit_request"},
    {"id": "2", "text": "agent please", "label": 1, "category": "explicit_request"},
    {"id": "3", "text": "travel agent prices", "label": 0, "category": "none"},
    {"id": "4", "text": "is the agent a fixed fee", "label": 0, "category": "none"},
    {"id": "5", "text": "what time do you open", "label": 0, "category": "none"},
    {"id": "6", "text": "an agent or a leaflet", "label": 0, "category": "none", "ambiguous": True},
]


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the buttons of the page that was drawn last give, by the name of the file."""
    given: dict[str, bytes] = {}
    draw = st.download_button

    def watched(label: str, data: bytes | str, file_name: str, *args: Any, **options: Any) -> bool:
        given[file_name] = data.encode() if isinstance(data, str) else data
        return draw(label, data, file_name, *args, **options)

    monkeypatch.setattr(st, "download_button", watched)
    return given


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the workbench runs in: `rules/shop.yaml`, and `datasets/messages/shop.jsonl`."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_bytes(RULES.encode())
    data = tmp_path / "datasets" / "messages" / "shop.jsonl"
    data.parent.mkdir(parents=True)
    data.write_text("".join(json.dumps(message) + "\n" for message in MESSAGES), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    st.cache_resource.clear()  # what was kept for another test's files of the same names
    return tmp_path
