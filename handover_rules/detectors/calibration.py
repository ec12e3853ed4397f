"""A calibration: the monotone map from a model's raw scores to probabilities, learnt on labelled messages.

Platt's sigmoid over the logit of the score: 1 / (1 + exp(-(slope * logit(score) + offset))). (J. Platt, Probabilistic
outputs for support vector machines, 1999.) `eval.training.calibration` fits it.

The file is one JSON object: `format`, `version`, `detector` (the fingerprint of the detector whose scores it maps),
`slope`, `offset`, and a `checksum` over everything else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from handover_rules.detectors.foreign_json import member, number, strict_json
from handover_rules.detectors.linear import checksum, score_of_margin
from handover_rules.errors import ModelFileError
from handover_rules.signals import Score, Signal

if TYPE_CHECKING:
    from handover_rules.ruleset import OpenAISpec

__all__ = ["FORMAT", "VERSION", "Calibration", "calibration_text", "logit", "read_calibration"]

FORMAT: Final = "handover-calibration"
VERSION: Final = 1

# 0 and 1 have no logit. Near enough to them that hardly any probability of a token is cut.
_CLIP: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """The map; `slope` is above 0, so that it changes no order."""

    slope: float
    offset: float

    def score(self, raw: float) -> float:
        """The calibrated score, from 0 to 1. Rounded to 6 decimals, so that every machine says the same."""
        return round(score_of_margin(logit(raw), self.slope, self.offset), 6)

    def of(self, signals: Sequence[Signal]) -> list[Signal]:
        """The signals with calibrated scores; what the model said in words stays as it is."""
        return [
            replace(signal, value=self.score(signal.value)) if isinstance(signal, Score) else signal
            for signal in signals
        ]


def logit(score: float) -> float:
    """ln(score / (1 - score)) of a score from 0 to 1, kept a millionth away from both."""
    kept = min(max(score, _CLIP), 1 - _CLIP)
    return math.log(kept / (1 - kept))


def calibration_text(calibration: Calibration, detector: str) -> str:
    """The content of a calibration file for the detector of this fingerprint."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "detector": detector,
        "slope": calibration.slope,
        "offset": calibration.offset,
    }
    return json.dumps({**content, "checksum": checksum(content)}, indent=2) + "\n"


def read_calibration(spec: OpenAISpec, fingerprint: str) -> Calibration:
    """The calibration of `spec`, for the detector of this fingerprint.

    Raises ModelFileError for a file that is damaged, or made for another detector or version.
    """
    content = strict_json(spec.calibration)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _unusable(spec, f'is not a calibration file (expected an object with "format": "{FORMAT}")')
    if content.get("version") != VERSION:
        raise _unusable(spec, f"has version {content.get('version')!r}; this program reads version {VERSION}")
    if content.get("checksum") != checksum(content):
        raise _unusable(spec, "was changed after it was written (its checksum does not match its content)")
    slope, offset = number(member(content, "slope")), number(member(content, "offset"))
    if slope is None or offset is None or slope <= 0:
        raise _unusable(spec, "is damaged (expected numbers as `slope`, above 0, and `offset`)")
    if content.get("detector") != fingerprint:
        raise _unusable(
            spec,
            f"was made for another detector (fingerprint {content.get('detector')!r}; this one, with its model, "
            f"prompt, options and address, has {fingerprint})",
        )
    return Calibration(slope, offset)


def _unusable(spec: OpenAISpec, problem: str) -> ModelFileError:
    return ModelFileError(
        f"{spec.place}: calibration file {spec.calibration_file} {problem}; fit a new one, or remove `calibration:`"
    )
