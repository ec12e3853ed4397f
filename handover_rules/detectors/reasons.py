"""Why a detector could not answer: the closed list of codes that `Unavailable.reason` may hold.

A code is the same in rules' traces, logs, metrics and reports. `REASONS` says what each means.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = [
    "BAD_ANSWER",
    "BAD_PROMPT",
    "CIRCUIT_OPEN",
    "DISABLED",
    "NOT_INSTALLED",
    "NOT_RECORDED",
    "NO_KEY",
    "NO_MODEL",
    "OVER_BUDGET",
    "RATE_LIMITED",
    "REASONS",
    "REFUSED",
    "REJECTED",
    "SERVER_ERROR",
    "SHADOW",
    "TIMED_OUT",
    "UNAUTHORISED",
    "UNREACHABLE",
]

# It cannot be asked here at all.
DISABLED: Final = "disabled"
NO_KEY: Final = "no_key"
NOT_INSTALLED: Final = "not_installed"
NO_MODEL: Final = "no_model"
NOT_RECORDED: Final = "not_recorded"
SHADOW: Final = "shadow"

# It could be asked, and is left alone for now.
CIRCUIT_OPEN: Final = "circuit_open"
OVER_BUDGET: Final = "over_budget"

# It was asked, and no answer came.
TIMED_OUT: Final = "timed_out"
RATE_LIMITED: Final = "rate_limited"
SERVER_ERROR: Final = "server_error"
UNREACHABLE: Final = "unreachable"
UNAUTHORISED: Final = "unauthorised"
REJECTED: Final = "rejected"

# It answered, and the answer says nothing about the message.
REFUSED: Final = "refused"
BAD_ANSWER: Final = "bad_answer"
BAD_PROMPT: Final = "bad_prompt"

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DISABLED: "The ruleset or the environment switches the detector off.",
        NO_KEY: "OPENAI_API_KEY is not set (or still holds the placeholder of the example file).",
        NOT_INSTALLED: "The package that the detector needs is not installed; install the extra `ai`.",
        NO_MODEL: "The file of the local model does not exist; train one with `handover train`.",
        NOT_RECORDED: "Only recorded answers may be used, and none is recorded for this message.",
        SHADOW: "A shadow ruleset asks nobody, and the live rules did not ask this detector about the message.",
        CIRCUIT_OPEN: "The service failed several times in a row; after half a minute one message tries it again.",
        OVER_BUDGET: "The day's `daily_budget` is spent (days are those of UTC).",
        TIMED_OUT: "No answer came within `timeout_ms`.",
        RATE_LIMITED: "The provider limits requests (429) beyond `timeout_ms` or `max_retries`.",
        SERVER_ERROR: "The provider failed (408, 409 or 5xx) on every try.",
        UNREACHABLE: "No connection to the provider could be made or kept.",
        UNAUTHORISED: "The provider does not accept the key (401, 403).",
        REJECTED: "The provider rejects the request (400, 404, 422): often an unknown model.",
        REFUSED: "The model or the provider's content filter refused to judge the message.",
        BAD_ANSWER: "The answer was cut off or is not of the form that was asked for.",
        BAD_PROMPT: "The prompt template could not be rendered for this message.",
    }
)
