"""The workbench's front door: `streamlit run app_streamlit.py`. Its pages live in `eval/workbench/`."""

from __future__ import annotations

import streamlit as st

from eval.workbench import runs, try_message

st.set_page_config(page_title="Handover workbench", layout="wide")
st.navigation(
    [
        st.Page(try_message.page, title="Try a message", default=True),
        st.Page(runs.page, title="Runs", url_path="runs"),
    ]
).run()
