"""Values as YAML: read back as they were, by this parser and by readers that know YAML 1.1's types."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.rulefile.yaml_text import WIDTH, Value, as_block, as_flow, as_scalar

TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.text(
    "yesno :#,[]{}'\"-?!&*%@`|>~.0123\n\t\\", max_size=12
)
VALUES = st.recursive(
    TEXT | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(TEXT)
def test_a_text_is_read_back_as_it_was(text: str) -> None:
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(f"- {as_scalar(text, flow=False)}", loader) == [text]
        assert yaml.load(f"{{say: {as_scalar(text, flow=True)}, expect: none}}", loader)["say"] == text


@given(VALUES)
def test_a_value_is_read_back_as_it_was(value: Value) -> None:
    assert yaml.safe_load(f"[{as_flow(value)}]") == [value]
    assert yaml.safe_load("\n".join(as_block(value, 0))) == value


@pytest.mark.parametrize(
    "text",
    ["can i talk to someone", "it's late", "(speak|talk) to <person>", "é 👩‍💻", "a... b", "c#", "10:00 to 11:00"],
)
def test_quotes_are_left_out_where_nothing_needs_them(text: str) -> None:
    assert as_scalar(text, flow=False) == text
    assert as_scalar(text, flow=True) == text


@pytest.mark.parametrize(
    "text", ["yes", "no", "on", "y", "22:30", "0123", "1.5", "null", "~", "", " a", "a ", "2026-03-02"]
)
def test_what_yaml_1_1_would_change_is_quoted(text: str) -> None:
    assert as_scalar(text, flow=False) == f'"{text}"'


@pytest.mark.parametrize("text", ["ok, thanks", "[sic]", "which {size}"])
def test_commas_and_brackets_are_quoted_in_brackets_only(text: str) -> None:
    assert as_scalar(text, flow=True) == f'"{text}"'
    assert as_scalar(text, flow=False) == (f'"{text}"' if text[0] == "[" else text)


@pytest.mark.parametrize(
    "text", ["a #b", "a: b", "- a", "-a", "@me", "%", "!a", "&a", "*a", "'a'", "{{ a }}", "? a", "`a`"]
)
def test_signs_of_yaml_are_quoted(text: str) -> None:
    assert as_scalar(text, flow=False) == f'"{text}"'


@pytest.mark.parametrize("column", [0, 8, 40])
def test_what_fits_its_line_where_it_stands_is_not_broken(column: int) -> None:
    start = "customer: {tier: "
    fits = "x" * (WIDTH - column - len(start) - 1)
    assert as_block({"customer": {"tier": fits}}, column) == [f"{start}{fits}}}"]
    assert as_block({"customer": {"tier": f"{fits}x"}}, column) == ["customer:", f"  tier: {fits}x"]
    assert as_block({"given": {"customer": {"tier": fits}, "all": [{}, [1]]}}, column)[1:3] == [
        "  customer:",
        f"    tier: {fits}",
    ]


def test_what_was_said_before_is_written_line_by_line() -> None:
    test = {
        "say": "no, sorry",
        "given": {"ai": 0.2, "before": [{"bot": "a: b"}, {"customer": "yes"}]},
        "expect": "none",
    }
    assert as_block(test, 0) == [
        "say: no, sorry",
        "given:",
        "  ai: 0.2",
        "  before:",
        '    - bot: "a: b"',
        '    - customer: "yes"',
        "expect: none",
    ]
