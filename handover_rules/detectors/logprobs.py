"""How sure a chat model is, from the probabilities of its tokens: how likely it was to write `true`.

What a model says of its own confidence is one of a few round numbers. The probability of the one word that carries
the answer tells messages apart more finely (Kadavath et al., Language Models (Mostly) Know What They Know, 2022).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from handover_rules.detectors.answer_format import read_completion
from handover_rules.detectors.foreign_json import member, number
from handover_rules.detectors.reasons import BAD_ANSWER
from handover_rules.signals import Score, Signal, Unavailable

__all__ = ["read_by_logprob"]

# A quotation mark behind a backslash belongs to a text, and ends no key.
_ANSWER = re.compile(rb'(?<!\\)"handover_needed"\s*:\s*(true|false)')
_WORDS: Final = (b"true", b"false")


def read_by_logprob(completion: object) -> Signal:
    """As `read_completion`, with the probability of `true` against `false` as the score.

    `confidence` is the probability of what the model answered. An answer is `bad_answer` where its tokens have no
    probabilities, or where they do not show which of them is the value of `handover_needed`.
    """
    said = read_completion(completion)
    if not isinstance(said, Score):
        return said
    tokens = member(completion, "choices", 0, "logprobs", "content")
    needed = _probability(tokens, said.needed is True) if isinstance(tokens, list) else None
    if needed is None:
        return Unavailable(BAD_ANSWER)
    return Score(needed, said.needed, needed if said.needed else 1 - needed, said.reason)


def _probability(tokens: Sequence[object], written: bool) -> float | None:
    """The probability of `true`, given that `written` was written; None where the tokens do not say it."""
    spelled = [_spelling(token) for token in tokens]
    found = list(_ANSWER.finditer(b"".join(spelled)))
    # A nested object may have the key too; then nobody knows whose probability this is.
    if len(found) != 1 or (found[0][1] == b"true") is not written:
        return None
    before = found[0].start(1)
    for token, spelling in zip(tokens, spelled, strict=True):
        if before < len(spelling):
            return _renormalised(token, spelling[:before])
        before -= len(spelling)
    return None


def _renormalised(token: object, lead: bytes) -> float | None:
    """The share of `true` in what `true` and `false` have together; `lead` is what the token holds before the word.

    A token that is only the beginning of a word stands for it: no other value of the form begins so.
    """
    others = member(token, "top_logprobs")
    if not isinstance(others, list) or len(others) < 2:
        return None
    logprobs = {_spelling(one): number(member(one, "logprob")) for one in (token, *others)}
    mass = dict.fromkeys(_WORDS, 0.0)
    for spelling, logprob in logprobs.items():
        if logprob is None:
            return None
        begun = spelling.removeprefix(lead).strip()
        for word in _WORDS:
            if begun and (begun.startswith(word) or word.startswith(begun)):
                mass[word] += math.exp(min(logprob, 0.0))
    total = sum(mass.values())
    return mass[b"true"] / total if total else None


def _spelling(token: object) -> bytes:
    """The token's UTF-8: its `bytes`, since a character may be cut by tokens; b"" where there is neither."""
    spelled, text = member(token, "bytes"), member(token, "token")
    if isinstance(spelled, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in spelled):
        return bytes(spelled)
    return text.encode("utf-8", "replace") if isinstance(text, str) else b""
