"""Random rulesets as YAML, conversations as events, messages and signals, all from one small vocabulary.

So phrases occur, words are nearly right, scores lie on their bounds, and conversations change hands. Hypothesis draws
the seeds; what grows from a seed is made by `random`, which is fifty times faster for things as large as a ruleset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

from handover_rules.conversation import (
    BotReply,
    ConversationState,
    CustomerMessage,
    Decided,
    Event,
    HumanReply,
    OwnerSet,
    reduce,
)
from handover_rules.messages import Message
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Score, Signal, Unavailable

T = TypeVar("T")

WORDS = ("human", "agent", "person", "order", "help", "refund", "yes", "talk", "to", "a", "l'agent", "café")
SAID = (*WORDS, "humman", "agnet", "heeelp", "PERSON!", "orders", "cafe", "pleaaase", "yess", "to-talk", "人", "\ud800")
BOUNDS = (0.25, 0.5, 0.75)
SCORES = (0.0, 0.25, 0.4999999, 0.5, 0.6, 0.75, 1.0)
DETECTORS = ("ai", "bert", "local")
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)  # the clocks in Berlin go forward on the Sunday after


def seeded(make: Callable[[Random], T]) -> st.SearchStrategy[T]:
    """What `make` makes of a random seed."""
    return st.integers(0, 2**48).map(lambda seed: make(Random(seed)))


def some(rng: Random, make: Callable[[Random], T], most: int) -> list[T]:
    """One to `most` of what `make` makes."""
    return [make(rng) for _ in range(rng.randint(1, most))]


# --- phrases --------------------------------------------------------------------------------------


def solid(rng: Random, lists: bool, deep: bool) -> str:
    """A part of a phrase that is never empty, and neither begins nor ends with a gap."""
    kind = rng.random()
    if kind < 0.2 and lists:
        return rng.choice(("<people>", "<things>"))
    if kind < 0.4 and deep:
        return f"({'|'.join(phrase(rng, lists, deep=False) for _ in range(rng.randint(2, 3)))})"
    return rng.choice(WORDS)


def phrase(rng: Random, lists: bool = True, deep: bool = True) -> str:
    """A phrase: one or two solid parts, and between them nothing, a gap or something optional."""
    first = solid(rng, lists, deep)
    if rng.random() < 0.4:
        return first
    optional = f" ({solid(rng, lists, False)})? "
    return first + rng.choice((" ", " ", " ... ", optional)) + solid(rng, lists, deep)


def entry(rng: Random) -> str:
    """A phrase of a list."""
    return phrase(rng, lists=False, deep=False)


# --- conditions -----------------------------------------------------------------------------------


def window(rng: Random) -> dict[str, int]:
    """`at_least`, perhaps within some turns."""
    return {"at_least": rng.randint(1, 3)} | ({"within_turns": rng.randint(1, 4)} if rng.random() < 0.5 else {})


def score(rng: Random) -> dict[str, Any]:
    return {"score": {"of": rng.choice(DETECTORS), "at_least": rng.choice((*BOUNDS, "$cut"))}}


REGEXES: tuple[Any, ...] = ("hel+p", "(?i)PERSON", "^$", ["agent$", "o.d"], "caf[ée]")
CUSTOMERS: tuple[Any, ...] = ({"tier": "gold"}, {"tier": ["gold", "silver"], "vip": True})
FIELDS: tuple[Any, ...] = (
    {"path": "media.0.type", "is": ["image", "video"]},
    {"path": "media.1", "is": "true"},
    {"path": "count", "at_least": 2},
    {"path": "profile.name", "matches": "^A"},
)
LEAVES: tuple[Callable[[Random], dict[str, Any]], ...] = (
    *[score] * 6,
    *[lambda rng: {"phrase": some(rng, phrase, 3)}] * 3,
    lambda rng: {"whole": some(rng, phrase, 2)},
    lambda rng: {"regex": rng.choice(REGEXES)},
    lambda rng: {"unavailable": rng.choice(DETECTORS)},
    lambda rng: {"unavailable": rng.sample(DETECTORS, 2)},
    lambda rng: {"failures": window(rng)},
    lambda rng: {"repeats": window(rng)},
    lambda rng: {"turns": {"at_least": rng.randint(1, 4)}},
    lambda rng: {"accepted_offer": True},
    lambda rng: {"hours": rng.choice(("office", "night", ["office", "night"]))},
    lambda rng: {"lang": rng.choice(("en", ["es", "en"], "de"))},
    lambda rng: {"channel": rng.choice(("whatsapp", ["web", "twilio"]))},
    lambda rng: {"customer": rng.choice(CUSTOMERS)},
    lambda rng: {"field": rng.choice(FIELDS)},
)


def condition(rng: Random, depth: int) -> dict[str, Any]:
    """A condition with up to `depth` levels of `all`, `any` and `not` above its leaves."""
    kind = rng.random()
    if depth == 0 or kind < 0.35:
        return rng.choice(LEAVES)(rng)
    if kind < 0.5:
        return {"not": condition(rng, depth - 1)}
    return {rng.choice(("all", "any")): some(rng, lambda inner: condition(inner, depth - 1), 3)}


def waits(conditions: Any) -> int:
    """How many conditions in it look at a detector: the naive engine tries all their values in all combinations."""
    if isinstance(conditions, list):
        return sum(map(waits, conditions))
    ((kind, value),) = conditions.items()
    return waits(value) if kind in ("all", "any", "not") else kind in ("score", "unavailable")


# --- rulesets -------------------------------------------------------------------------------------


def settings(rng: Random) -> dict[str, str]:
    """What a rule sets, perhaps nothing."""
    options = {
        "priority": rng.choice(("low", "medium", "high", "urgent")),
        "queue": rng.choice(("general", "billing")),
        "sla": rng.choice(("15m", "1h", "2d")),
        "topic": rng.choice(("refunds", "parcels")),
    }
    return {key: value for key, value in options.items() if rng.random() < 0.4}


def rule(rng: Random, number: int, deciding: Mapping[int, str]) -> dict[str, Any]:
    """A rule. Rules of equal priority decide alike (the loader insists), and a `stay` does nothing."""
    priority = rng.choice((10, 50, 50, 90))
    then = rng.choice((deciding[priority], deciding[priority], "tag"))
    while True:
        when = condition(rng, 3)
        unless = some(rng, lambda inner: condition(inner, 2), 2) if rng.random() < 0.4 else []
        if waits([when, *unless]) <= 5:
            break
    made: dict[str, Any] = {"id": f"rule-{number}", "when": when, "then": then}
    if unless:
        made["unless"] = unless
    if priority != 50 or rng.random() < 0.5:
        made["priority"] = priority
    if rng.random() < 0.5:
        made["why"] = f"Because of rule {number}."
    if then != "stay":
        made |= {"set": settings(rng), "do": rng.sample(("take_over", "tell"), rng.randint(0, 2))}
    return made


def ruleset_data(rng: Random) -> dict[str, Any]:
    """A ruleset as what its YAML says."""
    deciding = {priority: rng.choice(("handover", "handover", "ask", "stay")) for priority in (10, 50, 90)}
    data: dict[str, Any] = {
        "ruleset": "generated",
        "hours": {
            "office": {"days": "mon-fri", "from": "09:00", "to": "18:00"},
            "night": [
                {"days": ["sat", "sun"], "from": "22:00", "to": "24:00"},
                {"days": ["sun", "mon"], "from": "00:00", "to": "03:00"},
            ],
        },
        "queues": {"general": {"skills": ["support"]}, "billing": {"skills": ["money"]}},
        "thresholds": {"cut": rng.choice(BOUNDS)},
        "detectors": {
            name: {"kind": "linear", "cost": rng.choice((0, 1, 100)), "model": f"{name}.json"} for name in DETECTORS
        },
        "phrases": {
            "things": some(rng, entry, 3),
            "people": {"words": some(rng, entry, 3), "typos": rng.randint(0, 1)},
        },
        "actions": {
            "take_over": [{"bot.disable": {}}, {"task.create": {"title": "Reply", "due_in": "15m"}}],
            "tell": [{"slack.post": {"text": "{{ message.text | redact }}"}}],
        },
        "rules": [rule(rng, number, deciding) for number in range(rng.randint(1, 6))],
    }
    if rng.random() < 0.2:
        data["time_zone"] = rng.choice(("Europe/Berlin", "America/New_York", "Asia/Kolkata"))
    if rng.random() < 0.5:
        data["offers"] = {"yes": ["yes (a)?", "<people>"], "open_for": "10m"}
    return data


RULESETS = seeded(ruleset_data)


class _Plain(yaml.CSafeDumper):
    """Writes everything out: rule files have no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def load(data: Mapping[str, Any], folder: Path) -> Ruleset:
    """The ruleset, by way of a file."""
    path = folder / "rules.yaml"
    kept = {**data, "rules": [{key: value for key, value in made.items() if value} for made in data["rules"]]}
    path.write_text(yaml.dump(kept, Dumper=_Plain, allow_unicode=True, width=10_000), encoding="utf-8")
    return load_ruleset(path)


# --- messages, conversations, signals -------------------------------------------------------------


def text(rng: Random) -> str:
    """Up to seven words."""
    return " ".join(rng.choices(SAID, k=rng.randint(0, 7)))


EVENTS: tuple[dict[str, object], ...] = (
    {},
    {"media": [{"type": "image"}, True], "count": 2},
    {"media": "image", "count": "3", "profile": {"name": "Ada"}},
    {"media": [{"type": "audio"}], "count": True, "profile": {"name": {}}},
)
KNOWN: tuple[dict[str, object], ...] = (
    {},
    {"tier": "gold"},
    {"tier": "silver", "vip": True},
    {"tier": "gold", "vip": False},
)


def message(rng: Random, said: str) -> Message:
    """A message of that text."""
    language = rng.choice(("en", "es", "EN", None))
    return Message("m", said, language, rng.choice(("whatsapp", "web", None)), rng.choice(KNOWN), rng.choice(EVENTS))


def moment(rng: Random) -> datetime:
    """A time in the week of the clock change; half of them on the hour, where half-open spans end, or a tick before."""
    if rng.random() < 0.5:
        return MONDAY + timedelta(minutes=rng.randrange(8 * 24 * 60))
    return MONDAY + timedelta(hours=rng.randrange(8 * 24), microseconds=-rng.randint(0, 1))


def event(rng: Random, at: datetime) -> Event:
    """Something that happens in a conversation at `at`; more often than not it stays with the bot."""
    back = rng.choice((None, timedelta(minutes=5), timedelta(hours=1)))
    options: tuple[Event, ...] = (
        CustomerMessage(at, Message("earlier", text(rng))),
        *[CustomerMessage(at, Message("earlier", "talk to agent"))] * 2,
        BotReply(at, text(rng)),
        *[BotReply(at, "Sorry?", failed=True)] * 2,
        *[Decided(at, "ask", "rule-0", "offered")] * 3,
        Decided(at, "none"),
        *[BotReply(at, text(rng), rng.random() < 0.5)] * 4,
        HumanReply(at, text(rng)),
        Decided(at, "handover", "rule-0", "asked", return_after=back),
        *[OwnerSet(at, "bot", "by hand")] * 4,
        OwnerSet(at, "human", "by hand", back),
    )
    return rng.choice(options)


@dataclass(frozen=True)
class Situation:
    """A message in a conversation at a time, and what detectors say (or not) about it."""

    message: Message
    state: ConversationState
    now: datetime
    signals: Mapping[str, Signal]


def signals(rng: Random, silent: float) -> dict[str, Signal]:
    """What detectors said; a share of them was not asked yet."""
    found: dict[str, Signal] = {}
    for name in rng.sample(DETECTORS, len(DETECTORS)):
        if rng.random() >= silent:
            found[name] = Unavailable("off") if rng.random() < 0.25 else Score(rng.choice(SCORES))
    return found


def situation(rng: Random, silent: float = 0.2) -> Situation:
    """A situation; `silent` is the share of detectors without a signal."""
    now = moment(rng)
    pauses = rng.choices((timedelta(0), timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=10)), k=7)
    pauses = pauses[: rng.randint(0, 7)]
    at = now - sum(pauses, timedelta(0))
    state = ConversationState()
    for pause in pauses:
        state = reduce(state, event(rng, at))
        at += pause
    kind = rng.random()
    said = text(rng) if kind < 0.7 else "yes a" if kind < 0.85 else "talk to an agent"
    return Situation(message(rng, said), state, now, signals(rng, silent))


def situations(count: int, silent: float = 0.2) -> st.SearchStrategy[list[Situation]]:
    """So many situations."""
    return seeded(lambda rng: [situation(rng, silent) for _ in range(count)])
