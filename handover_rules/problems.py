"""Problems of rule files as data: code, message, place, hint. They are collected, never raised at the first."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from handover_rules.ruleset import Place

__all__ = ["Problem", "closest", "did_you_mean", "one_line", "quoted", "severity", "visible"]

_LISTED = 24
# More names than a person has typed: comparing an unknown one with each would take longer than reading the rules.
_COMPARED = 2_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a rule file.

    `code` is stable (`handover explain CODE`); `hint` says what to write instead; `related` is the other place that is
    concerned, with a word on what it is; `rule` is the id of the rule that a warning is about ("" for none). An error
    stops the ruleset from loading, a warning does not.
    """

    code: str
    message: str
    place: Place
    hint: str = ""
    related: tuple[Place, str] | None = None
    rule: str = ""

    @property
    def severity(self) -> Literal["error", "warning"]:
        """As its code says."""
        return severity(self.code)


def severity(code: str) -> Literal["error", "warning"]:
    """`error` for codes that begin with E, `warning` for those that begin with W."""
    return "warning" if code.startswith("W") else "error"


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The one of `choices` that `word` is probably a slip of; None where none is near."""
    folded = {choice.casefold(): choice for choice in sorted(choices)}
    if len(folded) > _COMPARED or len(word) > 100:
        return folded.get(word.casefold())
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A hint naming the closest of `choices` if one is close, else listing them when they are few."""
    known = sorted(set(choices))
    close = closest(word, known)
    if close is not None:
        return f"did you mean `{close}`?"
    return "known here: " + ", ".join(f"`{choice}`" for choice in known) if 0 < len(known) <= _LISTED else ""


def quoted(text: str, most: int = 40) -> str:
    """A text of a rule file as messages show it: on one line, shortened to `most` characters, in back-quotes."""
    return f"`{one_line(text, most)}`"


def one_line(text: str, most: int = 300) -> str:
    """The text on one line, not longer than `most` characters, without signs that move a terminal's cursor."""
    shown = visible(" ".join(text.split()))
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def visible(text: str) -> str:
    """The text with a sign in place of what would move a terminal's cursor or turn its direction."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _moves(char) else char for char in text)


def _moves(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or unicodedata.bidirectional(char) in _DIRECTIONS


_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
