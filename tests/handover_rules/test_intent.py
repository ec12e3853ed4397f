from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from handover_rules import detect_user_handover_request_ai
from handover_rules.errors import RulesetError
from tests.fake_openai import FakeOpenAI, answer, error

RULES = """\
ruleset: test
thresholds:
  ai: {value: 0.7, env: AI_INTENT_CONFIDENCE_THRESHOLD}
detectors:
  ai:
    kind: openai
    cost: 100
    model: {value: gpt-3.5-turbo, env: AI_INTENT_MODEL}
    enabled: {env: AI_INTENT_DETECTION_ENABLED}
    prompt: prompts/intent.j2
    max_retries: 0
    timeout_ms: 60000
rules:
  - id: asked
    why: The customer asks for a person.
    when:
      any:
        - phrase: customer service
        - score: {of: ai, at_least: $ai}
    then: handover
"""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program's folder with rules in it, and nothing of this machine's settings."""
    for name in os.environ:
        if name.startswith(("OPENAI_", "AI_INTENT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "rules" / "prompts").mkdir(parents=True)
    (tmp_path / "rules" / "prompts" / "intent.j2").write_text("Does the customer want a person?")
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask_at(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    return monkeypatch


@pytest.mark.parametrize(
    ("needed", "confidence", "threshold", "handover"),
    [
        (True, 0.7, None, True),
        (True, 0.69, None, False),
        (True, 0.69, "0.6", True),
        (False, 0.95, None, False),
    ],
)
def test_the_ai_judges_against_the_threshold(
    ask_at: pytest.MonkeyPatch, needed: bool, confidence: float, threshold: str | None, handover: bool
) -> None:
    if threshold is not None:
        ask_at.setenv("AI_INTENT_CONFIDENCE_THRESHOLD", threshold)
    with FakeOpenAI(answer(needed, confidence, "as it seems")) as server:
        ask_at.setenv("OPENAI_BASE_URL", server.base_url)
        assert detect_user_handover_request_ai("where is it") == (handover, confidence, "as it seems")


def test_the_environment_chooses_the_model(ask_at: pytest.MonkeyPatch) -> None:
    ask_at.setenv("AI_INTENT_MODEL", "another-model")
    with FakeOpenAI() as server:
        ask_at.setenv("OPENAI_BASE_URL", server.base_url)
        detect_user_handover_request_ai("where is it")
    assert server.requests[0].body["model"] == "another-model"


def test_it_can_be_called_inside_an_event_loop(ask_at: pytest.MonkeyPatch) -> None:
    async def webhook() -> tuple[bool, float, str]:
        return detect_user_handover_request_ai("where is it")

    with FakeOpenAI(answer(True, 0.9, "asks")) as server:
        ask_at.setenv("OPENAI_BASE_URL", server.base_url)
        assert asyncio.run(webhook()) == (True, 0.9, "asks")


@pytest.mark.parametrize(("text", "handover"), [("customer service please", True), ("where is it", False)])
def test_without_the_ai_the_rules_decide_and_say_so(text: str, handover: bool) -> None:
    needed, confidence, reason = detect_user_handover_request_ai(text)
    assert (needed, confidence) == (handover, 1.0 if handover else 0.0)
    assert reason.startswith("the AI is unavailable (no_key); by the rules: ")


def test_an_ai_that_fails_or_is_switched_off_is_named(ask_at: pytest.MonkeyPatch) -> None:
    with FakeOpenAI(error(500)) as server:
        ask_at.setenv("OPENAI_BASE_URL", server.base_url)
        assert "(server_error)" in detect_user_handover_request_ai("customer service")[2]
        ask_at.setenv("AI_INTENT_DETECTION_ENABLED", "false")
        assert "(disabled)" in detect_user_handover_request_ai("customer service")[2]
    assert len(server.requests) == 1


def test_rules_without_an_ai_decide_alone(program: Path) -> None:
    lines = RULES.splitlines(keepends=True)
    kept = [*lines[:1], *lines[lines.index("rules:\n") :]]
    text = "".join(line for line in kept if "score" not in line)
    (program / "rules" / "rules.yaml").write_text(text)
    needed, confidence, reason = detect_user_handover_request_ai("customer service")
    assert (needed, confidence) == (True, 1.0)
    assert reason == "no rule asks an AI; by the rules: The customer asks for a person."


def test_without_rules_it_says_so(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program / "rules" / "prompts")
    with pytest.raises(RulesetError, match="rules"):
        detect_user_handover_request_ai("hi")
