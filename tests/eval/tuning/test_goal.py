"""Reading what a threshold is chosen for."""

from __future__ import annotations

import pytest

from eval.tuning.goal import Goal, read_goal
from handover_rules.errors import UsageError


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("precision >= 0.95", Goal("precision", 0.95)),
        (" recall  >= .9 ", Goal("recall", 0.9)),
        ("false_alarms <= 2", Goal("false_alarms", 2.0)),
    ],
)
def test_a_goal_is_read_and_said_again(text: str, goal: Goal) -> None:
    assert read_goal(text) == goal
    assert read_goal(str(goal)) == goal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "precision",
        "precision > 0.95",
        "precision >= 95%",
        "precision >= 1",
        "precision >= 0",
        "precision >= nan",
        "precision <= 0.9",
        "recall >= 0.9 please",
        "false_alarms >= 2",
        "false_alarms <= 1000",
        "f1 >= 0.9",
    ],
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected one such as 'precision >= 0.95', 'recall >= 0.9'"):
        read_goal(text)
