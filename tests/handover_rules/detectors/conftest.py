from __future__ import annotations

import os

import pytest

from handover_rules.ruleset import OpenAISpec, Place


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK reads OPENAI_* by itself, and a proxy would stand between the tests and their own server."""
    for name in os.environ:
        if name.startswith("OPENAI_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def spec() -> OpenAISpec:
    return OpenAISpec(
        name="ai",
        cost=100,
        enabled=True,
        model="gpt-3.5-turbo",
        prompt="Does the customer want a person?",
        prompt_file="prompts/handover_intent.j2",
        timeout_ms=60_000,
        max_retries=2,
        max_concurrency=8,
        log_answers=True,
        place=Place("rules.yaml"),
    )
