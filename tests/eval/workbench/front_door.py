"""The workbench as Streamlit runs it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

__all__ = ["open_page"]

ROOT = Path(__file__).parents[3]


def open_page(url_path: str, **state: object) -> AppTest:
    """The page with that address (`""` is the front page), reached through the front door with this session state."""
    app = AppTest.from_file(str(ROOT / "app_streamlit.py"), default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    # `AppTest.switch_page` finds pages that are files, and these are functions.
    app._page_hash = calc_hash(url_path)
    return app.run()
