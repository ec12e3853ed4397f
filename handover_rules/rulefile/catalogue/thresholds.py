"""Checks of thresholds, detectors and what the environment puts in their place."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

CHECKS = (
    Check(
        "E401",
        "unknown-detector",
        "An unknown detector",
        """Everything that is scored has a name under `detectors:`. A rule that waits for the score of a detector that
        does not exist would never fire.""",
        """
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: locl, at_least: 0.8}}
    then: handover
""",
        """
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: 0.8}}
    then: handover
""",
    ),
    Check(
        "E402",
        "unknown-threshold",
        "An unknown threshold",
        """`$name` stands for a value under `thresholds:`, where the workbench can try others.""",
        """
thresholds:
  local: 0.8
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: $locl}}
    then: handover
""",
        """
thresholds:
  local: 0.8
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: $local}}
    then: handover
""",
    ),
    Check(
        "E403",
        "not-a-variable-name",
        "Not the name of an environment variable",
        """Environment variables have capital letters, digits and `_`, and no `$` before them here. Any other name could
        never be set, and the override would silently do nothing.""",
        "thresholds:\n  ai: {value: 0.7, env: $AI_THRESHOLD}",
        "thresholds:\n  ai: {value: 0.7, env: AI_THRESHOLD}",
    ),
    Check(
        "E404",
        "bad-environment-value",
        "The environment holds something else",
        """An environment variable that replaces a value must hold a value of the same kind. Guessing would run the
        service with a threshold that nobody chose. (What it holds is not shown: it may be a secret.)""",
        "# AI_THRESHOLD=70\nthresholds:\n  ai: {value: 0.7, env: AI_THRESHOLD}",
        "# AI_THRESHOLD=0.75\nthresholds:\n  ai: {value: 0.7, env: AI_THRESHOLD}",
    ),
    Check(
        "E405",
        "unknown-detector-kind",
        "An unknown kind of detector",
        """`linear` is a model on this machine, made by `handover train`; `openai` is a chat model behind a service.""",
        "detectors:\n  local: {kind: local, cost: 1, model: models/handover.json}",
        "detectors:\n  local: {kind: linear, cost: 1, model: models/handover.json}",
    ),
    Check(
        "W406",
        "model-missing",
        "A model file is missing",
        """The ruleset works without it: the detector cannot answer, and rules with `unavailable:` take over. Make the
        model with `handover train`, or correct the path.""",
        "detectors:\n  local: {kind: linear, cost: 1, model: models/missing.json}",
        "detectors:\n  local: {kind: linear, cost: 1, model: models/handover.json}",
    ),
    Check(
        "E408",
        "reserved-detector-name",
        "A detector's name that tests use for something else",
        """Under `given:` a test names scores beside the language, the channel and other circumstances, so a detector
        cannot have the name of one of these.""",
        "detectors:\n  lang: {kind: linear, cost: 1, model: models/handover.json}",
        "detectors:\n  local: {kind: linear, cost: 1, model: models/handover.json}",
    ),
    Check(
        "W407",
        "goal-not-kept",
        "A threshold that does not keep its goal",
        """`low95` is what the data can promise with 95 % certainty. Below the goal, the goal is a hope.""",
        """
thresholds:
  local: {value: 0.8, goal: precision >= 0.95, low95: 0.91}
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: $local}}
    then: handover
""",
        """
thresholds:
  local: {value: 0.87, goal: precision >= 0.95, low95: 0.953}
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: $local}}
    then: handover
""",
    ),
    Check(
        "W409",
        "costs-upside-down",
        "A paid detector is asked before a free one",
        """Detectors are asked in the order of their `cost`. Where the one that asks a service has no higher cost than
        the local one, its answer is paid for before the free one could have made it unnecessary.""",
        """
detectors:
  ai: {kind: openai, cost: 1, model: gpt-3.5-turbo, prompt: prompts/handover.j2}
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {all: [{score: {of: local, at_least: 0.1}}, {score: {of: ai, at_least: 0.7}}]}
    then: handover
""",
        """
detectors:
  ai: {kind: openai, cost: 100, model: gpt-3.5-turbo, prompt: prompts/handover.j2}
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {all: [{score: {of: local, at_least: 0.1}}, {score: {of: ai, at_least: 0.7}}]}
    then: handover
""",
    ),
    Check(
        "W410",
        "tuned-by-another",
        "A threshold was chosen by the scores of another model",
        """A score of 0.8 means something else to another model. When the local model was trained again, or replaced,
        the thresholds that were chosen by its scores are to be chosen again, or what they promise does not hold.""",
        """
thresholds:
  local: {value: 0.8, goal: precision >= 0.95, low95: 0.953, detector: local@3b77e0}
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: $local}}
    then: handover
""",
        """
thresholds:
  local: {value: 0.83, goal: precision >= 0.95, low95: 0.951, detector: local@44136f}
detectors:
  local: {kind: linear, cost: 1, model: models/handover.json}
rules:
  - id: sounds-like-it
    when: {score: {of: local, at_least: $local}}
    then: handover
""",
    ),
)
