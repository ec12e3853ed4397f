from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.bounds import detector_bound
from handover_rules.rulefile import load_ruleset

RULES = """
ruleset: shop
thresholds: {{ai: 0.7}}
detectors:
  ai: {{kind: linear, cost: 1, model: a.json}}
  other: {{kind: linear, cost: 1, model: b.json}}
rules:
  - {{id: asked, then: {then}, when: {when}}}
"""


@pytest.mark.parametrize(
    ("name", "then", "when", "bound"),
    [
        ("ai", "handover", "{score: {of: ai, at_least: 0.9}}", 0.7),
        ("other", "handover", "{score: {of: other, at_least: 0.9}}", 0.9),
        ("other", "handover", "{score: {of: other, at_least: $ai}}", 0.7),
        ("other", "handover", "{any: [{score: {of: other, at_least: 0.9}}, {score: {of: other, at_least: 0.8}}]}", 0.8),
        (
            "other",
            "handover",
            "{any: [{score: {of: other, at_least: 0.9}}, {not: {score: {of: other, at_least: 0.4}}}]}",
            0.9,
        ),
        ("other", "stay", "{score: {of: other, at_least: 0.9}}", None),
        ("other", "handover", "{phrase: [hi]}", None),
    ],
)
def test_the_bound_of_a_detector_alone(tmp_path: Path, name: str, then: str, when: str, bound: float | None) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.format(then=then, when=when), encoding="utf-8")
    assert detector_bound(load_ruleset(tmp_path), name) == bound
