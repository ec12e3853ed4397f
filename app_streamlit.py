"""The workbench's front door: `streamlit run app_streamlit.py`. Its pages live in `eval/workbench/`."""

from __future__ import annotations

import streamlit as st

from eval.workbench import choices, evaluation, rules, runs, threshold, try_message

st.set_page_config(page_title="Handover workbench", page_icon="🤝", layout="wide")
page = st.navigation(
    [
        st.Page(evaluation.page, title="Evaluation", icon=":material/fact_check:", default=True),
        st.Page(threshold.page, title="Threshold", icon=":material/tune:", url_path="threshold"),
        st.Page(try_message.page, title="Try a message", icon=":material/chat:", url_path="try"),
        st.Page(rules.page, title="Rules", icon=":material/edit_note:", url_path="rules"),
        st.Page(runs.page, title="Runs", icon=":material/history:", url_path="runs"),
    ]
)
choices.sidebar()
page.run()
