"""What the API takes and gives, as OpenAPI describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

__all__ = [
    "BotReply",
    "BotReplyAnswer",
    "BotStatus",
    "CheckedRules",
    "ConditionView",
    "DecisionView",
    "Health",
    "PlaceView",
    "Problem",
    "Readiness",
    "ReceivedMessage",
    "RefusalView",
    "RefusedRules",
    "RelatedView",
    "RuleProblem",
    "RuleView",
    "RulesInUse",
    "RulesToCheck",
    "SignalView",
    "StaleReply",
    "Toggle",
    "WebhookAnswer",
]

Owner = Literal["bot", "human"]


class Problem(BaseModel):
    """Why a request cannot be answered."""

    detail: str


class ReceivedMessage(BaseModel):
    """What became of one message of a delivery."""

    id: Annotated[str | None, Field(description="The channel's id of the message.")]
    status: Literal["accepted", "ignored", "duplicate"]
    note: Annotated[str | None, Field(description="Why it was ignored.")] = None


class WebhookAnswer(BaseModel):
    """What was stored. The decision comes after this answer: ask `/api/decisions/{message_id}`."""

    received: list[ReceivedMessage]


class BotStatus(BaseModel):
    """Who answers a customer now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "phone_number": "1234567890",
                "bot_enabled": False,
                "owner": "human",
                "epoch": 1,
                "since": "2026-01-05T12:00:00Z",
                "reason": "The customer asks for a person in plain words.",
            }
        }
    )

    phone_number: Annotated[str, Field(description="The customer, without the channel's suffix.")]
    bot_enabled: Annotated[bool, Field(description="Whether the bot may answer.")]
    owner: Owner
    epoch: Annotated[int, Field(description="How often the owner has changed.")]
    since: Annotated[datetime | None, Field(description="Since when; null if the owner never changed.")]
    reason: str


class Toggle(BaseModel):
    """Switch the bot on or off. Without a body, or with `{}`, the switch is turned over."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"enabled": True}})

    enabled: StrictBool | None = None


class BotReply(BaseModel):
    """What a bot wants to say to a customer, and in which epoch it was thought of."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "phone_number": "1234567890",
                "epoch": 0,
                "text": "Your parcel arrives tomorrow.",
                "deliver": True,
                "key": "answer-to-3EB0A1",
            }
        },
    )

    phone_number: Annotated[str, Field(min_length=1, max_length=200, description="The customer, in any spelling.")]
    epoch: Annotated[int, Field(ge=0, description="The epoch of `/api/bot/status` before the bot began to think.")]
    text: Annotated[str, Field(max_length=20_000, description="What the bot says; empty where it says nothing.")] = ""
    failed: Annotated[StrictBool, Field(description="The bot could not answer: what `failures` counts.")] = False
    offered: Annotated[StrictBool, Field(description="The text offers a person, to whom the customer may say yes.")] = (
        False
    )
    deliver: Annotated[StrictBool, Field(description="The service sends the text; otherwise the bot does.")] = False
    key: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="The bot's name for this turn; the same again is none."),
    ] = None


class BotReplyAnswer(BaseModel):
    """The reply may be said. Where `delivery` is `service`, it is on its way; where `bot`, the bot sends it now."""

    allowed: Literal[True] = True
    epoch: int
    delivery: Literal["service", "bot"]


class StaleReply(BaseModel):
    """The reply must not be said: the conversation is a person's, or has been since it was thought of."""

    detail: str
    owner: Owner
    epoch: Annotated[int, Field(description="The epoch now.")]
    since: datetime | None


class Health(BaseModel):
    """The process runs."""

    status: Literal["alive"] = "alive"


class RefusalView(BaseModel):
    """Rules that were not taken, and the first thing that is wrong with them. `GET /api/rules` has all."""

    at: datetime
    why: str
    code: Annotated[str | None, Field(description="See `handover explain`; null if no rule file is wrong.")]
    place: Annotated[str | None, Field(description="File, line and column.")]


class PlaceView(BaseModel):
    """Where something stands in a rule file. Lines and columns count from 1; `length` columns are meant."""

    file: str
    line: int
    column: int
    length: int


class RelatedView(PlaceView):
    """Another place that is concerned, and what it is."""

    what: str


class RuleProblem(PlaceView):
    """What is wrong in a rule file, as `handover check --format json` says it."""

    code: Annotated[str, Field(description="Stable: `handover explain CODE` says more.")]
    severity: Literal["error", "warning"]
    rule: Annotated[str | None, Field(description="The id of the rule that a warning is about.")]
    message: str
    hint: Annotated[str | None, Field(description="What to write instead.")]
    related: RelatedView | None


class RefusedRules(RefusalView):
    """The refusal with everything that is wrong."""

    problems: list[RuleProblem]


class RulesInUse(BaseModel):
    """Which rules decide, since when, and the last ones that could not be taken since."""

    name: str
    hash: str
    loaded_at: datetime
    rules: Annotated[int, Field(description="How many.")]
    refused: RefusedRules | None


class RulesToCheck(BaseModel):
    """Rule files to check: either `files`, which stand in the place of those in use or beside them, or one `text`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"text": "ruleset: mine\nrules:\n  - {id: a, when: {phrase: hi}, then: stay}\n"}},
    )

    files: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r"^[^./\\\x00][^/\\\x00]*\.ya?ml$", max_length=200)], str] | None,
        Field(description="Texts by file name; a name has no folder in it.", min_length=1, max_length=500),
    ] = None
    text: Annotated[str | None, Field(description="A whole ruleset, instead of those in use.")] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> RulesToCheck:
        if (self.files is None) == (self.text is None):
            raise ValueError("give either `files` or `text`")
        return self


class CheckedRules(BaseModel):
    """What is wrong with rules. Those that are `ok` would be taken; warnings are what is probably a mistake."""

    ok: bool
    hash: Annotated[str | None, Field(description="The ruleset's, where it can be used.")]
    problems: list[RuleProblem]


class Readiness(BaseModel):
    """Whether messages can be taken, and what decides about them."""

    ready: bool
    database: Annotated[str, Field(description="`ok`, or what is wrong.")]
    ruleset: str
    ruleset_hash: str
    ruleset_refused: Annotated[
        RefusalView | None, Field(description="Newer rules that cannot be used, so those of `ruleset_hash` stay.")
    ] = None
    detectors: Annotated[dict[str, str], Field(description="`ready`, or why it cannot be asked.")]
    targets: Annotated[dict[str, str], Field(description="Where alerts and replies go: `configured` or not.")]


class SignalView(BaseModel):
    """What a detector said: a score, or why there is none."""

    score: float | None = None
    needed: bool | None = None
    confidence: float | None = None
    reason: str | None = None
    unavailable: str | None = None


class ConditionView(BaseModel):
    """A condition, its value, and for one that compares: what was met, the bound, and by how much."""

    condition: str
    value: Literal["true", "false", "unknown", "not_asked"]
    met: str | float | None
    bound: str | float | None
    margin: float | None
    place: str
    children: list[ConditionView]


class RuleView(BaseModel):
    """Why a rule fired or did not."""

    rule: str
    then: str
    priority: int
    fired: bool
    why: Annotated[str, Field(description="In one line, with the place in the rule file.")]
    place: str
    when: ConditionView
    unless: list[ConditionView]


class DecisionView(BaseModel):
    """A decision, and why."""

    message_id: str
    phone_number: str
    decided_at: datetime
    epoch: Annotated[int, Field(description="The conversation's epoch before the decision.")]
    outcome: Literal["handover", "ask", "stay", "none"]
    handover: bool
    rule: str | None
    confidence: Annotated[float | None, Field(description="The score that decided; null where none did.")]
    reason: str
    tags: list[str]
    signals: dict[str, SignalView]
    problems: Annotated[list[str], Field(description="Actions that could not be carried out, and why.")]
    ruleset_hash: str
    trace: Annotated[
        list[RuleView] | None,
        Field(description="Every rule; null where the rules have changed since: see `trace_note`."),
    ]
    trace_note: str | None = None
