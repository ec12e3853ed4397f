"""The package's public names."""

from __future__ import annotations

from handover_rules import text


def test_all_names_are_there_and_sorted() -> None:
    assert sorted(text.__all__) == text.__all__
    assert all(hasattr(text, name) for name in text.__all__)
