from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors.json_line import with_values


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ('{"id": "a", "label": 0, "text": "b"}', '{"id": "a", "label": 1, "text": "b"}'),
        ('{"id":"a","text":"b"}', '{"id":"a","text":"b","label":1}'),
        ('{"id": "a", "text": "b"}', '{"id": "a", "text": "b", "label": 1}'),
        ('{"label": null}', '{"label": 1}'),
        ('{"text": "b"}', '{"text": "b", "label": 1}'),
        ('\ufeff  { "id" : "a" ,\t"label" : "0" } \r', '\ufeff  { "id" : "a" ,\t"label" : 1 } \r'),
        ('{"a": {"label": 0}, "b": ["label", 0]}', '{"a": {"label": 0}, "b": ["label", 0], "label": 1}'),
        (r'{"text": "\"label\": 0}", "l\u0061bel": 0}', r'{"text": "\"label\": 0}", "l\u0061bel": 1}'),
        ('{"label": 0, "label": 0}', '{"label": 0, "label": 1}'),
        ('{"x": 1e5, "label": 1.0}', '{"x": 1e5, "label": 1}'),
    ],
)
def test_only_the_value_changes(line: str, changed: str) -> None:
    assert with_values(line, {"label": 1}) == changed


def test_a_text_is_escaped_where_the_line_escapes() -> None:
    assert with_values('{"a": "é"}', {"a": "ü"}) == '{"a": "ü"}'
    assert with_values('{"a": "e"}', {"a": "ü"}) == '{"a": "\\u00fc"}'


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=10,
)
_OBJECTS = st.dictionaries(
    st.sampled_from(["id", "text", "label", "category", "}", '"']) | st.text(), _JSON, min_size=1
)


@given(_OBJECTS, st.dictionaries(st.sampled_from(["label", "category", "new"]), _JSON), st.booleans(), st.booleans())
def test_all_that_is_read_is_as_before_but_for_the_change(
    record: dict[str, Any], values: dict[str, Any], ascii: bool, tight: bool
) -> None:
    separators = (",", ":") if tight else (" , ", ": ")
    line = json.dumps(record, ensure_ascii=ascii, separators=separators)
    assert json.loads(with_values(line, values)) == {**record, **values}
