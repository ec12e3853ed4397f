"""Text for rules: normalisation, the phrase language, typo tolerance and the automaton that finds phrases."""

from handover_rules.text.automaton import Automaton, Entry
from handover_rules.text.inclusion import Inclusion
from handover_rules.text.inlining import Inliner, WordList
from handover_rules.text.normalise import shorten, tokens, words
from handover_rules.text.phrases import Phrase, PhraseError, find_cycle, lists, parse_phrase
from handover_rules.text.vocabulary import Vocabulary

__all__ = [
    "Automaton",
    "Entry",
    "Inclusion",
    "Inliner",
    "Phrase",
    "PhraseError",
    "Vocabulary",
    "WordList",
    "find_cycle",
    "lists",
    "parse_phrase",
    "shorten",
    "tokens",
    "words",
]
