"""What the tests of the AI detector share: asking it, and a time that they make themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from handover_rules.detectors import Query
from handover_rules.detectors.openai import OpenAIDetector
from handover_rules.detectors.retries import Pacing
from handover_rules.ruleset import OpenAISpec
from handover_rules.signals import Signal
from tests.fake_openai import FakeOpenAI

__all__ = ["NOON", "Waits", "ask", "ask_this"]

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Waits:
    """Takes the place of sleeping and of the clocks: `seconds` is how long each wait was to be."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.passed = timedelta()

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def pass_by(self, **time: float) -> None:
        """Let time pass: `seconds=30`, `hours=12`."""
        self.passed += timedelta(**time)

    def pacing(self) -> Pacing:
        return Pacing(
            sleep=self.sleep,
            now=lambda: NOON + self.passed,
            clock=self.passed_seconds,
            jitter=lambda: 0.0,
        )

    def passed_seconds(self) -> float:
        return self.passed.total_seconds()


def ask(server: FakeOpenAI, spec: OpenAISpec, *queries: Query, waits: Waits | None = None) -> Sequence[Signal]:
    """What a detector of this spec says, built for this one time."""
    pacing = (waits or Waits()).pacing()
    detector = OpenAIDetector(spec, api_key="sk-secret", base_url=server.base_url, pacing=pacing)
    return ask_this(detector, *queries)


def ask_this(detector: OpenAIDetector, *queries: Query) -> Sequence[Signal]:
    """What this detector says now."""

    async def asking() -> Sequence[Signal]:
        try:
            return await detector.ask(queries or [Query("I want a human")])
        finally:
            await detector.close()

    return asyncio.run(asking())
