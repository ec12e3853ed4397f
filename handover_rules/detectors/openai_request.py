"""What a chat model is asked about a message, and the fingerprint of all that shapes its answer.

The product owner's prompt is the system message. What the customer wrote goes separately, as data in a JSON
object. Nothing here needs the provider's SDK, so recorded answers can be found without it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from handover_rules.conversation import Turn
from handover_rules.detectors.answer_format import ANSWER_SCHEMA, FORMAT_INSTRUCTION, PARSER_VERSION
from handover_rules.errors import DetectorError, TemplateFailed
from handover_rules.templates import render

if TYPE_CHECKING:
    from handover_rules.detectors.base import Query
    from handover_rules.ruleset import OpenAISpec

__all__ = [
    "DEFAULT_BASE_URL",
    "MAX_REASONING_TOKENS",
    "MAX_TOKENS",
    "SAMPLING_TEMPERATURE",
    "TEMPERATURE",
    "TOP_LOGPROBS",
    "Prompt",
    "by_schema",
    "max_tokens",
    "openai_fingerprint",
    "options",
    "request",
    "user_message",
]

DEFAULT_BASE_URL: Final = "https://api.openai.com/v1"
TEMPERATURE: Final = 0.0
# Of samples, which must be able to differ: the temperature at which self-consistency was measured (Wang et al.,
# Self-Consistency Improves Chain of Thought Reasoning in Language Models, 2023).
SAMPLING_TEMPERATURE: Final = 0.7
# Tokens of an answer: its fixed part takes about 30, and 15 words of reason stay well below the rest.
MAX_TOKENS: Final = 200
# The same of a model that thinks before it answers: its thoughts are tokens of the answer.
MAX_REASONING_TOKENS: Final = 2_000
# Alternatives for each token: room for `true` and `false`, each with and without a space before it.
TOP_LOGPROBS: Final = 10

_JSON_MODE: Final = {"type": "json_object"}
_JSON_SCHEMA: Final = {
    "type": "json_schema",
    "json_schema": {"name": "handover", "strict": True, "schema": ANSWER_SCHEMA},
}

# Names of models that answer by a strict JSON Schema: OpenAI's guide "Structured Outputs" says gpt-4o-mini,
# gpt-4o-2024-08-06 and all later ones. What is called otherwise (audio and search models, other makers' models, names
# of a gateway) may know it too, and is asked in JSON mode, which nearly all know.
_DATE = r"(-\d{4}-\d\d-\d\d)?"
_HAS_SCHEMA = re.compile(rf"(?!gpt-4o-2024-05-13)gpt-(4o(-mini)?|4\.1(-mini|-nano)?){_DATE}")
# And of those that also think: they refuse `max_tokens` and a temperature (openai 3.54, `CompletionCreateParams`).
_THINKS = re.compile(rf"o1{_DATE}|o[3-9](-mini)?{_DATE}|gpt-([5-9]|[1-9]\d)([.-].*)?")

# Characters of a message, earlier turns, and characters of each that are sent: together within a window of
# 16,000 tokens even in scripts where a character is a token. Changing one of them is a new PARSER_VERSION.
_MAX_TEXT: Final = 8_000
_EARLIER_TURNS: Final = 10
_EARLIER_TEXT: Final = 500


class Prompt:
    """A prompt template. It sees `conversation` (a list of {speaker, text}, oldest first) and `language`.

    Raises DetectorError, naming the file, for a template that cannot be rendered for a customer's first
    message or for a later one.
    """

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        try:
            self.system_message((), None)
            self.system_message((Turn("customer", "Hello"), Turn("bot", "Hello")), "en")
        except TemplateFailed as error:
            raise DetectorError(str(error)) from error

    def system_message(self, context: Sequence[Turn], language: str | None) -> str:
        """The rendered prompt and the format instruction. Raises TemplateFailed."""
        values = {"conversation": _earlier(context), "language": language}
        return f"{render(self._text, values, self._file).strip()}\n\n{FORMAT_INSTRUCTION}"


def user_message(query: Query) -> str:
    """The customer's text and what was said before it, as a JSON object: data, never instructions.

    A text of over 8,000 characters loses its middle: people ask for a person at the start or at the end.
    """
    asked = {"message": _shortened(query.text, _MAX_TEXT), "earlier": _earlier(query.context)}
    return json.dumps(asked, ensure_ascii=False)


def by_schema(spec: OpenAISpec) -> bool:
    """Whether the model is to be held to a JSON Schema (else: JSON mode), so far as its name says."""
    if spec.answers == "auto":
        return bool(_HAS_SCHEMA.fullmatch(spec.model) or _THINKS.fullmatch(spec.model))
    return spec.answers == "schema"


def max_tokens(spec: OpenAISpec) -> int:
    """How many tokens an answer may have."""
    return MAX_REASONING_TOKENS if _THINKS.fullmatch(spec.model) else MAX_TOKENS


def options(spec: OpenAISpec, *, schema: bool) -> dict[str, Any]:
    """What is sent beside the messages. `schema` holds the model to ANSWER_SCHEMA; otherwise JSON mode."""
    sent: dict[str, Any] = {"model": spec.model, "response_format": _JSON_SCHEMA if schema else _JSON_MODE}
    if _THINKS.fullmatch(spec.model):
        sent["max_completion_tokens"] = max_tokens(spec)
    else:
        sent["temperature"] = SAMPLING_TEMPERATURE if spec.samples else TEMPERATURE
        # Compatible endpoints know this name; most do not know its successor.
        sent["max_tokens"] = max_tokens(spec)
    if spec.confidence == "logprob":
        sent |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    return sent


def request(spec: OpenAISpec, system: str, user: str, *, schema: bool) -> dict[str, Any]:
    """All that is sent: the two messages and the options."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return options(spec, schema=schema) | {"messages": messages}


def openai_fingerprint(spec: OpenAISpec, base_url: str | None = None) -> str:
    """12 hex digits of SHA-256 over everything that shapes an answer.

    The endpoint is part of it, since two endpoints may serve different models under one name. Timeouts,
    retries, the concurrency limit, prices, the calibration (it is applied to recorded answers) and the key are not.
    """
    shaping = {
        "kind": spec.kind,
        "base_url": (base_url or DEFAULT_BASE_URL).rstrip("/"),
        "prompt": spec.prompt,
        "format": FORMAT_INSTRUCTION,
        "parser": PARSER_VERSION,
        **options(spec, schema=by_schema(spec)),
    }
    # What is as it was before there was a choice is left out, so that answers recorded then are still found.
    if shaping["response_format"] == _JSON_MODE:
        del shaping["response_format"]
    elif spec.answers == "auto":
        shaping["answers"] = "auto"  # the server may have refused the schema
    if spec.confidence != "self_reported":
        shaping |= {"confidence": spec.confidence, "samples": spec.samples}
    return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:12]


def _earlier(context: Sequence[Turn]) -> list[dict[str, str]]:
    last = context[-_EARLIER_TURNS:]
    return [{"speaker": turn.speaker, "text": _shortened(turn.text, _EARLIER_TEXT)} for turn in last]


def _shortened(text: str, limit: int) -> str:
    # Phones send half an emoji now and then; a lone surrogate cannot be sent as UTF-8.
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} […] {text[-half:]}"
