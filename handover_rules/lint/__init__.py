"""What is probably a mistake in rules that load: `handover check` after reading.

Each module holds the checks of one subject; `subject.py` is what they look at, `linting.py` runs them all.
"""

from handover_rules.lint.linting import Linted, lint

__all__ = ["Linted", "lint"]
