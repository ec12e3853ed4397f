"""`handover decide` as a user runs it: the shipped rules, a real process, an AI behind real HTTP, the environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fake_openai import FakeOpenAI, answer
from tests.shipped import english_rules

ROOT = Path(__file__).parents[2]

# No phrase of the shipped rules decides this one.
UNDECIDED = "it would be lovely if this could be looked at by your lot"


COMMAND = [sys.executable, "-m", "handover_rules", "decide", "--ruleset", str(english_rules())]


def environment(**environ: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AI_INTENT", "OPENAI"))}
    return {**clean, "PYTHONPATH": str(ROOT), **environ}


def decide(folder: Path, *arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**environ),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def decided(folder: Path, *arguments: str, **environ: str) -> Any:
    done = decide(folder, *arguments, **environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def ai() -> Any:
    with FakeOpenAI(judge=lambda text: answer("lovely" in text, 0.75, "wants a look by a person")) as server:
        yield server


def test_the_ai_decides_what_no_phrase_does_and_its_answer_is_kept(tmp_path: Path, ai: FakeOpenAI) -> None:
    environ = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": ai.base_url}
    said = decided(tmp_path, UNDECIDED, **environ)
    assert (said["outcome"], said["rule"], said["confidence"]) == ("handover", "ai-says-a-person", 0.75)
    # A phrase decides this one, so nobody pays for it.
    assert decided(tmp_path, "I need to speak with a human", **environ)["confidence"] is None
    assert len(ai.requests) == 1
    # The answer was kept, without the message; offline, the same endpoint's answer is found again.
    kept = (tmp_path / "var" / "answers.jsonl").read_text(encoding="utf-8")
    assert "lovely" not in kept
    assert decided(tmp_path, "--offline", UNDECIDED, OPENAI_BASE_URL=ai.base_url) == said
    assert len(ai.requests) == 1


@pytest.mark.parametrize(("threshold", "handover"), [("0.7", True), ("0.75", True), ("0.8", False)])
def test_the_confidence_threshold_is_the_environments(
    tmp_path: Path, ai: FakeOpenAI, threshold: str, handover: bool
) -> None:
    environ = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": ai.base_url}
    said = decided(tmp_path, UNDECIDED, AI_INTENT_CONFIDENCE_THRESHOLD=threshold, **environ)
    assert said["handover"] is handover


def test_the_model_is_the_environments(tmp_path: Path, ai: FakeOpenAI) -> None:
    environ = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": ai.base_url}
    decided(tmp_path, UNDECIDED, **environ)
    decided(tmp_path, UNDECIDED, AI_INTENT_MODEL="another-model", **environ)
    assert [asked.body["model"] for asked in ai.requests] == ["gpt-3.5-turbo", "another-model"]


def test_detection_and_logging_can_be_switched_off(tmp_path: Path, ai: FakeOpenAI) -> None:
    environ = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": ai.base_url}
    assert decided(tmp_path, UNDECIDED, AI_INTENT_DETECTION_ENABLED="false", **environ)["outcome"] == "none"
    assert ai.requests == []
    assert decided(tmp_path, UNDECIDED, AI_INTENT_LOGGING_ENABLED="false", **environ)["handover"]
    assert not (tmp_path / "var").exists()


def test_a_wrong_threshold_in_the_environment_stops_with_a_sentence(tmp_path: Path) -> None:
    done = decide(tmp_path, UNDECIDED, AI_INTENT_CONFIDENCE_THRESHOLD="high")
    assert done.returncode == 2
    assert "AI_INTENT_CONFIDENCE_THRESHOLD" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stream_in_a_stream_out(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "1", "text": "Connect me to a human please", "language": None},
        {"id": "2", "text": "hi", "conversation_id": None, "turn": None, "speaker": None, "bot_failed": None},
        {"conversation_id": "c", "turn": 0, "text": "where is it", "speaker": "customer"},
        {"conversation_id": "c", "turn": 1, "text": "Sorry?", "speaker": "bot", "bot_failed": True},
        {"conversation_id": "c", "turn": 2, "text": "the blue one", "speaker": "customer"},
        {"conversation_id": "c", "turn": 3, "text": "Sorry?", "speaker": "bot", "bot_failed": True},
        {"conversation_id": "c", "turn": 4, "text": "the blue one with the lid", "speaker": "customer"},
        {"conversation_id": "c", "turn": 5, "text": "talk to a human", "speaker": "customer"},
    ]
    lines = [json.dumps(row) for row in rows]
    lines.insert(1, "not json")
    done = decide(tmp_path, "--offline", stdin="\n".join(lines) + "\n")
    assert done.returncode == 1
    assert done.stderr.startswith("handover: line 2: this is not JSON")
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(row) for row in out] == [{"id", "outcome", "handover", "rule", "confidence", "reason"}] * len(rows)
    assert [row["id"] for row in out] == ["1", "2", "c:0", "c:1", "c:2", "c:3", "c:4", "c:5"]
    assert [row["rule"] for row in out] == ["asked-for-a-person-en", *[None] * 5, "bot-failed-twice", None]
    # After the handover a person owns the conversation: nothing is decided a second time.
    assert out[-1]["reason"] == "a person owns the conversation"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}])
def test_ctrl_c_ends_a_stream_that_waits_for_more(tmp_path: Path, environ: dict[str, str]) -> None:
    with subprocess.Popen(
        COMMAND,
        cwd=tmp_path,
        env=environment(**environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Where the tests run in the background, the signal is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            process.stdin.write(b'{"id": "1", "text": "I need to speak with a human"}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["handover"]
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == -signal.SIGINT
            assert process.stderr.read() == b""
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_a_reader_that_has_seen_enough_is_no_failure_of_rows(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "1", "text": "hi"}\n' * 2000, encoding="utf-8")
    with (
        rows.open("rb") as stdin,
        subprocess.Popen(
            [*COMMAND, "--offline"],
            cwd=tmp_path,
            env=environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=20) == 141
        assert process.stderr.read() == b""


def test_rules_that_are_not_there_are_said_with_what_to_do(tmp_path: Path) -> None:
    done = decide(tmp_path, "--ruleset", "nowhere", "hi")
    assert done.returncode == 2
    assert "there is no such file or folder" in done.stderr
    assert "help: give the path of a ruleset" in done.stderr
