"""Decide in YAML rules when a person takes over from a bot.

    from handover_rules import Engine, Message, load_ruleset

    engine = Engine(load_ruleset("rules"))
    decision = engine.decide(Message("1", "I want to speak with a human"), now=datetime.now(UTC))

Detectors, which may use the network, live in `handover_rules.detectors` and are imported only when they are used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handover_rules.conversation import ConversationState, reduce
    from handover_rules.decision import Decision, Needs
    from handover_rules.engine import Engine
    from handover_rules.errors import HandoverError, RulesetError
    from handover_rules.intent import detect_user_handover_request_ai
    from handover_rules.messages import Message
    from handover_rules.rulefile import load_ruleset
    from handover_rules.signals import Score, Unavailable

__all__ = [
    "ConversationState",
    "Decision",
    "Engine",
    "HandoverError",
    "Message",
    "Needs",
    "RulesetError",
    "Score",
    "Unavailable",
    "detect_user_handover_request_ai",
    "load_ruleset",
    "reduce",
]

__version__ = "0.1.0"

# Names are imported when they are first used: a command that needs only a part of the package starts fast.
_HOMES = {
    "ConversationState": "conversation",
    "Decision": "decision",
    "Engine": "engine",
    "HandoverError": "errors",
    "Message": "messages",
    "Needs": "decision",
    "RulesetError": "errors",
    "Score": "signals",
    "Unavailable": "signals",
    "detect_user_handover_request_ai": "intent",
    "load_ruleset": "rulefile",
    "reduce": "conversation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
