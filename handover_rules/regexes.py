"""How every regular expression of a ruleset is compiled."""

from __future__ import annotations

import re2

__all__ = ["regex_options"]


def regex_options() -> re2.Options:
    """RE2's options: quiet about errors, which are reported with their place, and memory for a large set of regexes."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 256 << 20
    return options
