"""Changing what is known of a threshold in the text of a rule file: comments and everything else stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from handover_rules.errors import UsageError
from handover_rules.rulefile.insertion import Inserted, end_of, parse, plain
from handover_rules.rulefile.sections import THRESHOLD
from handover_rules.rulefile.source import LINE_END
from handover_rules.rulefile.writing import line_end
from handover_rules.rulefile.yaml_text import Value, as_flow, as_scalar

__all__ = ["replace_threshold"]

_ORDER = [key.name for key in THRESHOLD.table.keys]


def replace_threshold(text: str, name: str, values: Mapping[str, Value]) -> Inserted:
    """Set these keys of the threshold of that name; None takes a key away, the other keys stay.

    Raises UsageError where the text has no such threshold, or has it in a form that cannot be changed by itself.
    """
    node = _threshold(parse(text), name)
    line = int(node.start_mark.line) + 1
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        after = _in_block(text, node, values)
    else:
        after = _in_braces(text, node, values, line)
    wanted = {**_known(node), **{key: plain(parse(as_flow(value))) for key, value in values.items()}}
    try:
        written = _known(_threshold(parse(after), name))
        others = _without(after, name) == _without(text, name)
    except (yaml.YAMLError, UsageError):
        written, others = {}, False
    if not others or written != {key: value for key, value in wanted.items() if values.get(key, "") is not None}:
        raise UsageError(f"line {line}: this threshold cannot be changed by itself; write it into the file by hand")
    last = line + len(LINE_END.findall(after)) - len(LINE_END.findall(text, end_of(node))) - line
    return Inserted(after, line, tuple(LINE_END.split(after)[line - 1 : last + 1]))


def _threshold(root: Any, name: str) -> Any:
    for section, thresholds in root.value if isinstance(root, yaml.MappingNode) else ():
        for key, node in thresholds.value if section.value == "thresholds" else ():
            if key.value == name:
                return node
    raise UsageError(f"there is no threshold {name!r} in this file")


def _known(node: Any) -> dict[str, Any]:
    known = plain(node)
    return known if isinstance(known, dict) else {"value": known}


def _without(text: str, name: str) -> Any:
    """All that the text says, but of this threshold."""
    said = plain(parse(text))
    del said["thresholds"][name]
    return said


def _in_braces(text: str, node: Any, values: Mapping[str, Value], line: int) -> str:
    """A number, or keys in braces, written anew on one line; values that stay are copied as they are typed."""
    typed = {"value": text[node.start_mark.index : node.end_mark.index]}
    if isinstance(node, yaml.MappingNode):
        if "#" in typed["value"]:
            raise UsageError(f"line {line}: there is a comment inside the braces; write the threshold by hand")
        typed = {key.value: text[value.start_mark.index : value.end_mark.index] for key, value in node.value}
    entries = typed | {key: as_flow(value) for key, value in values.items()}
    kept = [key for key in sorted(entries, key=_ORDER.index) if values.get(key, "") is not None]
    new = "{" + ", ".join(f"{key}: {entries[key]}" for key in kept) + "}"
    return text[: node.start_mark.index] + new + text[node.end_mark.index :]


def _in_block(text: str, node: Any, values: Mapping[str, Value]) -> str:
    """Keys on lines of their own: values are put in the place of the old ones, new keys behind the last line."""
    there = {key.value: (key, value) for key, value in node.value}
    indent, mark = " " * node.start_mark.column, line_end(text.encode())
    new = [f"{indent}{key}: {_typed(value)}" for key, value in values.items() if key not in there and value is not None]
    end = end_of(node)
    found = LINE_END.search(text, end)
    at = len(text) if found is None else found.start()
    text = text[:at] + "".join(mark + line for line in new) + text[at:]
    for name, (key, value) in sorted(there.items(), key=lambda pair: -pair[1][0].start_mark.index):
        if name not in values:
            continue
        start, stop, written = value.start_mark.index, value.end_mark.index, _typed(values[name])
        if values[name] is None:  # with its line
            start, stop, written = key.start_mark.index - key.start_mark.column, _next_line(text, stop), ""
        text = text[:start] + written + text[stop:]
    return text


def _typed(value: Value) -> str:
    return as_scalar(value, flow=False) if isinstance(value, str) else as_flow(value)


def _next_line(text: str, at: int) -> int:
    found = LINE_END.search(text, at)
    return len(text) if found is None else found.end()
