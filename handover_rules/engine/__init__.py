"""Deciding: a compiled ruleset, three-valued conditions, and the trace of why."""

from handover_rules.engine.engine import Engine

__all__ = ["Engine"]
