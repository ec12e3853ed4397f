"""Every code of `handover check` and its help page."""

from __future__ import annotations

from handover_rules.rulefile.catalogue import actions, form, logic, patterns, tests, thresholds
from handover_rules.rulefile.catalogue.check import Check, page

__all__ = ["CHECKS", "Check", "page"]

CHECKS: dict[str, Check] = {
    check.code: check for group in (form, patterns, logic, thresholds, actions, tests) for check in group.CHECKS
}
