"""What commands write: texts and JSON, to files and to standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.output import as_plain, write_json, write_text
from handover_rules.errors import UsageError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.tuples(inner, inner) | st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_plain_value_is_what_a_reader_of_its_json_gets(value: dict[str, object]) -> None:
    plain = as_plain(value)
    assert json.loads(json.dumps(plain)) == plain
    assert as_plain(plain) == plain


def test_tuples_become_lists_and_keys_texts() -> None:
    assert as_plain({"a": ({1: (2, 3)}, "ü")}) == {"a": [{"1": [2, 3]}, "ü"]}


def test_json_is_readable_and_ends_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json("--json", str(tmp_path / "a.json"), {"größe": [1]})
    written = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert written == '{\n  "größe": [\n    1\n  ]\n}\n'
    write_json("--json", "-", {"größe": [1]})
    assert capsys.readouterr().out == written


def test_what_cannot_be_written_names_the_option_and_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        write_text("--markdown", str(tmp_path), "text")
    assert "--markdown" in str(raised.value)
    assert str(tmp_path) in str(raised.value)
