from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.detectors import Answer, AnswerStore
from handover_rules.errors import AnswerStoreError
from handover_rules.signals import Score


def said(key: str, value: float = 0.5, *, detector: str = "ai", fingerprint: str = "f1") -> Answer:
    return Answer(key, detector, fingerprint, Score(value, needed=True, confidence=value, reason="asks"))


GOOD = {
    "key": "k",
    "detector": "ai",
    "fingerprint": "f1",
    "score": 0.5,
    "needed": None,
    "confidence": None,
    "reason": "",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers" / "ai.jsonl"


def test_what_is_recorded_is_found_again_by_question_and_fingerprint(path: Path) -> None:
    AnswerStore(path).append([said("k1", 0.25), said("k2", 1 / 3)])
    store = AnswerStore(path)
    assert store.get("k1", "f1") == Score(0.25, needed=True, confidence=0.25, reason="asks")
    assert store.get("k2", "f1") == Score(1 / 3, needed=True, confidence=1 / 3, reason="asks")
    assert store.get("k1", "f2") is None
    assert store.get("k3", "f1") is None
    assert len(store) == 2


def test_a_line_holds_these_fields(path: Path) -> None:
    AnswerStore(path).append([said("k1", 0.25)])
    assert path.read_text() == (
        '{"key": "k1", "detector": "ai", "fingerprint": "f1", "score": 0.25, "needed": true, '
        '"confidence": 0.25, "reason": "asks"}\n'
    )


def test_the_last_answer_to_a_question_counts(path: Path) -> None:
    store = AnswerStore(path)
    store.append([said("k1", 0.1), said("k1", 0.2)])
    assert len(store) == 1
    store.append([said("k1", 0.3)])
    for seen_by in (store, AnswerStore(path)):
        score = seen_by.get("k1", "f1")
        assert score is not None
        assert score.value == 0.3


def test_a_file_that_is_not_there_holds_nothing_and_is_not_made_by_reading(path: Path) -> None:
    store = AnswerStore(path)
    assert len(store) == 0
    assert store.get("k1", "f1") is None
    assert not path.exists()


@given(st.floats(0, 1), st.booleans() | st.none(), st.floats(0, 1) | st.none(), st.text())
def test_every_score_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    value: float,
    needed: bool | None,
    confidence: float | None,
    reason: str,
) -> None:
    path = tmp_path_factory.mktemp("store") / "answers.jsonl"
    score = Score(value, needed, confidence, reason)
    AnswerStore(path).append([Answer("k", "ai", "f", score)])
    assert AnswerStore(path).get("k", "f") == score


@pytest.mark.parametrize(
    "damage",
    [
        "{",
        "[]",
        "null",
        "{}",
        " ",
        GOOD | {"key": 1},
        GOOD | {"score": 2},
        GOOD | {"score": True},
        GOOD | {"score": "0.5"},
        GOOD | {"score": float("nan")},
        GOOD | {"needed": 1},
        GOOD | {"confidence": -1},
        GOOD | {"reason": None},
        {name: value for name, value in GOOD.items() if name != "fingerprint"},
    ],
)
def test_a_damaged_line_is_named(path: Path, damage: object) -> None:
    store = AnswerStore(path)
    store.append([said("k1")])
    with path.open("a") as file:
        file.write(damage if isinstance(damage, str) else json.dumps(damage))
        file.write("\n")
    store.append([said("k2")])
    with pytest.raises(AnswerStoreError, match=r"ai\.jsonl:2: .*delete it"):
        AnswerStore(path).get("k1", "f1")


def test_bytes_that_are_no_text_are_damage_too(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(AnswerStoreError, match=r"ai\.jsonl:1"):
        len(AnswerStore(path))


def test_a_line_that_a_crash_left_unfinished_is_ignored_and_removed_by_the_next_append(path: Path) -> None:
    AnswerStore(path).append([said("k1"), said("k2")])
    whole = path.read_bytes()
    for cut in range(len(whole) // 2 + 1, len(whole) - 1):
        path.write_bytes(whole[:cut])
        store = AnswerStore(path)
        assert len(store) == 1
        store.append([said("k3")])
        healed = AnswerStore(path)
        assert (len(healed), healed.get("k2", "f1")) == (2, None)
        assert healed.get("k3", "f1") is not None


def test_a_last_line_that_lacks_its_newline_only_is_kept(path: Path) -> None:
    AnswerStore(path).append([said("k1")])
    path.write_bytes(path.read_bytes().rstrip())
    store = AnswerStore(path)
    assert len(store) == 1
    store.append([said("k2")])
    assert len(AnswerStore(path)) == 2


def test_what_is_no_score_is_not_recorded(path: Path) -> None:
    for value in (1.5, float("nan")):
        with pytest.raises(AnswerStoreError, match="not a score"):
            AnswerStore(path).append([said("k1", value)])
    assert path.read_bytes() == b""


def test_a_path_that_is_a_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(AnswerStoreError, match=tmp_path.name):
        AnswerStore(tmp_path).get("k", "f")
    with pytest.raises(AnswerStoreError, match=tmp_path.name):
        AnswerStore(tmp_path).append([said("k1")])


APPENDING = """
import sys
from handover_rules.detectors import Answer, AnswerStore
from handover_rules.signals import Score
path, who = sys.argv[1:]
store = AnswerStore(path)
for number in range(100):
    keys = [f"{who}-{number}-{part}" for part in range(2)]
    store.append([Answer(key, "ai", "f1", Score(0.5, reason="x" * 300)) for key in keys])
"""


def test_several_processes_may_append_at_once(path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", APPENDING, path, who]) for who in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    store = AnswerStore(path)
    assert len(store) == 3 * 100 * 2
    assert all(store.get(f"{who}-{number}-1", "f1") for who in "abc" for number in range(100))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_stale_answers_are_counted(path: Path) -> None:
    store = AnswerStore(path)
    store.append([said("k1"), said("k2"), said("k1", fingerprint="f0"), said("k1", detector="old", fingerprint="g")])
    assert store.stale({"ai": "f1"}) == {("ai", "f0"): 1, ("old", "g"): 1}
    assert store.stale({}) == {("ai", "f0"): 1, ("ai", "f1"): 2, ("old", "g"): 1}
    # A detector that got another name still finds its answers.
    assert ("ai", "f1") not in store.stale({"gpt": "f1"})
