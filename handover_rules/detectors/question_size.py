"""How many tokens a question to a chat model takes, estimated before it is asked.

A tokenizer would tell more exactly, but each model has its own, and a compatible endpoint does not say which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handover_rules.detectors.openai_request import Prompt, by_schema, max_tokens, request, user_message
from handover_rules.errors import TemplateFailed

if TYPE_CHECKING:
    from handover_rules.detectors.base import Query
    from handover_rules.ruleset import OpenAISpec

__all__ = ["BYTES_OF_A_TOKEN", "QuestionSize", "QuestionSizes"]

# Of English text: OpenAI, "What are tokens and how to count them?": about four characters. Bytes of UTF-8, since a
# character of another script takes more of both.
BYTES_OF_A_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class QuestionSize:
    """What one question takes: requests, and the tokens that are sent in all of them together."""

    requests: int
    prompt_tokens: int


class QuestionSizes:
    """Sizes of the questions to one detector; `answer_at_most` is the most tokens that an answer may have.

    Raises DetectorError for a prompt that cannot be rendered.
    """

    def __init__(self, spec: OpenAISpec) -> None:
        self.answer_at_most = max_tokens(spec)
        self._spec = spec
        self._prompt = Prompt(spec.prompt, spec.prompt_file)

    def of(self, query: Query) -> QuestionSize | None:
        """The size of this question without retries; None for one that is answered, or given up, without a request."""
        if not query.text.strip():
            return None
        try:
            system = self._prompt.system_message(query.context, query.language)
        except TemplateFailed:
            return None
        sent = request(self._spec, system, user_message(query), schema=by_schema(self._spec))
        tokens = -(-len(json.dumps(sent, ensure_ascii=False).encode()) // BYTES_OF_A_TOKEN)
        requests = self._spec.samples or 1
        return QuestionSize(requests, requests * tokens)
