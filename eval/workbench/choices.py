"""What every page works on: the ruleset, the labelled files and the view, chosen once in the sidebar.

The front door draws the sidebar, so that what was chosen stays when the page changes; pages ask for what they need.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from glob import glob
from operator import attrgetter
from pathlib import Path
from typing import NoReturn

import streamlit as st

from eval.dataset import Dataset, read_dataset
from eval.views import VIEWS, View
from handover_rules.errors import HandoverError, RulesetError
from handover_rules.rows import InputRow
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.rulefile.render import as_text
from handover_rules.ruleset import Ruleset

__all__ = ["ChosenData", "chosen_data", "chosen_ruleset", "first_choices", "ruleset_path", "sidebar", "stamp"]

_RULES = "rules"
_SHIPPED = "datasets/messages/*.jsonl"
_VIEW: View = "strict"
_EXPLAINED: dict[View, str] = {
    "explicit": "Requests for a person only",
    "strict": "All that is not ambiguous",
    "broad": "Everything, ambiguous messages too",
    "injection": "Written to mislead an AI",
}


_MESSAGE = attrgetter(*(field.name for field in fields(InputRow)))


@dataclass(frozen=True, slots=True)
class ChosenData:
    """The labelled messages that the figures are about.

    `stamp` changes when one of the files does; `said` only when what decisions depend on does, which labels are not.
    """

    dataset: Dataset
    view: View
    stamp: str
    said: str


def sidebar() -> None:
    """Draw what can be chosen."""
    with st.sidebar:
        st.text_input("Ruleset", _RULES, key="ruleset", help="A rule file, or a folder of them.")
        pattern = st.text_input(
            "Labelled messages", _SHIPPED, key="files", help="A file, or a pattern such as `data/*.jsonl`; also CSV."
        )
        st.multiselect(
            "Leave files away", _matching(pattern), key="left_away", format_func=lambda path: Path(path).name
        )
        st.radio("View", VIEWS, index=VIEWS.index(_VIEW), key="view", captions=[_EXPLAINED[name] for name in VIEWS])


def first_choices() -> tuple[Ruleset, ChosenData] | None:
    """What is chosen until somebody chooses something else; None where there are no such messages.

    Raises RulesetError and DataError.
    """
    files = tuple(_matching(_SHIPPED))
    if not files:
        return None
    now = stamp(files)
    return _ruleset(_RULES, stamp([_RULES])), _chosen(files, now, _VIEW)


def ruleset_path() -> Path:
    """The chosen ruleset's file or folder."""
    return Path(st.session_state["ruleset"])


def chosen_ruleset() -> Ruleset:
    """The chosen ruleset as its files are now. Says what is wrong with it, and ends the page, where something is."""
    path = str(ruleset_path())
    try:
        return _ruleset(path, stamp([path]))
    except RulesetError:
        examined = examine(path)
        st.error("These rules cannot be used.")
        st.code(as_text(examined.problems, examined.sources), language=None)
        st.stop()
    except HandoverError as error:
        _end(st.error, str(error))


def chosen_data() -> ChosenData:
    """The chosen messages and view. Says what is wrong, and ends the page, where they cannot be read."""
    pattern = st.session_state["files"]
    found = _matching(pattern)
    if not found:
        _end(
            st.info, f"There is no file `{pattern}`. Name JSON Lines or CSV with `id`, `text` and `label` on the left."
        )
    files = tuple(path for path in found if path not in st.session_state["left_away"])
    if not files:
        _end(st.info, "All files are left away: keep one of them, on the left.")
    now = stamp(files)
    try:
        return _chosen(files, now, st.session_state["view"])
    except HandoverError as error:
        _end(st.error, str(error))


def stamp(paths: Sequence[str]) -> str:
    """Changes when one of the files, or a file of one of the folders, is written."""
    files = [
        file
        for path in map(Path, paths)
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    ]
    return "|".join(f"{file}:{file.stat().st_mtime_ns}:{file.stat().st_size}" for file in files)


def _matching(pattern: str) -> list[str]:
    return sorted(path for path in glob(pattern, recursive=True) if Path(path).is_file())


def _end(show: Callable[[str], object], text: str) -> NoReturn:
    show(text)
    st.stop()


@st.cache_resource(max_entries=8, show_spinner="Reading the rules ...")
def _ruleset(path: str, stamped: str) -> Ruleset:
    return load_ruleset(path)


def _chosen(files: tuple[str, ...], now: str, view: View) -> ChosenData:
    dataset, said = _dataset(files, now)
    return ChosenData(dataset, view, now, said)


@st.cache_resource(max_entries=8, show_spinner="Reading the messages ...")
def _dataset(files: tuple[str, ...], stamped: str) -> tuple[Dataset, str]:
    dataset = read_dataset([Path(file) for file in files])
    said = hashlib.sha256()
    for file in dataset.files:
        said.update(repr((file.path, list(map(_MESSAGE, file.rows)))).encode())
    return dataset, said.hexdigest()
