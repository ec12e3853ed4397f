"""The tests that stand inside rules: run, explained where they fail, counted for what they cover, written as JUnit."""

from handover_rules.ruletests.runner import TestResult, run_tests

__all__ = ["TestResult", "run_tests"]
