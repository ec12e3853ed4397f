"""Options of the test run, and how hypothesis draws its examples."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The same examples in every run, and no time limit for one of them: a slow machine is not a failure. To draw new ones,
# run pytest with `--hypothesis-profile=search`.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate` writes golden files anew instead of comparing with them."""
    parser.addoption("--regenerate", action="store_true", help="write golden files anew; review their diff")
