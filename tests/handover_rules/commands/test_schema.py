"""`handover schema`."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from handover_rules.cli import build_app
from handover_rules.schema import reference, ruleset_schema, schema_text


def test_it_prints_the_schema_as_its_file_has_it() -> None:
    result = CliRunner().invoke(build_app(), ["schema"])
    assert result.exit_code == 0
    assert result.output == schema_text()
    assert json.loads(result.output) == ruleset_schema()


def test_it_prints_the_reference() -> None:
    result = CliRunner().invoke(build_app(), ["schema", "--reference"])
    assert result.exit_code == 0
    assert result.output == reference()
    assert result.output.startswith("# The grammar of rule files\n")
