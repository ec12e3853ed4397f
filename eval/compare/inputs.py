"""What two runs were given, as far as it differs: only messages of the same file content can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.compare.joined import Shared
from eval.compare.kept_run import KeptRun, RunFile

__all__ = ["Changed", "Files", "changed_inputs", "content_changed", "sort_files"]


@dataclass(frozen=True, slots=True)
class Changed:
    """An input that differs; None where a run has none of that name."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """The data files of two runs: of the same content, of another content under the same path, and of one run alone.

    `changed` has path, hash before and hash after.
    """

    shared: tuple[Shared, ...]
    changed: tuple[tuple[str, str, str], ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def content_changed(path: str, before: str, after: str) -> str:
    """That a file has another content, in words."""
    return f"{path} has another content (SHA-256 {before[:12]}, then {after[:12]})"


def sort_files(before: KeptRun, after: KeptRun) -> Files:
    """Which files of two runs can be compared, and which not; a file that was moved is still the same."""
    left = list(after.files)
    shared, changed, alone = [], [], []
    for file in before.files:
        same = [other for other in left if other.sha256 == file.sha256]
        if same:
            other = min(same, key=lambda one: one.path != file.path)
            left.remove(other)
            shared.append(Shared(file.path, other.path, file.sha256))
        else:
            alone.append(file)
    by_path = {file.path: file for file in left}
    for file in alone:
        if file.path in by_path:
            changed.append((file.path, file.sha256, by_path[file.path].sha256))
    paths = {path for path, _, _ in changed}
    return Files(tuple(shared), tuple(changed), _without(alone, paths), _without(left, paths))


def changed_inputs(before: KeptRun, after: KeptRun) -> Iterator[Changed]:
    """What else differs, in the order of the first run."""
    for name in dict.fromkeys([*before.inputs, *after.inputs]):
        was, is_now = before.inputs.get(name), after.inputs.get(name)
        if was != is_now:
            yield Changed(name, was, is_now)


def _without(files: list[RunFile], paths: set[str]) -> tuple[str, ...]:
    return tuple(file.path for file in files if file.path not in paths)
