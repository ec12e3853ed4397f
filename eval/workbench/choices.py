"""What every page works on: the ruleset, the labelled files and the view, chosen once in the sidebar."""

from __future__ import annotations

from dataclasses import dataclass
from glob import glob
from pathlib import Path

import streamlit as st

from eval.dataset import Dataset, read_dataset
from eval.views import VIEWS, View
from handover_rules.errors import HandoverError, RulesetError
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.rulefile.render import as_text
from handover_rules.ruleset import Ruleset

__all__ = ["Chosen", "choose_data", "choose_ruleset", "stamp"]

_SHIPPED = "datasets/messages/*.jsonl"
_EXPLAINED: dict[View, str] = {
    "explicit": "requests for a person only; complaints, urgency and problem reports are left out",
    "strict": "all that is not ambiguous",
    "broad": "everything, ambiguous messages too",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The labelled messages that the figures are about. `stamp` changes when one of the files does."""

    dataset: Dataset
    view: View
    stamp: str


def choose_ruleset() -> Ruleset:
    """The ruleset named in the sidebar, as its files are now. Draws its problems and ends the page where it has any."""
    path = st.sidebar.text_input("Ruleset", "rules", key="ruleset", help="A rule file, or a folder of them.")
    try:
        return _ruleset(path, stamp([path]))
    except RulesetError:
        examined = examine(path)
        st.error("These rules cannot be used.")
        st.code(as_text(examined.problems, examined.sources), language=None)
    except HandoverError as error:
        st.error(str(error))
    st.stop()


def choose_data() -> Chosen:
    """The files and the view chosen in the sidebar. Says what is wrong, and ends the page, where they cannot be read."""
    pattern = st.sidebar.text_input(
        "Labelled messages",
        _SHIPPED,
        key="files",
        help="A file, or a pattern such as `data/*.jsonl`. JSON Lines or CSV.",
    )
    found = sorted(path for path in glob(pattern, recursive=True) if Path(path).is_file())  # noqa: PTH207
    if not found:
        st.info(f"There is no file `{pattern}`. Name one in the sidebar: JSON Lines or CSV with `id`, `text`, `label`.")
        st.stop()
    left_away = st.sidebar.multiselect(
        "Leave files away", found, key="left_away", format_func=lambda path: Path(path).name
    )
    view = st.sidebar.radio(
        "View", VIEWS, index=1, key="view", captions=[_EXPLAINED[name] for name in VIEWS], help="Which messages count."
    )
    files = tuple(path for path in found if path not in left_away)
    if not files:
        st.info("All files are left away: keep one in the sidebar.")
        st.stop()
    now = stamp(files)
    try:
        return Chosen(_dataset(files, now), view, now)
    except HandoverError as error:
        st.error(str(error))
        st.stop()


def stamp(paths: list[str] | tuple[str, ...]) -> str:
    """Changes when a file, or a file of a folder, is written."""
    files = [
        file
        for path in map(Path, paths)
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    ]
    return "|".join(f"{file}:{file.stat().st_mtime_ns}:{file.stat().st_size}" for file in files)


@st.cache_resource(max_entries=8, show_spinner="Reading the rules ...")
def _ruleset(path: str, stamped: str) -> Ruleset:
    return load_ruleset(path)


@st.cache_resource(max_entries=8, show_spinner="Reading the messages ...")
def _dataset(files: tuple[str, ...], stamped: str) -> Dataset:
    return read_dataset([Path(file) for file in files])
