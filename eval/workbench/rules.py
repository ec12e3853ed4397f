"""*Rules*: edit a file of the ruleset, and see what the change does before it is saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from eval.learning.placing import add_suggestion
from eval.learning.suggest import Suggestion
from eval.workbench import choices
from eval.workbench.check_view import counted, draw_check, draw_first_problem, draw_tests
from eval.workbench.editing import Checked, Opened, check, open_file, save
from eval.workbench.effect_view import draw_effect
from eval.workbench.suggestions import draw_suggestions
from handover_rules.errors import HandoverError
from handover_rules.rulefile import Examined, examine
from handover_rules.rulefile.render import as_text

__all__ = ["page"]

_LINE = 20  # pixels


@dataclass(slots=True)
class _Desk:
    """What a session works on, kept while it is on other pages: every file that it opened, by name.

    The texts themselves are those of the editors. `set_aside` has the text that was last taken out of a file's editor;
    `note` is what came of the last saving.
    """

    opened: dict[str, Opened] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)
    note: tuple[Literal["success", "error"], str] | None = None

    def unsaved(self) -> list[str]:
        """The files whose editor holds something else than what was opened."""
        return [name for name, opened in self.opened.items() if opened.changed(_text(name))]


def page() -> None:
    """Draw the page."""
    st.title("Rules")
    root = choices.ruleset_path()
    saved = _as_saved(root)
    if not saved.sources:
        st.error("There is nothing to edit here.")
        st.code(as_text(saved.problems, saved.sources), language=None)
        return
    name = _choose(root, saved)
    try:
        on_disk = open_file(root, name)
    except HandoverError as error:
        st.error(str(error))
        return
    opened = _at_hand(on_disk)
    text = _edit(name)
    try:
        checked = _checked(root, opened, text)
    except HandoverError as error:
        st.error(str(error))
        return
    _draw_saving(root, opened, on_disk, text, checked)
    draw_check(checked)
    draw_tests(checked)
    st.subheader("Effect on the labelled messages")
    data = choices.chosen_data()
    draw_effect(saved.ruleset, checked.examined.ruleset, data)
    if saved.ruleset is not None:
        st.subheader("Suggestions from missed messages")
        draw_suggestions(saved.ruleset, data, partial(_add, root))


def _desk() -> _Desk:
    desk: _Desk = st.session_state.setdefault("desk", _Desk())
    return desk


def _file_key(root: Path) -> str:
    return f"file of {root}"


def _key(name: str) -> str:
    return f"draft of {name}"


def _text(name: str) -> str:
    text: str = st.session_state[_key(name)]
    return text


def _as_saved(root: Path) -> Examined:
    """The ruleset as its files are now."""
    return _examined(_stamp(root), root)


def _checked(root: Path, opened: Opened, text: str) -> Checked:
    """The draft as part of its ruleset, as the other files are now."""
    return _kept_check(_stamp(root), text, root, opened)


def _stamp(root: Path) -> str:
    # A ruleset that is one file has its prompts beside it, where the stamp of the file does not see them.
    return choices.stamp([str(root), *_desk().opened])


@st.cache_resource(max_entries=4, show_spinner=False)
def _examined(stamped: str, root: Path) -> Examined:
    return examine(root)


@st.cache_resource(max_entries=4, show_spinner="Checking ...")
def _kept_check(stamped: str, text: str, root: Path, opened: Opened) -> Checked:
    return check(root, opened, text)


def _choose(root: Path, saved: Examined) -> str:
    """The file to edit; at first one with a problem, if there is one, else the one with the first rule."""
    names = list(saved.sources)
    telling = [problem.place.file for problem in saved.problems]
    telling += [rule.place.file for rule in saved.ruleset.rules] if saved.ruleset else []
    if st.session_state.get(_file_key(root)) not in names:
        st.session_state[_file_key(root)] = next((file for file in telling if file in names), names[0])
    # The labels stay the same whatever happens: a browser that does not find the chosen label goes back to the first.
    folder = root if root.is_dir() else root.parent
    name = st.selectbox(
        "File",
        names,
        key=_file_key(root),
        format_func=lambda name: Path(name).relative_to(folder).as_posix(),
        persist_state="session",
    )
    unsaved = _desk().unsaved()
    for gone in (other for other in unsaved if not Path(other).is_file()):
        with st.expander(f"What you typed in `{gone}`, which is no longer there"):
            st.code(_text(gone), language="yaml", height=300)
    others = [other for other in unsaved if other != name and Path(other).is_file()]
    if others:
        st.info(
            f"Not saved yet, and not part of the check below: {', '.join(f'`{other}`' for other in others)}. "
            "Your changes there are kept until you come back to them or close the workbench.",
            icon=":material/edit:",
        )
    return name


def _at_hand(on_disk: Opened) -> Opened:
    """The file as it was opened; opened again where it has changed and nothing was typed that could be lost."""
    desk, name = _desk(), on_disk.name
    opened = desk.opened.get(name)
    if opened is None or not opened.changed(_text(name)) or not on_disk.changed(_text(name)):
        if opened != on_disk:
            st.session_state[_key(name)] = on_disk.text
        desk.opened[name] = opened = on_disk
    return opened


def _edit(name: str) -> str:
    lines = _text(name).count("\n") + 1
    with st.container(key="editor"):
        st.html(_styled(lines))
        return st.text_area(
            "Checked, tested and tried out below when you press Ctrl+Enter or click elsewhere",
            key=_key(name),
            height=440,
            persist_state="session",
        )


def _styled(lines: int) -> str:
    """Equal widths, no wrapping, and line numbers: they are a picture behind the text that scrolls with it."""
    last = lines + 300  # those of lines that are being typed
    numbers = "".join(f"<tspan x='38' dy='{_LINE}'>{number}</tspan>" for number in range(1, last))
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='44' height='{last * _LINE}'>"
        f"<text y='-6' font-family='monospace' font-size='12' text-anchor='end' fill='gray'>{numbers}</text></svg>"
    )
    encoded = picture.replace("<", "%3C").replace(">", "%3E").replace("#", "%23")
    return (
        f"<style>.st-key-editor textarea {{font: 13px/{_LINE}px monospace; white-space: pre; overflow-x: auto;"
        f'padding: 0 8px 0 52px; background: local 0 0 no-repeat url("data:image/svg+xml,{encoded}");}}</style>'
    )


def _draw_saving(root: Path, opened: Opened, on_disk: Opened, text: str, checked: Checked) -> None:
    """What stands in the way of saving, and the buttons."""
    desk, name = _desk(), opened.name
    broken = checked.examined.ruleset is None
    refused = ""
    if not opened.changed(text):
        refused = "Nothing is changed."
    elif on_disk != opened:
        refused = "Saving is switched off."
        st.error(
            "Somebody else has saved this file since you opened it. Saving yours would undo theirs. "
            "*Load theirs* puts their text into the editor; yours is then kept below it, to copy from.",
            icon=":material/group:",
        )
    elif checked.failed and not st.checkbox(
        f"Save although {counted(len(checked.failed), 'rule test')} would fail", key=_anyway(text)
    ):
        refused = "Rule tests fail. Correct the rules or the tests, or tick the box to save all the same."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Save", type="primary", disabled=broken or bool(refused), on_click=_save, args=(root, name), width=100
        )
        back = "Load theirs" if on_disk != opened else "Back to what is saved"
        st.button(back, disabled=not opened.changed(text), on_click=_take, args=(on_disk,))
        if broken:
            draw_first_problem(checked)
        else:
            st.caption(refused or f"Writes {name}, with its comments and its layout as you see them.")
    if desk.note is not None:
        kind, note = desk.note
        (st.success if kind == "success" else st.error)(note)
        desk.note = None
    if name in desk.set_aside:
        with st.expander("The text that you took out of the editor"):
            st.code(desk.set_aside[name], language="yaml", height=300)
            st.button("Forget it", on_click=_forget, args=(name,))


def _anyway(text: str) -> str:
    """The tick's key: a tick is about one text, and the next one needs its own."""
    return f"anyway {hash(text)}"


def _save(root: Path, name: str) -> None:
    """Save what the editor holds now, which may be more than what was checked when the button was drawn."""
    desk, text = _desk(), _text(name)
    opened = desk.opened[name]
    try:
        if _checked(root, opened, text).failed and not st.session_state.get(_anyway(text)):
            desk.note = ("error", "Not saved: rule tests fail with the text as it is now.")
            return
        before = _as_saved(root).ruleset
        saved = save(root, opened, text)
    except HandoverError as error:
        desk.note = ("error", f"Not saved: {error}")
        return
    desk.opened[name] = saved.opened
    st.session_state[_key(name)] = saved.opened.text
    hashes = f"The ruleset's hash is now `{saved.ruleset.hash}`"
    if before is not None and before.hash == saved.ruleset.hash:
        hashes = f"The ruleset decides as before: its hash is still `{before.hash}`"
    desk.note = ("success", f"Saved {name}. {hashes}.")


def _take(on_disk: Opened) -> None:
    """Put what is on disk into the editor, and set aside what was in it."""
    desk, name = _desk(), on_disk.name
    desk.set_aside[name] = _text(name)
    desk.opened[name] = on_disk
    st.session_state[_key(name)] = on_disk.text


def _add(root: Path, suggestion: Suggestion) -> None:
    """Put a suggested phrase into the editor of its file, and show that file."""
    desk, name = _desk(), suggestion.target.last.place.file
    try:
        opened = _at_hand(open_file(root, name))
        draft = opened.written(_text(name)).decode("utf-8-sig")
        edit = add_suggestion(root, suggestion, {name: draft})
    except HandoverError as error:
        desk.note = ("error", f"`{suggestion.phrase}` is not in the editor: {error}")
        return
    st.session_state[_key(name)] = Opened(name, edit.text.encode()).text
    st.session_state[_file_key(root)] = name
    desk.note = ("success", f"`{suggestion.phrase}` stands in line {edit.line} of {name}, and is not saved yet.")


def _forget(name: str) -> None:
    del _desk().set_aside[name]
