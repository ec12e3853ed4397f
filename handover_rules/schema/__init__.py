"""What the grammar of rule files says of itself: a JSON Schema for editors, and a reference page for people."""

from __future__ import annotations

from handover_rules.schema.generate import SCHEMA_FILE, ruleset_schema, schema_text
from handover_rules.schema.reference import reference

__all__ = ["SCHEMA_FILE", "reference", "ruleset_schema", "schema_text"]
