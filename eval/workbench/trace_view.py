"""A decision's trace as every page shows it: what the detectors said, and why each rule did or did not fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
import streamlit as st

from eval.errors.reasons import CLOSE, missed_by
from handover_rules.decision import ConditionTrace, Decision, RuleTrace
from handover_rules.detectors import REASONS
from handover_rules.explain_decision import why
from handover_rules.ruleset import Place
from handover_rules.signals import Score, Signal

__all__ = ["draw_trace"]

_DECIDED, _FIRED, _CLOSELY, _NOT = "decided", "fired too", "came close", "did not fire"
_ICONS = {_DECIDED: ":material/check_circle:", _FIRED: ":material/add_circle:", _CLOSELY: ":material/near_me:"}
_HOLDS = {"true": "yes", "false": "no", "unknown": "unknown", "not_asked": "not asked"}
_NAMED = {"any": "one of", "all": "all of", "not": "not"}


def draw_trace(decision: Decision, signals: Mapping[str, Signal]) -> None:
    """Draw what the detectors said and every rule: those that fired first, then the near misses, then the rest.

    The decision must carry its trace; `signals` are those that were asked for on the way to it.
    """
    _draw_signals(signals)
    rules = sorted(decision.trace or (), key=lambda rule: _order(rule, decision))
    for rule in rules:
        verdict = _verdict(rule, decision)
        if verdict != _NOT:
            label = f"**{rule.rule}** {verdict} · {rule.then}, priority {rule.priority}"
            with st.expander(label, icon=_ICONS[verdict], expanded=verdict == _DECIDED):
                st.text(why(rule))
                st.dataframe(
                    pd.DataFrame(_conditions(rule)),
                    hide_index=True,
                    width="stretch",
                    placeholder="",
                    column_config={
                        "met": st.column_config.TextColumn(width=200),
                        "where": st.column_config.TextColumn(width=240),
                    },
                )
    if not rules:
        st.caption("No rule was looked at.")
        return
    st.caption(
        f"All {len(rules)} rules: first those that fired, then the others by how much they missed. "
        "*By how much* is what was met minus what was asked for."
    )
    table = pd.DataFrame([_row(rule, decision) for rule in rules])
    wide = {"why": st.column_config.TextColumn(width=320)}
    st.dataframe(table, hide_index=True, width="stretch", placeholder="", column_config=wide)


def _draw_signals(signals: Mapping[str, Signal]) -> None:
    lines = []
    for name, signal in signals.items():
        if isinstance(signal, Score):
            lines.append(f"{name} scored {signal.value:.3f}" + (f": {signal.reason}" if signal.reason else ""))
        else:
            lines.append(f"{name} is unavailable ({signal.reason}). {REASONS.get(signal.reason, '')}".rstrip())
    if lines:
        st.text("\n".join(lines))
    others = "No other detector" if signals else "No detector"
    st.caption(f"{others} was asked: none could have changed the decision.")


def _verdict(rule: RuleTrace, decision: Decision) -> str:
    if rule.rule == decision.rule:
        return _DECIDED
    if rule.fired:
        return _FIRED
    return _CLOSELY if missed_by(rule) <= CLOSE else _NOT


def _order(rule: RuleTrace, decision: Decision) -> tuple[bool, bool, float]:
    """Equal ones stay in the order in which rules decide."""
    return rule.rule != decision.rule, not rule.fired, missed_by(rule)


def _row(rule: RuleTrace, decision: Decision) -> dict[str, object]:
    cause = rule.because
    return {
        "rule": rule.rule,
        "result": _verdict(rule, decision),
        "why": why(rule),
        "by how much": cause.margin,
        "met": _number(cause.met),
        "asked for": _number(cause.bound),
        "then": rule.then,
        "priority": rule.priority,
    }


def _conditions(rule: RuleTrace) -> list[dict[str, object]]:
    """One row a condition of the rule, indented as they are nested."""
    rows = list(_nested(rule.when, 0))
    for veto in rule.unless:
        rows += [{**row, "condition": f"unless {row['condition']}"} for row in _nested(veto, 0)]
    return rows


def _nested(trace: ConditionTrace, depth: int) -> Iterator[dict[str, object]]:
    yield {
        "condition": "\N{EM SPACE}" * depth + _NAMED.get(trace.what, trace.what),
        "holds": _HOLDS[trace.value],
        "met": _shown(trace.met),
        "asked for": _shown(trace.bound),
        "by how much": trace.margin,
        "where": _line(trace.place),
    }
    for child in trace.children:
        yield from _nested(child, depth + 1)


def _shown(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:g}"


def _number(value: str | float | None) -> float | None:
    return None if isinstance(value, str) else value


def _line(place: Place) -> str:
    return f"{place.file}:{place.line}"
