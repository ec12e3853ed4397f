"""The labelled messages by what their label says and what was decided, in two halves that share no group.

A group is one piece of evidence, however many messages it has: those that the data calls a group, else those of one
conversation, else those of the same words. So what tells evidence from chance counts groups, not messages.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval.dataset import Dataset, Row
from eval.decisions import Decisions
from eval.views import View, left_out
from handover_rules.text import tokens

__all__ = ["Half", "Heard", "hear"]

Half: TypeAlias = Literal["mined", "held out"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that counts, as normalised tokens, its group, and whether it was handed over to a person."""

    row: Row
    tokens: tuple[str, ...]
    group: str
    handover: bool
    half: Half

    @property
    def missed(self) -> bool:
        """Whether a person was needed and did not get it."""
        return bool(self.row.label) and not self.handover

    @property
    def left(self) -> bool:
        """Whether nobody was needed, and the bot kept it: a false alarm if a new phrase is in it."""
        return not self.row.label and not self.handover


def hear(dataset: Dataset, decisions: Decisions, view: View) -> list[Heard]:
    """The messages that the view counts and that were decided, in their order."""
    heard: list[Heard] = []
    for file, decided in zip(dataset.files, decisions, strict=True):
        sizes = Counter(row.group for row in file.rows)
        for row, said in zip(file.rows, decided, strict=True):
            if said is not None and left_out(row, view) is None:
                words = tuple(tokens(row.text))
                group = _group(row, words, sizes)
                heard.append(Heard(row, words, group, bool(said.handover), _half(group)))
    return heard


def _group(row: Row, words: tuple[str, ...], sizes: Mapping[str, int]) -> str:
    """`sizes` are those of the groups of its file; a message that the data puts in none is in one of its own id."""
    if row.group != row.id or sizes[row.group] > 1:
        return row.group
    return row.conversation_id or " ".join(words)


def _half(group: str) -> Half:
    """By a hash of the group's name, so that the same group is on the same side in every run and file."""
    return "mined" if hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest()[0] % 2 == 0 else "held out"
