"""*Try a message*: the decision about a message, and why every rule did or did not fire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision
from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.engine import Engine
from handover_rules.errors import HandoverError, RulesetError
from handover_rules.explain_decision import why
from handover_rules.messages import Message
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.rulefile.render import as_text
from handover_rules.settle import Settled, settle

__all__ = ["page"]

_OUTCOMES = {
    "handover": "A person takes over",
    "ask": "A person is offered",
    "stay": "The bot goes on, because a rule says so",
    "none": "The bot goes on",
}


def page() -> None:
    """Draw the page."""
    st.title("Try a message")
    path = st.text_input("Ruleset", "rules", help="A rule file, or a folder of them.")
    try:
        ruleset = load_ruleset(path)
    except RulesetError:
        examined = examine(path)
        st.error("These rules cannot be used.")
        st.code(as_text(examined.problems, examined.sources), language=None)
        return
    text = st.text_area("Message", "I need to speak with a human", height=80)
    try:
        settled = asyncio.run(_decided(Engine(ruleset), text))
    except HandoverError as error:
        st.error(str(error))
        return
    decision = settled.decision
    (st.success if decision.handover else st.info)(f"**{_OUTCOMES[decision.outcome]}**: {decision.reason}")
    confidence = "none" if decision.confidence is None else f"{decision.confidence:.3f}"
    st.markdown(f"Rule: `{decision.rule or 'none'}` · confidence: {confidence} · ruleset: `{ruleset.hash}`")
    st.subheader("Every rule")
    st.dataframe(_rules(decision), hide_index=True, width="stretch")


async def _decided(engine: Engine, text: str) -> Settled:
    """The decision without network: the AI answers only what is recorded."""
    store = AnswerStore(Path("var/answers.jsonl"))
    detectors = build_detectors(engine.ruleset, {}, answers=store, mode="offline")
    message = Message("tried", text)
    return await settle(engine, detectors, message, ConversationState(), now=datetime.now(UTC), trace=True)


def _rules(decision: Decision) -> pd.DataFrame:
    """One row a rule, in deciding order."""
    return pd.DataFrame(
        [
            {"rule": rule.rule, "then": rule.then, "priority": rule.priority, "fired": rule.fired, "why": why(rule)}
            for rule in decision.trace or ()
        ]
    )
