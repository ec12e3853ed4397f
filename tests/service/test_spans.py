"""Spans of time as options write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handover_rules.errors import UsageError
from service.spans import read_span


def test_spans() -> None:
    assert [read_span("--since", text) for text in ("90d", "12h", " 30m")] == [
        timedelta(days=90),
        timedelta(hours=12),
        timedelta(minutes=30),
    ]


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1w", "9999999d", "1d2h"])
def test_what_is_none_is_refused_with_the_option(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        read_span("--since", text)
