"""One call for programs that have a message and no conversation: does this customer want a person?"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from handover_rules.bounds import detector_bound
from handover_rules.conversation import ConversationState
from handover_rules.detectors import Absent, Detector, Query, build_detectors
from handover_rules.engine import Engine
from handover_rules.messages import Message
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.settle import settle
from handover_rules.signals import Score

__all__ = ["detect_user_handover_request_ai"]

# Where the commands look for rules too: beside the program that is run.
_DEFAULT_RULES: Final = Path("rules")


def detect_user_handover_request_ai(message_text: str) -> tuple[bool, float, str]:
    """Whether the customer needs a person, how sure that is (0 to 1), and why, in words.

    Asks the first `openai` detector of the ruleset in the folder `rules`, with the environment's settings
    (AI_INTENT_CONFIDENCE_THRESHOLD and the like). A person is needed when its score reaches the threshold;
    confidence and reason are the model's own. When the AI cannot answer, the rules decide without it: the
    confidence is then the score that decided, 1.0 where a rule decided without one, 0.0 where none did, and
    the reason says why the AI did not answer.

    May be called with or without an event loop running; it blocks until there is an answer. It reads the
    rules anew each time: for streams of messages use `Engine` and `build_detectors`. Raises RulesetError for
    rules that cannot be used, DetectorError for a detector that cannot be built.
    """
    # A thread of its own has no event loop yet, whatever runs in the caller's.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _detect(message_text, dict(os.environ))).result()


async def _detect(text: str, environ: Mapping[str, str]) -> tuple[bool, float, str]:
    ruleset = load_ruleset(_DEFAULT_RULES, environ)
    detectors = build_detectors(ruleset, environ, answers=None, mode="live")
    try:
        name = next((name for name, spec in ruleset.detectors.items() if spec.kind == "openai"), None)
        bound = detector_bound(ruleset, name) if name is not None else None
        if name is None or bound is None:
            return await _by_rules(ruleset, detectors, text, "no rule asks an AI")
        (signal,) = await detectors[name].ask([Query(text)])
        if isinstance(signal, Score):
            sure = signal.value if signal.confidence is None else signal.confidence
            return signal.value >= bound, sure, signal.reason
        without = {**detectors, name: Absent(name, signal.reason)}
        return await _by_rules(ruleset, without, text, f"the AI is unavailable ({signal.reason})")
    finally:
        for detector in detectors.values():
            await detector.close()


async def _by_rules(
    ruleset: Ruleset, detectors: Mapping[str, Detector], text: str, because: str
) -> tuple[bool, float, str]:
    message = Message("message", text)
    settled = await settle(Engine(ruleset), detectors, message, ConversationState(), now=datetime.now(UTC))
    decision = settled.decision
    sure = decision.confidence
    if sure is None:
        sure = 0.0 if decision.rule is None else 1.0
    return decision.handover, sure, f"{because}; by the rules: {decision.reason}"
