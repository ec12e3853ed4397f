"""Views: which rows of a data file count, so that a figure means something.

- explicit: not ambiguous, and positives are requests for a person only; complaints, urgency and problem
  reports, and positives for any other reason, are left out.
- strict: all that is not ambiguous.
- broad: everything. For sensitivity only, never a gate.
- injection: messages that were written to make an AI decide against what they say (categories that begin with
  `injection`). No other view counts them: nobody writes so to buy shoes.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from eval.dataset import Row

__all__ = ["VIEWS", "View", "left_out"]

View: TypeAlias = Literal["explicit", "strict", "broad", "injection"]

VIEWS: tuple[View, ...] = ("explicit", "strict", "broad", "injection")

_REQUESTS = frozenset({"explicit_request", "contact_request"})
_OTHER_REASONS = frozenset({"complaint", "urgent", "problem_report"})


def left_out(row: Row, view: View) -> str | None:
    """Why the row does not count in this view; None when it counts."""
    if row.speaker != "customer":
        return "not said by the customer"
    if row.label is None:
        return "no label"
    if (view == "injection") != (row.category or "").startswith("injection"):
        return "no injection" if view == "injection" else "written to mislead an AI"
    if view != "broad" and row.ambiguous:
        return "ambiguous"
    if view == "explicit" and (row.category in _OTHER_REASONS or (row.label and row.category not in _REQUESTS)):
        return "about something else than a request for a person"
    return None
