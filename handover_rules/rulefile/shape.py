"""What kinds say of themselves in JSON Schema: what editors complete by, and the grammar reference is made of."""

from __future__ import annotations

import re
from typing import Any, Protocol, TypeAlias, TypeVar

from handover_rules.rulefile import nodes
from handover_rules.rulefile.reading import Kind
from handover_rules.rulefile.source import Source

__all__ = ["Schema", "Shaped", "json_value", "reference_to"]

Schema: TypeAlias = dict[str, Any]

T_co = TypeVar("T_co", covariant=True)


class Shaped(Kind[T_co], Protocol[T_co]):
    """A kind that can describe what it reads.

    An editor must not call wrong what `handover check` accepts, so schemas are looser than `read` where JSON Schema
    cannot say it, and texts may look like numbers. Three spellings that read well enough are the exception, since
    allowing them would hide the usual one: numbers and flags in quotes, and days with capitals.
    """

    def schema(self) -> Schema: ...


def reference_to(name: str) -> Schema:
    """The schema that stands under this name in the `definitions`."""
    return {"$ref": f"#/definitions/{name}"}


# YAML 1.2's core schema, which editors read rule files by.
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def json_value(node: nodes.Node | str) -> Any:
    """A node, or the YAML text of one, as an editor sees it: texts, numbers, flags, None, lists and dicts.

    Raises ValueError for a text that is not YAML.
    """
    if isinstance(node, str):
        parsed = nodes.parse(Source("example", node), [])
        if parsed is None:
            raise ValueError(f"not YAML: {node!r}")
        return json_value(parsed)
    if isinstance(node, nodes.Sequence):
        return [json_value(item) for item in node.items]
    if isinstance(node, nodes.Mapping):
        return {key.text: json_value(value) for key, value in node.entries}
    if isinstance(node, nodes.Broken) or node.is_null:
        return None
    if not node.plain:
        return node.text
    if node.text in _WORDS:
        return _WORDS[node.text]
    if _WHOLE.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if _NUMBER.fullmatch(node.text) else node.text
