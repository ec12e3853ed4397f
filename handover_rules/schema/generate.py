"""The JSON Schema of rule files, from the grammar that reads them."""

from __future__ import annotations

import json

from handover_rules.rulefile.actions import OneAction
from handover_rules.rulefile.conditions import OneCondition
from handover_rules.rulefile.patterns import PhraseItems
from handover_rules.rulefile.rules import RULE
from handover_rules.rulefile.shape import Schema
from handover_rules.rulefile.toplevel import SECTIONS

__all__ = ["SCHEMA_FILE", "ruleset_schema", "schema_text"]

# Checked in beside this module, and written beside the rules by `handover init`.
SCHEMA_FILE = "ruleset.schema.json"


def ruleset_schema() -> Schema:
    """The schema of one rule file.

    A ruleset may be several files, so no section is required in one of them, not even `ruleset`. What a schema cannot
    say (whether a name is declared, a phrase can be read, a template is right) `handover check` says.
    """
    sections = {word: value for word, value in SECTIONS.schema().items() if word != "required"}
    return {
        # Draft 7: every version of the YAML language server (VS Code, and most other editors) knows it. It learnt the
        # later drafts with version 1.20, and they have nothing that is needed here. What stands beside a `$ref` is
        # shown by it, and by the draft means nothing: so it may be a description, and never a demand.
        "$schema": "http://json-schema.org/draft-07/schema#",
        "description": "A rule file: when a person takes over a conversation from the bot, and what happens then.",
        **sections,
        "definitions": {
            "rule": RULE.definition(),
            "condition": OneCondition().definition(),
            "phrases": PhraseItems().definition(),
            "action": OneAction().definition(),
        },
    }


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(ruleset_schema(), ensure_ascii=False, indent=2) + "\n"
