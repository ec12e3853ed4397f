"""Detectors: everything that scores a message, and the way from a ruleset to detectors that can be asked.

The only part of the package that may do I/O. Importing it imports no provider's SDK and no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from handover_rules.detectors.answers import Answer, AnswerStore
from handover_rules.detectors.base import Absent, Detector, Query
from handover_rules.detectors.openai_request import openai_fingerprint
from handover_rules.detectors.reasons import DISABLED, NO_KEY, NO_MODEL, NOT_INSTALLED, REASONS
from handover_rules.detectors.recorded import Counts, Recorded
from handover_rules.detectors.spending import Spending
from handover_rules.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from handover_rules.detectors.calibration import Calibration
    from handover_rules.ruleset import LinearSpec, OpenAISpec, Ruleset

__all__ = [
    "REASONS",
    "Absent",
    "Answer",
    "AnswerMode",
    "AnswerStore",
    "Counts",
    "Detector",
    "Query",
    "Recorded",
    "Spending",
    "build_detectors",
    "openai_fingerprint",
]

AnswerMode: TypeAlias = Literal["live", "offline", "require", "record", "refresh"]

# What the example environment file holds until somebody writes a key there.
_PLACEHOLDER_KEY = "your_openai_api_key"


def build_detectors(
    ruleset: Ruleset, environ: Mapping[str, str], *, answers: AnswerStore | None, mode: AnswerMode
) -> dict[str, Detector]:
    """Every detector of the ruleset by name; one that cannot be asked here is `Absent` and says why.

    `live` asks, and logs what it hears to `answers` (if there is a store) where the detector has
    `log_answers`. The other modes are those of `Recorded` and need a store; they concern remote detectors,
    local ones always compute. OPENAI_API_KEY and OPENAI_BASE_URL come from `environ` alone. What a detector
    with a `daily_budget` spends is kept in the folder `spending` beside the store; without a store it is
    forgotten with the detector.

    Raises UsageError for a mode without its store, DetectorError for a detector that cannot be built: a
    prompt that cannot be rendered, a damaged model file, a calibration for another detector, a malformed key or
    address.
    """
    if answers is None and mode != "live":
        raise UsageError(f"the mode `{mode}` works on recorded answers: say where they are stored")
    built: dict[str, Detector] = {}
    for name, spec in ruleset.detectors.items():
        if not spec.enabled:
            built[name] = Absent(name, DISABLED)
        elif spec.kind == "openai":
            built[name] = _openai(spec, environ, answers, mode)
        else:
            built[name] = _linear(spec)
    return built


def _openai(spec: OpenAISpec, environ: Mapping[str, str], answers: AnswerStore | None, mode: AnswerMode) -> Detector:
    base_url = environ.get("OPENAI_BASE_URL", "").strip() or None
    fingerprint = openai_fingerprint(spec, base_url)
    calibration = _calibration(spec, fingerprint)
    if answers is not None and mode in ("offline", "require"):
        return Recorded(spec.name, fingerprint, answers, mode, calibration=calibration)
    recording = answers is not None and (mode != "live" or spec.log_answers)
    key = environ.get("OPENAI_API_KEY", "").strip()
    spend_folder = answers.path.parent / "spending" if answers is not None else None
    # What is recorded is the raw answer, so that is what `Recorded` needs.
    live = _live_openai(spec, key, base_url, spend_folder, None if recording else calibration)
    if answers is None or not recording:
        return live
    if isinstance(live, Absent) and mode != "record":  # there, what is recorded can be answered without a key as well
        return live
    return Recorded(spec.name, fingerprint, answers, "log" if mode == "live" else mode, live, calibration)


def _live_openai(
    spec: OpenAISpec, key: str, base_url: str | None, spend_folder: Path | None, calibration: Calibration | None
) -> Detector:
    if key in ("", _PLACEHOLDER_KEY):
        return Absent(spec.name, NO_KEY)
    try:
        from handover_rules.detectors.openai import OpenAIDetector
    except ModuleNotFoundError as error:
        if error.name != "openai":
            raise
        return Absent(spec.name, NOT_INSTALLED)
    return OpenAIDetector(spec, api_key=key, base_url=base_url, spend_folder=spend_folder, calibration=calibration)


def _calibration(spec: OpenAISpec, fingerprint: str) -> Calibration | None:
    if not spec.calibration:
        return None
    from handover_rules.detectors.calibration import read_calibration

    return read_calibration(spec, fingerprint)


@lru_cache(maxsize=8)
def _linear(spec: LinearSpec) -> Detector:
    """Kept, since reading a model takes longer than asking it thousands of times; the spec has the file's digest."""
    if not spec.digest:
        return Absent(spec.name, NO_MODEL)
    # Here and not above, since a ruleset without a local model should not pay for the import.
    from handover_rules.detectors.linear import LinearDetector

    return LinearDetector.load(spec)
