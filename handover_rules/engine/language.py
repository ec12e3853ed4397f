"""Which language a message is written in, asked only where a rule or a reply depends on it."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["detect_language"]


def detect_language(text: str) -> str:
    """The ISO 639-1 code of the text's language by py3langid (Lui and Baldwin 2012), "" for a text without letters."""
    if not any(char.isalpha() for char in text):
        return ""
    return str(_identifier().classify(text)[0])


@cache
def _identifier() -> Any:
    # Imported here: it brings numpy and a model of its own (most of a second), and most rulesets never ask.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    # The model also knows languages that only ISO 639-3 has a code for, and takes short English for Nigerian Pidgin.
    identifier.set_languages([code for code in identifier.nb_classes if len(code) == 2])
    return identifier
