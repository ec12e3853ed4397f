"""Serving the workbench with Streamlit."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from contextlib import suppress
from threading import Thread

from streamlit.web.cli import main

from eval.workbench import threshold
from eval.workbench.choices import first_choices
from eval.workbench.deciding import contenders, put_on_trial
from handover_rules.errors import HandoverError, UsageError

__all__ = ["serve"]

# Usage statistics off and this machine only, also where the folder has no `.streamlit/config.toml`.
_OPTIONS = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
}


def serve(port: int) -> None:
    """Serve until SIGINT or SIGTERM. Raises UsageError where the front door is not installed."""
    front_door = importlib.util.find_spec("app_streamlit")
    if front_door is None or front_door.origin is None:
        raise UsageError("app_streamlit.py is not there; install the package, or start in the project's folder")
    # Imported now: else the first visitor would wait for pandas, statsmodels and the like.
    for page in ("evaluation", "threshold", "try_message", "rules", "runs"):
        importlib.import_module(f"eval.workbench.{page}")
    Thread(target=_decide_first_choices, name="first choices", daemon=True).start()
    options = [word for name, value in _OPTIONS.items() for word in (f"--{name}", value)]
    main(["run", front_door.origin, "--server.port", str(port), *options], standalone_mode=False)


def _decide_first_choices() -> None:
    """Decide what the first visitor will see, and keep it, while nobody waits for it."""
    # Streamlit warns that what is kept here is kept outside of a page.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").addFilter(lambda _: False)
    # What cannot be read is said on the page.
    with suppress(HandoverError):
        chosen = first_choices()
        if chosen is not None:
            for contender in contenders(chosen[0]):
                put_on_trial(*chosen, contender)
            threshold.prepare(*chosen)
