"""When recording answers has to stop: where the next question would not be asked, or be asked in vain.

A service decides on without the AI. In an evaluation the messages that follow would have no answer, and figures would
depend on the moment when the service failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from handover_rules.detectors.reasons import CIRCUIT_OPEN, OVER_BUDGET, REASONS, UNAUTHORISED
from handover_rules.signals import Signal, Unavailable

__all__ = ["reasons_of", "why_stop"]

_STOPPING: Final = (CIRCUIT_OPEN, OVER_BUDGET, UNAUTHORISED)


def why_stop(trouble: str | None, signals: Iterable[Signal]) -> str | None:
    """Why nobody should be asked after these answers, in a sentence; None where the next question may be asked.

    `trouble` is the reason (a code of `REASONS`) for which the service is left alone for now, None while it is not.
    """
    if trouble is not None:
        return f"The service failed several times in a row, at last with `{trouble}`: {REASONS[trouble]}"
    reasons = reasons_of(signals)
    stopping = next((reason for reason in _STOPPING if reason in reasons), None)
    return None if stopping is None else f"`{stopping}`: {REASONS[stopping]}"


def reasons_of(signals: Iterable[Signal]) -> list[str]:
    """The reasons of the signals that are no scores, in their order."""
    return [signal.reason for signal in signals if isinstance(signal, Unavailable)]
