"""What a chat model is asked about a message, and the fingerprint of all that shapes its answer.

The product owner's prompt is the system message. What the customer wrote goes separately, as data in a JSON
object. Nothing here needs the provider's SDK, so recorded answers can be found without it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from handover_rules.conversation import Turn
from handover_rules.detectors.answer_format import FORMAT_INSTRUCTION, PARSER_VERSION
from handover_rules.errors import DetectorError, TemplateFailed
from handover_rules.templates import render

if TYPE_CHECKING:
    from handover_rules.detectors.base import Query
    from handover_rules.ruleset import OpenAISpec

__all__ = ["DEFAULT_BASE_URL", "MAX_TOKENS", "TEMPERATURE", "Prompt", "openai_fingerprint", "user_message"]

DEFAULT_BASE_URL: Final = "https://api.openai.com/v1"
TEMPERATURE: Final = 0.0
# Tokens of an answer: its fixed part takes about 30, and 15 words of reason stay well below the rest.
MAX_TOKENS: Final = 200

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


def openai_fingerprint(spec: OpenAISpec, base_url: str | None = None) -> str:
    """12 hex digits of SHA-256 over everything that shapes an answer.

    The endpoint is part of it, since two endpoints may serve different models under one name. Timeouts,
    retries, the concurrency limit and the key are not.
    """
    shaping = {
        "kind": spec.kind,
        "base_url": (base_url or DEFAULT_BASE_URL).rstrip("/"),
        "model": spec.model,
        "prompt": spec.prompt,
        "format": FORMAT_INSTRUCTION,
        "temperature": TEMPERATURE,
        "max_tokens": MAX_TOKENS,
        "parser": PARSER_VERSION,
    }
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
