"""The options of `handover eval` as given, and what some of them mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from eval.ai_cost.before import Asking
from eval.figures.prevalence import Assumed
from eval.replay import DEFAULT_NOW
from eval.views import View
from handover_rules.detectors import AnswerMode
from handover_rules.errors import UsageError

__all__ = ["EvalOptions", "answer_mode", "stated_now"]


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """The command's options as given. `runs` None keeps no run; `markdown_to`, `json_to` "-" are standard output."""

    files: tuple[Path, ...]
    ruleset: Path
    detector: str | None
    view: View
    offline: bool
    require_answers: bool
    refresh: bool
    answers: Path
    env: bool
    markdown_to: str | None
    json_to: str | None
    runs: Path | None
    now: str | None
    scores: Literal["asked", "all"]
    assumed: Assumed
    floor: int
    split: str | None
    asking: Asking


def answer_mode(options: EvalOptions) -> AnswerMode:
    """How recorded answers are used. Raises UsageError for options that exclude each other."""
    chosen: dict[AnswerMode, bool] = {
        "offline": options.offline,
        "require": options.require_answers,
        "refresh": options.refresh,
    }
    if options.asking.estimate and (options.offline or options.require_answers):
        raise UsageError("--estimate tells what asking would cost; leave out --offline and --require-answers")
    modes = [mode for mode, given in chosen.items() if given]
    if len(modes) > 1:
        raise UsageError("--offline, --require-answers and --refresh exclude each other; give one of them")
    return modes[0] if modes else "record"


def stated_now(text: str | None) -> datetime:
    """What `--now` states, or else the replay's own time. Raises UsageError for what is no time with an offset."""
    if text is None:
        return DEFAULT_NOW
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        now = None
    if now is None or now.utcoffset() is None:
        raise UsageError(f"--now is {text!r}; expected a time with its offset, such as 2026-01-05T12:00:00+00:00")
    return now
