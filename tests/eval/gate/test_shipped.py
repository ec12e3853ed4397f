"""The gates of this repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eval.gate.baseline import read_baseline
from eval.gate.gates import Gates
from eval.gate.gates_file import read_gates

ROOT = Path(__file__).parents[3]


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Gates:
    monkeypatch.chdir(ROOT)
    return read_gates(Path("eval/gates.yaml"))


def test_every_language_has_its_floors(shipped: Gates) -> None:
    floors = {
        path: {floor.figure for floor in gate.floors}
        for gate in shipped.gates
        if gate.view == "explicit" and gate.detector is None
        for path in gate.data
    }
    assert floors == {path: {"recall", "false_alarms"} for path in Path("datasets/messages").glob("*.jsonl")}


def test_nothing_is_judged_by_what_was_trained_on(shipped: Gates) -> None:
    """Injections have no other split than `test`."""
    assert {gate.split for gate in shipped.gates if gate.view != "injection"} == {"test"}


def test_the_baseline_is_of_the_shipped_messages(shipped: Gates) -> None:
    baseline = read_baseline(shipped.baseline)
    files = {message.file for message in baseline.handed_over}
    assert files == {path.as_posix() for path in Path("datasets/messages").glob("*.jsonl")}
    assert any(baseline.handed_over.values())


@pytest.mark.parametrize("page", ["evaluation.md", "tutorials/ci.md"])
def test_the_gates_of_the_documentation_are_read(page: str, tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (text,) = [block for block in blocks if "gates:" in block]
    path = tmp_path / "gates.yaml"
    path.write_text(text, encoding="utf-8")
    (gate,) = read_gates(path).gates
    assert {floor.figure for floor in gate.floors} == {"recall", "false_alarms"}
    assert {margin.margin for margin in gate.margins} == {0.02, 0.002}
