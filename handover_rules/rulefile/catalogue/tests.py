"""Checks of the tests that stand inside rules."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

CHECKS = (
    Check(
        "E602",
        "A test names an unknown rule",
        """`tags:` in a test are the ids of the `tag` rules that must fire with it.""",
        """
rules:
  - id: angry
    when: {phrase: ridiculous}
    then: tag
    set: {priority: high}
    tests:
      - {say: this is ridiculous, expect: none, tags: [angri]}
""",
        """
rules:
  - id: angry
    when: {phrase: ridiculous}
    then: tag
    set: {priority: high}
    tests:
      - {say: this is ridiculous, expect: none, tags: [angry]}
""",
    ),
)
