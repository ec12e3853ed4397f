"""*Try a message*: the decision about a message, what would be done, and why every rule did or did not fire."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from eval.workbench import choices
from eval.workbench.circumstances import SPEAKERS, Circumstances, Speaker, decide
from eval.workbench.planned_view import draw_planned
from eval.workbench.trace_view import draw_trace
from handover_rules.conversation import Owner
from handover_rules.detectors import AnswerStore, Detector, build_detectors
from handover_rules.engine import Engine
from handover_rules.errors import HandoverError
from handover_rules.ruleset import Ruleset
from handover_rules.settle import Settled
from handover_rules.signals import Score, Signal, Unavailable

__all__ = ["page"]

_EXAMPLES = (
    "I need to speak with a human",
    "this is urgent, my parcel never came",
    "are you a human or a bot?",
    "what time do you open tomorrow",
    "kann ich bitte mit jemandem vom Support reden",
)
_OUTCOMES = {
    "handover": "A person takes over",
    "ask": "The bot goes on, and offers a person",
    "stay": "The bot goes on, because a rule says so",
    "none": "The bot goes on",
}
_OWNERS: Mapping[str, Owner] = {"the bot": "bot", "a person": "human"}
_ANSWERS = Path("var/answers.jsonl")
_AS_COMPUTED, _A_SCORE, _UNAVAILABLE = "as computed", "a score", "unavailable"


def page() -> None:
    """Draw the page."""
    st.title("Try a message")
    ruleset = choices.chosen_ruleset()
    st.pills("Examples", _EXAMPLES, key="example", on_change=_take_example, label_visibility="collapsed")
    st.session_state.setdefault("tried", _EXAMPLES[0])
    text = st.text_area("What the customer writes", key="tried", height=80, persist_state="session")
    around = _circumstances(ruleset)
    try:
        engine, detectors = _ready(choices.stamp([str(choices.ruleset_path()), str(_ANSWERS)]), ruleset)
        settled = decide(engine, detectors, text, around)
    except HandoverError as error:
        st.error(str(error))
        return
    _draw_headline(settled, ruleset)
    earlier = " ".join(said for speaker, said in around.before if speaker == "customer")
    draw_planned(ruleset, settled, around.message(text), earlier)
    st.subheader("Why")
    draw_trace(settled.decision, settled.signals)


@st.cache_resource(max_entries=4, show_spinner="Reading the models ...")
def _ready(stamped: str, _ruleset: Ruleset) -> tuple[Engine, Mapping[str, Detector]]:
    """The engine, and its detectors without network: the AI answers only what is recorded."""
    return Engine(_ruleset), build_detectors(_ruleset, os.environ, answers=AnswerStore(_ANSWERS), mode="offline")


def _take_example() -> None:
    if st.session_state["example"] is not None:
        st.session_state["tried"] = st.session_state["example"]
    st.session_state["example"] = None


def _draw_headline(settled: Settled, ruleset: Ruleset) -> None:
    decision = settled.decision
    (st.success if decision.handover else st.info)(f"**{_OUTCOMES[decision.outcome]}**: {decision.reason}")
    rule = next((rule for rule in ruleset.rules if rule.id == decision.rule), None)
    said = [f"Rule: `{rule.id}` ({rule.place.file}:{rule.place.line})" if rule else "No rule decided"]
    said.append("no score took part" if decision.confidence is None else f"confidence: {decision.confidence:.3f}")
    if decision.tags:
        said.append("tags: " + ", ".join(f"`{tag}`" for tag in decision.tags))
    st.markdown(" · ".join(said))
    for name, spec in ruleset.detectors.items():
        signal = settled.signals.get(name)
        if spec.kind == "openai" and isinstance(signal, Unavailable):
            st.caption(
                f"Decided without `{name}`, for the reason that stands under *Why*; this page uses no network. "
                "Give it a score under *Circumstances* to see what its answer would change."
            )


def _circumstances(ruleset: Ruleset) -> Circumstances:
    """What is set under *Circumstances*; without a touch, the message begins a conversation now."""
    zone = ZoneInfo(ruleset.time_zone)
    with st.expander("Circumstances"):
        st.caption("What was said before, oldest first: click into the empty line to add something.")
        said = st.data_editor(
            pd.DataFrame({"who": pd.Series(dtype=str), "said": pd.Series(dtype=str)}),
            key="before",
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
            height=150,
            column_config={
                "who": st.column_config.SelectboxColumn(options=SPEAKERS, required=True, default="customer", width=160),
                "said": st.column_config.TextColumn(width=560),
            },
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            language = st.selectbox(
                "Language",
                ("en", "de", "es", "fr", "pt"),
                index=None,
                key="language",
                placeholder="not given",
                accept_new_options=True,
                width=150,
            )
            channel = st.selectbox(
                "Channel",
                ("whatsapp", "webchat", "email"),
                index=None,
                key="channel",
                placeholder="not given",
                accept_new_options=True,
                width=150,
            )
            at = st.datetime_input(
                f"Time ({ruleset.time_zone})", None, key="at", width=220, help="Without one, it is now."
            )
            owner = st.radio("Who has the conversation", _OWNERS, key="owner", horizontal=True, width=220)
            offered = st.checkbox("The bot has just offered a person", key="offered", width=260)
        stand_ins = _stand_ins(ruleset)
    return Circumstances(
        now=datetime.now(UTC) if at is None else at.replace(tzinfo=zone).astimezone(UTC),
        before=_turns(said),
        language=language and language.strip().lower(),
        channel=channel and channel.strip(),
        owner=_OWNERS[owner],
        offered=offered,
        stand_ins=stand_ins,
    )


def _turns(said: pd.DataFrame) -> list[tuple[Speaker, str]]:
    """The filled-in lines of the table."""
    rows = said.fillna("").itertuples(index=False, name=None)
    return [(speaker, text) for who, text in rows for speaker in SPEAKERS if who == speaker]


def _stand_ins(ruleset: Ruleset) -> dict[str, Signal]:
    given: dict[str, Signal] = {}
    for name in ruleset.detectors:
        with st.container(horizontal=True, vertical_alignment="center"):
            what = st.segmented_control(
                f"What `{name}` says",
                (_AS_COMPUTED, _A_SCORE, _UNAVAILABLE),
                default=_AS_COMPUTED,
                required=True,
                key=f"says-{name}",
                width=330,
            )
            if what == _A_SCORE:
                given[name] = Score(
                    st.slider(f"Score of `{name}`", 0.0, 1.0, 0.5, 0.01, key=f"score-{name}", width=300)
                )
            elif what == _UNAVAILABLE:
                given[name] = Unavailable("given")
    return given
