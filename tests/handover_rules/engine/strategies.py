"""Random rulesets as YAML, conversations as events, messages and signals, all from one small vocabulary.

So phrases occur, words are nearly right, scores lie on their bounds, and conversations change hands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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

WORDS = ("human", "agent", "person", "order", "help", "refund", "yes", "talk", "to", "a", "l'agent", "café")
SOLID_WORDS = st.sampled_from(WORDS)
SAID = (*WORDS, "humman", "agnet", "heeelp", "PERSON!", "orders", "cafe", "pleaaase", "yess", "to-talk", "人", "\ud800")
BOUNDS = (0.25, 0.5, 0.75)
SCORES = (0.0, 0.25, 0.4999999, 0.5, 0.6, 0.75, 1.0)
DETECTORS = ("ai", "bert", "local")
LISTS = ("people", "things")
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)  # the clocks in Berlin go forward on the Sunday after

# --- phrases ------------------------------------------------------------------------------------------------------------


def solid(allow_lists: bool = True, deep: bool = True) -> st.SearchStrategy[str]:
    """A part of a phrase that is never empty, and neither begins nor ends with a gap."""
    kinds: list[st.SearchStrategy[str]] = [SOLID_WORDS, SOLID_WORDS]
    if deep:
        inner = phrases(allow_lists, deep=False)
        kinds.append(st.lists(inner, min_size=2, max_size=3).map(lambda options: f"({'|'.join(options)})"))
    if allow_lists:
        kinds.append(st.sampled_from(LISTS).map(lambda name: f"<{name}>"))
    return st.one_of(kinds)


def phrases(allow_lists: bool = True, deep: bool = True) -> st.SearchStrategy[str]:
    """A phrase: solid parts, and between them optional ones and gaps."""
    part = solid(allow_lists, deep)
    between = st.one_of(st.just(" "), st.just(" "), st.just(" ... "), part.map(lambda text: f" ({text})? "))
    longer = st.builds("{}{}{}".format, part, between, part)
    return st.one_of(part, longer, longer)


# --- conditions ---------------------------------------------------------------------------------------------------------

_few = st.lists
_WINDOW = st.fixed_dictionaries(
    {"at_least": st.integers(1, 3)}, optional={"within_turns": st.integers(1, 4)}
)  # fmt: skip

LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    *[
        st.builds(
            lambda of, bound: {"score": {"of": of, "at_least": bound}},
            st.sampled_from(DETECTORS),
            st.sampled_from((*BOUNDS, "$cut")),
        )
    ]
    * 5,
    *[_few(phrases(), min_size=1, max_size=3).map(lambda some: {"phrase": some})] * 3,
    st.fixed_dictionaries({"whole": _few(phrases(), min_size=1, max_size=2)}),
    st.fixed_dictionaries({"regex": st.sampled_from(("hel+p", "(?i)PERSON", "^$", ["agent$", "o.d"], "caf[ée]"))}),
    st.fixed_dictionaries(
        {"unavailable": st.one_of(st.sampled_from(DETECTORS), _few(st.sampled_from(DETECTORS), min_size=1, max_size=2))}
    ),
    st.fixed_dictionaries({"failures": _WINDOW}),
    st.fixed_dictionaries({"repeats": _WINDOW}),
    st.fixed_dictionaries({"turns": st.fixed_dictionaries({"at_least": st.integers(1, 4)})}),
    st.just({"accepted_offer": True}),
    st.fixed_dictionaries({"hours": st.sampled_from(("office", "night", ["office", "night"]))}),
    st.fixed_dictionaries({"lang": st.sampled_from(("en", ["es", "en"], "de"))}),
    st.fixed_dictionaries({"channel": st.sampled_from(("whatsapp", ["web", "twilio"]))}),
    st.fixed_dictionaries({"customer": st.sampled_from(({"tier": "gold"}, {"tier": ["gold", "silver"], "vip": True}))}),
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(
                (
                    {"path": "media.0.type", "is": ["image", "video"]},
                    {"path": "media.1", "is": "true"},
                    {"path": "count", "at_least": 2},
                    {"path": "profile.name", "matches": "^A"},
                )
            )
        }
    ),
)


def _composed(children: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        some.map(lambda items: {"all": items}),
        some.map(lambda items: {"any": items}),
        some.map(lambda items: {"any": items}),
        children.map(lambda item: {"not": item}),
    )


_TWO_DEEP = st.one_of(LEAVES, LEAVES, _composed(st.one_of(LEAVES, LEAVES, _composed(LEAVES))))
_UP_TO_THREE_DEEP = st.one_of(_TWO_DEEP, _composed(_TWO_DEEP))


def waits(condition: Any) -> int:
    """How many conditions in it look at a detector: the naive engine tries all their values in all combinations."""
    if isinstance(condition, list):
        return sum(map(waits, condition))
    (kind, value), *_ = condition.items()
    if kind in ("all", "any", "not"):
        return waits(value)
    return kind in ("score", "unavailable")


# --- rulesets -----------------------------------------------------------------------------------------------------------


@st.composite
def rules(draw: st.DrawFn, number: int, deciding: Mapping[int, str]) -> dict[str, Any]:
    """A rule. Rules of equal priority decide alike (the loader insists), and a `stay` does nothing."""
    priority = draw(st.sampled_from((10, 50, 50, 90)))
    then = draw(st.sampled_from((deciding[priority], deciding[priority], "tag")))
    when = draw(_UP_TO_THREE_DEEP.filter(lambda condition: waits(condition) <= 4))
    rule: dict[str, Any] = {"id": f"rule-{number}", "when": when, "then": then}
    if priority != 50 or draw(st.booleans()):
        rule["priority"] = priority
    unless = draw(st.one_of(st.just([]), st.lists(_TWO_DEEP, min_size=1, max_size=2)))
    if unless and waits([when, *unless]) <= 5:
        rule["unless"] = unless
    if draw(st.booleans()):
        rule["why"] = f"Because of rule {number}."
    if then != "stay":
        settings = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "priority": st.sampled_from(("low", "medium", "high", "urgent")),
                    "queue": st.sampled_from(("general", "billing")),
                    "sla": st.sampled_from(("15m", "1h", "2d")),
                    "topic": st.sampled_from(("refunds", "parcels")),
                },
            )
        )
        if settings:
            rule["set"] = settings
        steps = draw(st.lists(st.sampled_from(("take_over", "tell")), unique=True))
        if steps:
            rule["do"] = steps
    return rule


@st.composite
def ruleset_data(draw: st.DrawFn) -> dict[str, Any]:
    """A ruleset as what its YAML says."""
    deciding = {priority: draw(st.sampled_from(("handover", "handover", "ask", "stay"))) for priority in (10, 50, 90)}
    count = draw(st.integers(1, 6))
    costs = draw(st.lists(st.sampled_from((0, 1, 100)), min_size=3, max_size=3))
    data: dict[str, Any] = {
        "ruleset": "generated",
        "time_zone": draw(st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kolkata"))),
        "hours": {
            "office": {"days": "mon-fri", "from": "09:00", "to": "18:00"},
            "night": [
                {"days": ["sat", "sun"], "from": "22:00", "to": "24:00"},
                {"days": ["sun", "mon"], "from": "00:00", "to": "03:00"},
            ],
        },
        "queues": {"general": {}, "billing": {"skills": ["money"]}},
        "thresholds": {"cut": draw(st.sampled_from(BOUNDS))},
        "detectors": {
            name: {"kind": "linear", "cost": cost, "model": f"{name}.json"}
            for name, cost in zip(DETECTORS, costs, strict=True)
        },
        "phrases": {
            "things": draw(st.lists(phrases(allow_lists=False), min_size=1, max_size=3)),
            "people": {
                "words": draw(st.lists(phrases(allow_lists=False), min_size=1, max_size=3)),
                "typos": draw(st.integers(0, 1)),
            },
        },
        "actions": {
            "take_over": [{"bot.disable": {}}, {"task.create": {"title": "Reply", "due_in": "15m"}}],
            "tell": [{"slack.post": {"text": "{{ message.text | redact }}"}}],
        },
        "rules": [draw(rules(number, deciding)) for number in range(count)],
    }
    if draw(st.booleans()):
        data["offers"] = {"yes": ["yes (a)?", "<people>"], "open_for": "10m"}
    return data


class _Plain(yaml.SafeDumper):
    """Writes everything out: rule files have no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def load(data: Mapping[str, Any], folder: Path) -> Ruleset:
    """The ruleset, by way of a file."""
    path = folder / "rules.yaml"
    path.write_text(yaml.dump(data, Dumper=_Plain, allow_unicode=True, width=10_000), encoding="utf-8")
    return load_ruleset(path)


# --- messages, conversations, signals -----------------------------------------------------------------------------------

TEXTS = st.lists(st.sampled_from(SAID), max_size=7).map(" ".join)

MESSAGES = st.builds(
    Message,
    st.just("m"),
    TEXTS,
    st.sampled_from(("en", "es", "EN", None)),
    st.sampled_from(("whatsapp", "web", None)),
    st.sampled_from(({}, {"tier": "gold"}, {"tier": "silver", "vip": True}, {"tier": "gold", "vip": False})),
    st.sampled_from(
        (
            {},
            {"media": [{"type": "image"}, True], "count": 2},
            {"media": "image", "count": "3", "profile": {"name": "Ada"}},
            {"media": [{"type": "audio"}], "count": True, "profile": {"name": {}}},
        )
    ),
)

MOMENTS = st.one_of(
    st.integers(0, 8 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    # On the hour, where half-open spans begin and end, and a tick before.
    st.builds(
        lambda hours, tick: MONDAY + timedelta(hours=hours, microseconds=-tick), st.integers(0, 8 * 24), st.integers(0, 1)
    ),
)
_PAUSES = st.sampled_from((timedelta(0), timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=10)))


@st.composite
def events(draw: st.DrawFn, at: datetime) -> Event:
    """Something that happens in a conversation at `at`."""
    text = draw(TEXTS)
    back = draw(st.sampled_from((None, timedelta(minutes=5), timedelta(hours=1))))
    return draw(
        st.sampled_from(
            (
                CustomerMessage(at, Message("earlier", text)),
                CustomerMessage(at, Message("earlier", "talk to agent")),
                BotReply(at, text),
                BotReply(at, "Sorry?", failed=True),
                Decided(at, "ask", "rule-0", "offered"),
                Decided(at, "none"),
                HumanReply(at, text),
                Decided(at, "handover", "rule-0", "asked", return_after=back),
                OwnerSet(at, "bot", "by hand"),
                OwnerSet(at, "human", "by hand", back),
            )
        )
    )


@dataclass(frozen=True)
class Situation:
    """A message in a conversation at a time, and what detectors say (or not) about it."""

    message: Message
    state: ConversationState
    now: datetime
    signals: Mapping[str, Signal]


@st.composite
def situations(draw: st.DrawFn, complete: bool = False) -> Situation:
    """A situation; `complete`: every detector has a signal."""
    now = draw(MOMENTS)
    happened = draw(st.lists(_PAUSES, max_size=7))
    at = now - sum(happened, timedelta(0))
    state = ConversationState()
    for pause in happened:
        state = reduce(state, draw(events(at)))
        at += pause
    message = draw(MESSAGES)
    if draw(st.integers(0, 3)) == 0 and state.turns:
        message = Message("m", state.turns[0].text + " order", "en", "web")
    return Situation(message, state, now, draw(signals(complete)))


@st.composite
def signals(draw: st.DrawFn, complete: bool) -> dict[str, Signal]:
    """What the detectors said; some may not have been asked yet."""
    answers = st.one_of(st.sampled_from(SCORES).map(Score), st.sampled_from(SCORES).map(Score), st.just(Unavailable("off")))
    said = {name: draw(answers if complete else st.one_of(answers, answers, st.none())) for name in DETECTORS}
    return {name: signal for name, signal in said.items() if signal is not None}
