"""Before a command asks: the offline pass, the estimate, and leave to spend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.text import Text

from eval.ai_cost.consent import Consent, at_a_terminal, obtain
from eval.ai_cost.estimate import CostEstimate, estimated
from eval.ai_cost.questions import Questions
from eval.ai_cost.usage_log import used_before
from eval.ai_cost.wording import estimate_lines, unpriced
from eval.output import as_plain, console, write_json
from handover_rules.detectors import AnswerStore, Detector, Recorded

__all__ = ["Asking", "asks", "before_asking"]


@dataclass(frozen=True, slots=True)
class Asking:
    """The options of a command that may ask: `estimate` tells what it would cost and stops, else `consent` decides."""

    consent: Consent = Consent()
    estimate: bool = False


def asks(detectors: Mapping[str, Detector]) -> bool:
    """Whether asking these may cost money: with a key, and in a mode that asks."""
    return any(isinstance(one, Recorded) and one.remote for one in detectors.values())


def before_asking(
    asking: Asking,
    look: Callable[[], Questions],
    store: AnswerStore,
    errors: Console,
    json_to: str | None,
) -> bool:
    """Whether to go on: False where the estimate was all that was wanted, and has been shown.

    `look` makes the offline pass. `json_to` is where the estimate goes as JSON ("-" is standard output). Raises as
    `obtain`, and what the pass raises.
    """
    estimate = estimated(look(), used_before(store))
    if not asking.estimate:
        obtain(estimate, asking.consent, errors, at_a_terminal())
        return True
    if json_to is not None:
        write_json("--json", json_to, _as_json(estimate))
    if json_to != "-":
        out = console()
        for line in (*estimate_lines(estimate), *unpriced(estimate)):
            out.print(Text(line), soft_wrap=True)
    return False


def _as_json(estimate: CostEstimate) -> dict[str, object]:
    return {"estimate": as_plain(asdict(estimate) | {"money": estimate.money})}
