"""A detector that answers from the store of recorded answers, and asks the live one where its mode allows."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from handover_rules.detectors.answers import Answer, AnswerStore
from handover_rules.detectors.base import Detector, Query
from handover_rules.detectors.reasons import NOT_RECORDED
from handover_rules.detectors.stopping import reasons_of, why_stop
from handover_rules.errors import AnswerMissing, AnswerStoreError, AskingStopped
from handover_rules.signals import Score, Signal, Unavailable

if TYPE_CHECKING:
    from handover_rules.detectors.calibration import Calibration
    from handover_rules.detectors.spending import Spending

__all__ = ["Counts", "Recorded", "RecordingMode"]

_log = logging.getLogger(__name__)

RecordingMode: TypeAlias = Literal["offline", "require", "record", "refresh", "log"]

# Messages that are asked and recorded together. An interruption loses at most so many paid answers, and at
# the end of each portion the concurrency limit is not used in full.
_PORTION: Final = 200


@dataclass(slots=True)
class Counts:
    """Questions since the start: answered from the store, asked live, and neither.

    `unavailable` counts those that got no answer, asked or not, by reason.
    """

    hits: int = 0
    asked: int = 0
    missing: int = 0
    unavailable: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Count those of another start as well."""
        self.hits += other.hits
        self.asked += other.asked
        self.missing += other.missing
        self.unavailable += other.unavailable


class Recorded:
    """Answers for the detector of that name and fingerprint.

    | mode      | recorded answers | the live detector                                                      |
    | --------- | ---------------- | ---------------------------------------------------------------------- |
    | `offline` | used             | never asked: a missing answer is `Unavailable("not_recorded")`         |
    | `require` | used             | never asked: a missing answer raises AnswerMissing                     |
    | `record`  | used             | asked what is missing, and its scores recorded                         |
    | `refresh` | not used         | asked each question once, and its scores recorded                      |
    | `log`     | not used         | always asked; a store that cannot be written costs a log line only     |

    Only the last three modes need `live`: the first two work without its package, a key or a network. `record` and
    `refresh` stop where the service cannot be asked any more: what is left to ask would stay unanswered, whichever
    messages that are. Answers are recorded raw; `calibration` is applied to what is given back, so another one needs no
    new answers.
    """

    def __init__(
        self,
        name: str,
        fingerprint: str,
        store: AnswerStore,
        mode: RecordingMode,
        live: Detector | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        if live is None and mode not in ("offline", "require"):
            raise ValueError(f"mode {mode} asks a live detector; give one")
        self.name = name
        self.fingerprint = fingerprint
        self.counts = Counts()
        self._store = store
        self._mode = mode
        self._calibration = calibration
        self._refreshed: set[str] = set()
        self._live = live if mode not in ("offline", "require") else None

    @property
    def remote(self) -> bool:
        """Whether asking may leave this process."""
        return self._live is not None and self._live.remote

    @property
    def usage(self) -> Spending | None:
        """What the live detector has used up to now; None where none is paid."""
        usage: Spending | None = getattr(self._live, "usage", None)
        return usage

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        """One signal a query, in order.

        Raises AnswerStoreError, AnswerMissing (mode `require`) and AskingStopped (`record` and `refresh`); what was
        answered before that is recorded.
        """
        if self._mode == "offline" and not len(self._store):
            # Nothing to look up, which saves working out the keys.
            self.counts.missing += len(queries)
            self.counts.unavailable[NOT_RECORDED] += len(queries)
            return [Unavailable(NOT_RECORDED)] * len(queries)
        keys = [query.key() for query in queries]
        signals: dict[str, Signal] = {}
        for key in keys:
            if self._mode in ("offline", "require", "record") or key in self._refreshed:
                score = self._store.get(key, self.fingerprint)
                if score is not None:
                    signals[key] = score
        hits = sum(key in signals for key in keys)
        self.counts.hits += hits
        # The same question twice is asked once.
        missing = {key: query for key, query in zip(keys, queries, strict=True) if key not in signals}
        if self._live is not None:
            self.counts.asked += len(missing)
            signals |= await self._ask_live(self._live, missing)
        else:
            self.counts.missing += len(keys) - hits
            if missing and self._mode == "require":
                raise self._missing(missing)
            signals |= dict.fromkeys(missing, Unavailable(NOT_RECORDED))
        said = [signals[key] for key in keys]
        self.counts.unavailable.update(reasons_of(said))
        return self._calibration.of(said) if self._calibration is not None else said

    async def close(self) -> None:
        """Closes the live detector."""
        if self._live is not None:
            await self._live.close()

    async def _ask_live(self, live: Detector, questions: dict[str, Query]) -> dict[str, Signal]:
        signals: dict[str, Signal] = {}
        keys = list(questions)
        for start in range(0, len(keys), _PORTION):
            portion = keys[start : start + _PORTION]
            answers = dict(zip(portion, await live.ask([questions[key] for key in portion]), strict=True))
            self._record(answers)
            signals |= answers
            if self._mode != "log" and (why := why_stop(getattr(live, "trouble", None), answers.values())):
                self.counts.unavailable.update(reasons_of(answers.values()))
                raise self._stopped(why)
        return signals

    def _record(self, signals: dict[str, Signal]) -> None:
        scored = [
            Answer(key, self.name, self.fingerprint, signal)
            for key, signal in signals.items()
            if isinstance(signal, Score)
        ]
        try:
            self._store.append(scored)
            if self._mode == "refresh":
                self._refreshed.update(answer.key for answer in scored)
        except AnswerStoreError as error:
            if self._mode != "log":
                raise
            _log.warning("answers of detector %s are not recorded: %s", self.name, error)

    def _stopped(self, why: str) -> AskingStopped:
        again = "; --refresh would begin anew: leave it out to go on" if self._mode == "refresh" else " to go on"
        return AskingStopped(
            f"detector {self.name} was stopped. {why} What it answered before is recorded in {self._store.path}. Run "
            f"the command again{again}; with --offline it uses nothing but what is recorded"
        )

    def _missing(self, missing: dict[str, Query]) -> AnswerMissing:
        return AnswerMissing(
            f"{self._store.path}: no answer of detector {self.name} (fingerprint {self.fingerprint}) is "
            f"recorded for {len(missing)} message(s), the first with key {next(iter(missing))}. To record "
            "them, set OPENAI_API_KEY and run `handover eval` without `--require-answers`."
        )
