"""A ruleset after loading: linked, checked and immutable. `rulefile` reads it, `engine` decides by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal, TypeAlias

from handover_rules.text import Phrase, WordList

__all__ = [
    "AcceptedOffer",
    "Action",
    "All",
    "Allowed",
    "Any",
    "BeforeTurn",
    "Channel",
    "Condition",
    "Customer",
    "DetectorSpec",
    "Failures",
    "Field",
    "Given",
    "Hours",
    "Lang",
    "LinearSpec",
    "Not",
    "OpenAISpec",
    "OpeningHours",
    "PhraseList",
    "PhraseSource",
    "Phrases",
    "Place",
    "Prices",
    "Priority",
    "Queue",
    "Regex",
    "Repeats",
    "Rule",
    "RuleTest",
    "Ruleset",
    "ScoreAtLeast",
    "Settings",
    "Then",
    "Threshold",
    "Turns",
    "UnavailableIs",
]

Then: TypeAlias = Literal["handover", "ask", "stay", "tag"]
Priority: TypeAlias = Literal["low", "medium", "high", "urgent"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file as it was named, and 1-based line and column; `length` columns are meant."""

    file: str
    line: int = 1
    column: int = 1
    length: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class PhraseSource:
    """A phrase and where it is written."""

    phrase: Phrase
    place: Place


@dataclass(frozen=True, slots=True)
class Allowed:
    """A check of `handover check` that is switched off by its name, and why."""

    check: str
    reason: str
    place: Place


# --- conditions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """True when every child is true."""

    children: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Any:
    """True when one child is true."""

    children: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    """True when the child is false; unknown stays unknown."""

    child: Condition
    place: Place


@dataclass(frozen=True, slots=True)
class Phrases:
    """`phrase:` or `whole:`: one of the phrases occurs as whole words, or is the whole message."""

    phrases: tuple[PhraseSource, ...]
    whole: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Regex:
    """`regex:`: RE2 finds one of the patterns in the NFC text as written."""

    patterns: tuple[tuple[str, Place], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ScoreAtLeast:
    """`score:`: the detector's score is at or above the bound; `threshold` names the bound where it has a name."""

    detector: str
    bound: float
    threshold: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class UnavailableIs:
    """`unavailable:`: one of the detectors was asked and could not answer."""

    detectors: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Failures:
    """`failures:`: the bot failed at least so often in its last `within_turns` turns of this epoch (None: all)."""

    at_least: int
    within_turns: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Repeats:
    """`repeats:`: this message says nearly the same as at least so many of the customer's last ones of this epoch."""

    at_least: int
    within_turns: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Turns:
    """`turns:`: the customer wrote at least so many messages in this epoch, this one included."""

    at_least: int
    place: Place


@dataclass(frozen=True, slots=True)
class AcceptedOffer:
    """`accepted_offer: true`: a short yes to the open offer."""

    place: Place


@dataclass(frozen=True, slots=True)
class Hours:
    """`hours:`: now is inside one of the named opening hours."""

    names: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Lang:
    """`lang:`: the message's language is one of these; detected when the message does not say."""

    languages: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Channel:
    """`channel:`: the message came by one of these channels."""

    channels: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Customer:
    """`customer:`: for every key, what is known of the customer is one of the values."""

    values: tuple[tuple[str, tuple[str, ...]], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Field:
    """`field:`: the value at a dotted path of the event; exactly one of the three tests is given."""

    path: tuple[str, ...]
    values: tuple[str, ...]
    at_least: float | None
    matches: str | None
    place: Place


Condition: TypeAlias = (
    All
    | Any
    | Not
    | Phrases
    | Regex
    | ScoreAtLeast
    | UnavailableIs
    | Failures
    | Repeats
    | Turns
    | AcceptedOffer
    | Hours
    | Lang
    | Channel
    | Customer
    | Field
)

# --- the parts that conditions and rules name -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Spans of local time: weekday (0 is Monday) -> [from, to) pairs; `to` None is the end of the day."""

    name: str
    spans: tuple[tuple[int, time, time | None], ...]
    place: Place

    def include(self, local: datetime) -> bool:
        """Whether a time in the ruleset's time zone is inside one of the spans."""
        now, day = local.time(), local.weekday()
        return any(on == day and start <= now and (end is None or now < end) for on, start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Queue:
    """Where handovers wait, and the skills that an agent needs to take one."""

    name: str
    skills: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Threshold:
    """A named score cut-off. `overridden`: the value came from the environment variable `env`.

    `goal` is what it was chosen for, and `low95` (of false alarms `high95`) what is certain; `data` names the messages
    and `detector` the detector's state that it was chosen by, as `name@` and the beginning of a hash.
    """

    name: str
    value: float
    env: str | None
    overridden: bool
    goal: str | None
    low95: float | None
    high95: float | None
    data: str | None
    detector: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class PhraseList:
    """A named list of the phrase language, `<name>`. `typos` is how many slips a word of it may have (0 or 1)."""

    name: str
    phrases: tuple[PhraseSource, ...]
    typos: int
    place: Place

    @property
    def words(self) -> WordList:
        """The list as the automaton takes it."""
        return WordList(tuple(source.phrase for source in self.phrases), self.typos)


@dataclass(frozen=True, slots=True)
class LinearSpec:
    """A local linear model. `model` is the path as written, `digest` the file's SHA-256 ("" while it is missing)."""

    name: str
    cost: int
    enabled: bool
    model: str
    path: str
    digest: str
    place: Place
    kind: Literal["linear"] = "linear"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model costs, per million tokens, in a currency of the author's own."""

    input: float
    output: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.input + completion_tokens * self.output) / 1_000_000


@dataclass(frozen=True, slots=True)
class OpenAISpec:
    """An OpenAI-compatible chat model. `prompt` is the template's text; `log_answers` keeps live answers for replay.

    `samples` is how many answers make a score (None: one). `daily_budget` is in the unit of `prices`. `calibration` is
    the text of the file that maps raw scores ("": they are the scores).
    """

    name: str
    cost: int
    enabled: bool
    model: str
    prompt: str
    prompt_file: str
    timeout_ms: int
    max_retries: int
    max_concurrency: int
    log_answers: bool
    place: Place
    kind: Literal["openai"] = "openai"
    confidence: Literal["self_reported", "logprob", "samples"] = "self_reported"
    samples: int | None = None
    answers: Literal["auto", "schema", "json"] = "auto"
    prices: Prices | None = None
    daily_budget: float | None = None
    calibration: str = ""
    calibration_file: str = ""


DetectorSpec: TypeAlias = LinearSpec | OpenAISpec


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a named action list: `kind` such as `lead.create`, and its parameters, templates included."""

    kind: str
    params: Mapping[str, object]
    place: Place


@dataclass(frozen=True, slots=True)
class Settings:
    """What a rule sets on a handover; None is not set."""

    priority: Priority | None = None
    queue: str | None = None
    sla: timedelta | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class BeforeTurn:
    """A turn that a rule test puts before its message."""

    speaker: Literal["customer", "bot"]
    text: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Given:
    """The circumstances of a rule test. `now` is local time, ISO 8601.

    `signals`: a score, or None for unavailable. `unknown` are detectors that must not be needed for the decision.
    """

    signals: Mapping[str, float | None] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    lang: str | None = None
    channel: str | None = None
    customer: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, object] = field(default_factory=dict)
    now: str | None = None
    offered: bool = False
    before: tuple[BeforeTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A test inside a rule: say this, given that, expect an outcome. `tags` must be exactly those (None: any)."""

    say: str
    given: Given
    expect: Literal["handover", "ask", "stay", "none"]
    tags: tuple[str, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. It fires when `when` is true and none of `unless` is."""

    id: str
    priority: int
    when: Condition
    unless: tuple[Condition, ...]
    then: Then
    settings: Settings
    do: tuple[str, ...]
    why: str
    owner: str
    tests: tuple[RuleTest, ...]
    allow: tuple[Allowed, ...]
    place: Place

    @property
    def adds(self) -> bool:
        """Whether it sets or does anything at a handover."""
        return bool(self.do) or self.settings != Settings()


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All that the rule files say. `rules` are in the order in which they decide: by priority, then as written.

    `hash` is 12 hex digits of a SHA-256 over the resolved rules, prompts, models and effective environment overrides.
    """

    name: str
    default_language: str
    time_zone: str
    return_to_bot_after: timedelta | None
    offer_open_for: timedelta
    yes: tuple[PhraseSource, ...]
    hours: Mapping[str, OpeningHours]
    queues: Mapping[str, Queue]
    thresholds: Mapping[str, Threshold]
    detectors: Mapping[str, DetectorSpec]
    phrases: Mapping[str, PhraseList]
    rules: tuple[Rule, ...]
    actions: Mapping[str, tuple[Action, ...]]
    allow: tuple[Allowed, ...]
    files: tuple[str, ...]
    hash: str

    @property
    def paid(self) -> frozenset[str]:
        """The detectors that are paid for each answer: enabled ones of kind `openai`; a local model costs nothing."""
        return frozenset(name for name, spec in self.detectors.items() if spec.kind == "openai" and spec.enabled)
