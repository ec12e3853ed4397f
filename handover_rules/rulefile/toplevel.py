"""The grammar of a rule file's top level: its sections."""

from __future__ import annotations

from typing import Any

from handover_rules.conversation import OFFER_OPEN_FOR
from handover_rules.rulefile.actions import LANGUAGE, OneAction
from handover_rules.rulefile.allowing import ALLOW
from handover_rules.rulefile.detectors import DETECTOR, detector
from handover_rules.rulefile.kinds import Key, ListOf, MapOf, Table
from handover_rules.rulefile.patterns import PhraseItems
from handover_rules.rulefile.rules import RULE
from handover_rules.rulefile.scalars import Slug, Span
from handover_rules.rulefile.sections import (
    HOURS,
    PHRASE_LIST,
    QUEUE,
    THRESHOLD,
    TimeZone,
    opening_hours,
    phrase_list,
    queue,
    threshold,
)

__all__ = ["MAPS", "SECTIONS", "SINGLE"]

_OFFERS = Table(
    "`offers`",
    (
        Key(
            "open_for",
            Span(),
            default=OFFER_OPEN_FOR,
            about="How long the customer can say yes after the bot has offered a person.",
            example="10m",
        ),
        Key(
            "yes",
            PhraseItems(),
            default=(),
            about="What counts as a short yes: whole messages. Without it, the usual ones in eight languages.",
            example="- yes please\n- (ok|okay) (please)?",
        ),
    ),
)

# Sections that are one value, written in one of the files.
SINGLE: tuple[Key[Any], ...] = (
    Key(
        "ruleset",
        Slug("the ruleset's name"),
        required=True,
        about="The ruleset's name. One of its files must say it.",
        example="my-shop",
    ),
    Key(
        "default_language",
        LANGUAGE,
        default="en",
        about="The language of replies to customers whose language is not known.",
        example="en",
    ),
    Key(
        "time_zone",
        TimeZone(),
        default="UTC",
        about="The time zone of opening hours, by its IANA name.",
        example="Europe/Berlin",
    ),
    Key(
        "return_to_bot_after",
        Span(),
        about="After how long a conversation goes back from a person to the bot. Without it, never by itself.",
        example="24h",
    ),
    Key(
        "offers",
        _OFFERS,
        about="How the customer accepts a person whom the bot has offered (`then: ask`).",
        example="{open_for: 10m}",
    ),
    Key(
        "allow",
        ALLOW,
        about="Checks that are switched off for the whole ruleset, each with the reason why.",
        example="{model-missing: It is trained when the image is built.}",
    ),
)

# Sections that map names to things: those of all files together.
MAPS: tuple[Key[Any], ...] = (
    Key(
        "hours",
        MapOf(HOURS, opening_hours),
        about="Opening hours by name, for `hours` conditions and for what customers are told.",
        example="office: {days: mon-fri, from: 09:00, to: 18:00}",
    ),
    Key(
        "queues",
        MapOf(QUEUE, queue),
        about="The queues in which handovers wait, by name.",
        example="general: {skills: [support]}",
    ),
    Key(
        "thresholds",
        MapOf(THRESHOLD, threshold),
        about="Score cut-offs by name; `$name` in a `score` condition means one of them. A number, or a mapping that "
        "also says how it was chosen.",
        example="ai: {value: 0.7, env: AI_INTENT_CONFIDENCE_THRESHOLD}",
    ),
    Key(
        "detectors",
        MapOf(DETECTOR, detector),
        about="Everything that scores messages, by name.",
        example="local: {kind: linear, cost: 1, model: models/handover.json}",
    ),
    Key(
        "phrases",
        MapOf(PHRASE_LIST, phrase_list),
        about="Lists of words and phrases by name; `<name>` in a phrase means any of them.",
        example="person: [human, agent, operator]",
    ),
    Key(
        "actions",
        MapOf(ListOf(OneAction(), "a list of actions"), lambda _, steps, __: steps),
        about="Lists of actions by name; a rule's `do` names those that are carried out.",
        example="take_over:\n  - contact.update: {lead_status: qualified, add_score: 25}\n  - bot.disable: {}",
    ),
)

SECTIONS = Table(
    "a rule file",
    (
        *SINGLE,
        *MAPS,
        Key(
            "rules",
            ListOf(RULE, "a list of rules", empty=True),
            about="The rules. Those of all files of a folder are one ruleset.",
            example="- id: asked-for-a-person\n  when: {phrase: talk to a person}\n  then: handover",
        ),
    ),
)
