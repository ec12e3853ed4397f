"""The messages with another outcome in the second of two runs, in the form in which `handover diff` shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.compare.joined import Joined, Shared
from eval.dataset import Row, read_dataset
from eval.deciders import Prediction
from eval.diff.difference import Said
from eval.diff.flips import Flip, FlipKind, kind_of, worst_first

__all__ = ["flip_kind", "flips_between", "handed_over", "is_decided", "is_flip"]


def flips_between(messages: Sequence[Joined], shared: Sequence[Shared]) -> tuple[Flip, ...]:
    """The flips, the worst first.

    Runs keep no texts: those of a data file are shown where it still stands there with the same content.
    """
    flipped = [one for one in messages if is_decided(one) and is_flip(one)]
    rows = {number: _rows(shared[number]) for number in {one.file for one in flipped}}
    return worst_first(
        Flip(
            shared[one.file].after,
            rows[one.file].get(one.row_id) or _without_text(one),
            _prediction(one, one.before),
            _prediction(one, one.after),
            flip_kind(one),
        )
        for one in flipped
    )


def flip_kind(one: Joined) -> FlipKind:
    """What it means that this message flips."""
    return kind_of(one.label, one.counted, handed_over(one.before), handed_over(one.after))


def is_decided(one: Joined) -> bool:
    """Whether both runs know what becomes of the message."""
    return one.before.outcome is not None and one.after.outcome is not None


def is_flip(one: Joined) -> bool:
    """Whether what becomes of it differs."""
    return one.before.outcome != one.after.outcome


def handed_over(said: Said) -> bool:
    """Whether a person takes over."""
    return said.outcome == "handover"


def _rows(shared: Shared) -> Mapping[str, Row]:
    """The rows of a file by their ids; none where the file is not there or has changed since."""
    try:
        with Path(shared.after).open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != shared.sha256:
                return {}
    except OSError:
        return {}
    (file,) = read_dataset([shared.after]).files
    return {row.id: row for row in file.rows}


def _without_text(one: Joined) -> Row:
    """The message as far as runs keep it."""
    return Row(
        id=one.row_id,
        text="",
        language=one.language,
        channel=None,
        conversation_id=one.conversation_id,
        turn=None,
        speaker="customer",
        bot_failed=False,
        bot_offered=False,
        sent_at=None,
        label=one.label,
        category=one.category,
        source=None,
        source_label=None,
        split=None,
        group=one.row_id,
        ambiguous=False,
    )


def _prediction(one: Joined, said: Said) -> Prediction:
    return Prediction(one.row_id, said.outcome, said.rule, None, "", {})
