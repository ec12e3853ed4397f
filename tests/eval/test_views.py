from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eval.dataset import Row
from eval.views import VIEWS, left_out

# What each view counts: explicit, strict, broad, injection.
ROWS: list[tuple[dict[str, Any], tuple[bool, bool, bool, bool]]] = [
    ({"label": 1, "category": "explicit_request"}, (True, True, True, False)),
    ({"label": 1, "category": "contact_request"}, (True, True, True, False)),
    ({"label": 1, "category": "complaint"}, (False, True, True, False)),
    ({"label": 1, "category": "urgent"}, (False, True, True, False)),
    ({"label": 1, "category": "problem_report"}, (False, True, True, False)),
    ({"label": 0, "category": "complaint"}, (False, True, True, False)),
    ({"label": 1, "category": "agent_decision"}, (False, True, True, False)),
    ({"label": 1, "category": None}, (False, True, True, False)),
    ({"label": 0, "category": "none"}, (True, True, True, False)),
    ({"label": 0, "category": None}, (True, True, True, False)),
    ({"label": 0, "category": "hard_negative"}, (True, True, True, False)),
    ({"label": 1, "category": "explicit_request", "ambiguous": True}, (False, False, True, False)),
    ({"label": 0, "category": "none", "ambiguous": True}, (False, False, True, False)),
    ({"label": None, "category": "none"}, (False, False, False, False)),
    ({"label": 1, "category": "explicit_request", "speaker": "bot"}, (False, False, False, False)),
    ({"label": 1, "category": "injection_override"}, (False, False, False, True)),
    ({"label": 0, "category": "injection"}, (False, False, False, True)),
    ({"label": 0, "category": "none", "speaker": "human"}, (False, False, False, False)),
]


@pytest.mark.parametrize(("row", "counts"), ROWS)
def test_which_rows_count(make_row: Callable[..., Row], row: dict[str, Any], counts: tuple[bool, ...]) -> None:
    assert tuple(left_out(make_row(**row), view) is None for view in VIEWS) == counts


def test_a_row_that_does_not_count_has_a_reason(make_row: Callable[..., Row]) -> None:
    assert left_out(make_row(label=1, category="urgent", ambiguous=True), "strict") == "ambiguous"
    assert (
        left_out(make_row(label=1, category="urgent"), "explicit") == "about something else than a request for a person"
    )
    assert left_out(make_row(label=None), "broad") == "no label"
